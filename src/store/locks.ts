import { type Kysely, SqliteAdapter, sql, type Transaction } from 'kysely';
import type { Engine, Schema } from './schema.ts';
import { isUnsynced } from './unsynced.ts';

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;

/**
 * Runs `work` in one transaction that no other transaction with the same lock name overlaps. SQLite has one writer
 * at a time anyway (`begin immediate`); PostgreSQL takes an advisory lock, freed with the transaction.
 *
 * PostgreSQL's planner is kept from sorting there: it goes by statistics that know nothing of a queue that filled up
 * a moment ago, and would rather sort the whole line for its first row than read the index that has it in order.
 */
export async function exclusively<Result>(
  { db, engine }: { db: Db; engine: Engine },
  lock: string,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (tx) => {
    if (engine === 'postgres') {
      const commit = isUnsynced() ? sql`, set_config('synchronous_commit', 'off', true)` : sql``;
      await sql`select ${locking(lock)}, set_config('enable_sort', 'off', true)${commit}`.execute(tx);
    }
    return work(tx);
  });
}

/** A further lock for the rest of a transaction. Whoever takes two takes them in the same order everywhere. */
export async function takeLock(tx: Tx, engine: Engine, lock: string): Promise<void> {
  if (engine === 'postgres') await sql`select ${locking(lock)}`.execute(tx);
}

/** Whether rows can be locked one by one: SQLite's only writer has the whole file. */
export function locksRows(db: Db): boolean {
  return !(db.getExecutor().adapter instanceof SqliteAdapter);
}

function locking(lock: string) {
  return sql`pg_advisory_xact_lock(hashtextextended(${lock}, 0))`;
}
