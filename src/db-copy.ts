import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import { describeError } from './log.ts';
import { copyFile } from './store/copy/copy-file.ts';
import { DataError } from './store/data-error.ts';
import { isPassing } from './store/patiently.ts';
import { explainPostgresFailure } from './store/postgres-failure.ts';

const USAGE = 'Usage: npm run db:copy -- --to postgres://user:password@host:5432/database';

/** The command `db:copy`: everything from the embedded file in DATA_DIR to PostgreSQL. The file stays as it is. */
try {
  const databaseUrl = readTarget();
  const { DATA_DIR: dataDir } = readConfig();
  console.log(`Copying easel.db in ${dataDir} to ${withoutSecrets(databaseUrl)}.`);
  const { kind, tables } = await copyFile({ dataDir, databaseUrl, onProgress: createProgress() });
  for (const { name, rows, checksum } of tables) {
    console.log(`  ${name.padEnd(12)} ${String(rows).padStart(9)} rows  SHA-256 ${checksum}`);
  }
  console.log(kind === 'copied' ? 'Copied and compared: both hold the same.' : 'That database holds it all already.');
  console.log('Now set DATABASE_URL to it and start Easel. The file was not changed.');
} catch (error) {
  for (const line of explain(error)) console.error(line);
  process.exitCode = 1;
}

function readTarget(): string {
  let to: string | undefined;
  try {
    to = parseArgs({ options: { to: { type: 'string' } } }).values.to;
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : 'The arguments cannot be read.', USAGE]);
  }
  const parsed = z.url({ protocol: /^postgres(ql)?$/ }).safeParse(to);
  if (parsed.success) return parsed.data;
  throw new ConfigError([
    to === undefined
      ? 'Say where to copy to.'
      : '--to must be a postgres:// address; signs such as / # @ in its password are written %2F %23 %40.',
    USAGE,
  ]);
}

function withoutSecrets(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

function createProgress() {
  let saidAt = performance.now();
  /** A line now and then while it takes long. */
  return (table: string, rows: number, of: number): void => {
    if (performance.now() - saidAt < 2_000) return;
    saidAt = performance.now();
    console.log(`  ${table}: ${rows} of ${of} …`);
  };
}

function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.lines;
  if (error instanceof DataError) return [error.message];
  if (isPassing(error)) {
    return [
      'PostgreSQL cannot be reached, or the connection was lost. Run the same command again: it goes on where it stopped.',
    ];
  }
  const why = explainPostgresFailure(error);
  if (why !== undefined) return [`--to: ${why}`];
  const { code, message } = { code: undefined, message: undefined, ...describeError(error) };
  return [`The copy failed: ${String(message ?? code)}. Nothing was changed in the file.`];
}
