// Plain JavaScript, run before anything else is loaded: a later start finds the types stripped and the code compiled,
// and does without the stripper itself. That is half its time, and 16 MB.
import './node-version.mjs';

// An older Node does not have it, and reads all static imports before it runs anything.
const { enableCompileCache } = await import('node:module');
enableCompileCache();
await import('./main.ts');
