import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Dialect } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
import { buildStore, type Store } from '../../src/store/open-store.ts';
import { createPostgresPool, postgresDialect } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { createLocalWakeUps } from '../../src/store/wake-ups.ts';
import { recordStatements, type Statement } from './statements.ts';

/** One engine with the store on it, and the same data at the end of a bare driver. */
export interface Bench {
  readonly store: Store;
  /** What the store sends to the database for a piece of work. */
  readonly statementsOf: (work: () => Promise<unknown>) => Promise<readonly Statement[]>;
  /** Runs statements by the driver alone, one after the other, and fetches all rows. */
  readonly runBare: (statements: readonly Statement[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

const sqliteValue = z.union([z.string(), z.number(), z.null(), z.instanceof(Uint8Array)]);

export async function openSqliteBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  const file = join(folder, 'easel.db');
  const { store, statementsOf } = await openRecorded('sqlite', await openSqlite(file));
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec('pragma synchronous = full');
  const prepared = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const statement = prepared.get(sql) ?? database.prepare(sql === 'begin' ? 'begin immediate' : sql);
    prepared.set(sql, statement);
    return statement;
  }

  return {
    store,
    statementsOf,
    async runBare(statements) {
      for (const { sql, parameters } of statements)
        prepare(sql).all(...parameters.map((value) => sqliteValue.parse(value)));
    },
    async close() {
      database.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** In a database of its own on that server. */
export async function openPostgresBench(serverUrl: string): Promise<Bench> {
  const name = `easel_bench_${randomUUID().replaceAll('-', '')}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = createPostgresPool(url.href, () => {});
  const { store, statementsOf } = await openRecorded('postgres', postgresDialect(pool));
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return {
    store,
    statementsOf,
    async runBare(statements) {
      for (const { sql, parameters } of statements) await client.query(sql, [...parameters]);
    },
    async close() {
      await client.end();
      await store.close();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}

async function openRecorded(engine: Store['engine'], dialect: Dialect) {
  const recorder = recordStatements(dialect);
  const store = await buildStore({ engine, dialect: recorder.dialect, wakeUps: createLocalWakeUps() });
  return { store, statementsOf: recorder.during };
}
