// Settings from `.env`, where there is one. Node's own `--env-file-if-exists` says where there is none, which reads like
// a fault in a newcomer's first minute.
try {
  process.loadEnvFile();
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
