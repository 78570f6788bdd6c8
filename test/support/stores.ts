import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { type Dialect, PGliteDialect } from 'kysely';
import pg from 'pg';
import { buildStore, openStore, type Store, type StoreOptions } from '../../src/store/open-store.ts';
import { createLocalWakeUps } from '../../src/store/wake-ups.ts';

/** A real PostgreSQL server to test on, when there is one: its URL names a database that may create others. */
export const TEST_DATABASE_URL = process.env.TEST_DATABASE_URL;
export const NO_POSTGRES = 'skipped: TEST_DATABASE_URL names no PostgreSQL server';

export type OpenOptions = Pick<StoreOptions, 'now' | 'onTransition' | 'onConnectionError' | 'onClockApart'>;

/** One place that holds data, on one engine. */
export interface TestDatabase {
  /** Another store on the same data, as another process would open it. */
  open(options?: OpenOptions): Promise<Store>;
  /** Throws all data away; no store may be open. */
  empty(): Promise<void>;
  /** Throws the database itself away. */
  drop(): Promise<void>;
}

/** The embedded file, in a folder of its own. */
export async function createSqliteDatabase(): Promise<TestDatabase & { dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-store-'));
  const drop = () => rm(dataDir, { recursive: true, force: true });
  return { dataDir, open: (options) => openStore({ ...options, dataDir }), empty: drop, drop };
}

/** PostgreSQL's SQL without a server: in memory, one connection. */
export async function createPgliteDatabase(): Promise<TestDatabase> {
  const pglite = await openPglite();
  return {
    open: (options) =>
      buildStore({ ...options, engine: 'postgres', dialect: pgliteDialect(pglite), wakeUps: createLocalWakeUps() }),
    empty: async () => void (await pglite.exec('drop schema public cascade; create schema public')),
    drop: () => pglite.close(),
  };
}

/** `bigint` is read as a number, as `src/store/postgres.ts` has it. */
export function openPglite(): Promise<PGlite> {
  return PGlite.create({ parsers: { [types.INT8]: Number } });
}

/** A dialect that leaves the instance open when its Kysely is destroyed, so that several can share it. */
export function pgliteDialect(pglite: PGlite): Dialect {
  return new PGliteDialect({
    pglite: {
      ready: true,
      closed: false,
      waitReady: Promise.resolve(),
      query: (sql, parameters, options) => pglite.query(sql, parameters, options),
      transaction: (work) => pglite.transaction(work),
      close: () => Promise.resolve(),
    },
  });
}

/** A database of its own on the server at `TEST_DATABASE_URL`. */
export async function createPostgresDatabase(): Promise<TestDatabase & { databaseUrl: string }> {
  const name = `easel_test_${randomUUID().replaceAll('-', '')}`;
  const server = new URL(requirePostgres());
  const databaseUrl = new URL(server);
  databaseUrl.pathname = `/${name}`;
  await runSql(server.href, `create database ${name}`);
  return {
    databaseUrl: databaseUrl.href,
    open: (options) => openStore({ ...options, databaseUrl: databaseUrl.href, dataDir: '' }),
    empty: async () => void (await runSql(databaseUrl.href, 'drop schema public cascade; create schema public')),
    drop: async () => void (await runSql(server.href, `drop database ${name} with (force)`)),
  };
}

function requirePostgres(): string {
  if (TEST_DATABASE_URL === undefined) throw new Error(NO_POSTGRES);
  return TEST_DATABASE_URL;
}

/** Runs SQL on a connection of its own. */
export async function runSql(databaseUrl: string, text: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // A server that restarts under a test may end this connection as well; the query says so.
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}
