import { createHash } from 'node:crypto';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { DataError, NewerDataError } from '../data-error.ts';
import { digestRow, nameRow } from './checksum.ts';
import { beginCopy, endCopy, findCopy } from './marker.ts';
import { countRows, deleteRows, type Row, readBatches, readSame, readTables, type Table, writeRows } from './tables.ts';

/** A table that was copied and compared. */
export interface CopiedTable {
  readonly name: string;
  readonly rows: number;
  /** SHA-256 over all rows in the order of their keys, picture bytes included: the same on both sides. */
  readonly checksum: string;
}

export interface CopyReport {
  /** `already`: the target had it all before. */
  readonly kind: 'copied' | 'already';
  readonly tables: readonly CopiedTable[];
}

export interface CopyOptions {
  /** The embedded file, opened to be read only. */
  source: Kysely<unknown>;
  /** PostgreSQL, with tables of this version. Empty, or with an earlier copy of this file that was interrupted. */
  target: Kysely<unknown>;
  onProgress?: (table: string, rows: number, of: number) => void;
}

/** Any number: it only has to be the same in every Easel. */
const COPY_LOCK = 4_711_202_611;

/**
 * Copies all data from the embedded file to PostgreSQL and compares both in the end. Interrupted, it is repeated: what
 * is there already and unchanged is not sent again. The source is only read, all of it as it was at one moment.
 *
 * Throws `DataError` when the target holds anything else, the versions differ, another copy is under way, the source
 * was written to meanwhile, or the comparison fails; the target stays marked as an unfinished copy then, and no bot
 * starts on it.
 */
export async function copyStore({ source, target, onProgress }: CopyOptions): Promise<CopyReport> {
  return target.connection().execute((connection) =>
    alone(connection, async () => {
      const before = await dataVersion(source);
      const report = await source.transaction().execute((snapshot) => copySnapshot(snapshot, connection, onProgress));
      if ((await dataVersion(source)) !== before) {
        throw new DataError(
          'Easel wrote to the embedded file while it was being copied. Stop it, then run the same command again: only what changed is copied anew.',
        );
      }
      await endCopy(connection);
      return report;
    }),
  );
}

async function copySnapshot(
  source: Kysely<unknown>,
  target: Kysely<unknown>,
  onProgress: CopyOptions['onProgress'],
): Promise<CopyReport> {
  const identity = await requireSameVersion(source, target);
  const tables = await readTables(source);
  const marked = await findCopy(target);
  if (marked !== undefined && marked !== identity) {
    throw new DataError('That database holds an unfinished copy of other data. Name an empty database.');
  }
  if (marked === undefined) {
    if (!(await isEmpty(target, tables))) {
      const compared = await compareAll(source, target, tables);
      if (compared.every(({ equal }) => equal)) return { kind: 'already', tables: compared };
      throw new DataError('That database holds other data. Name an empty one; nothing was changed there.');
    }
    await beginCopy(target, identity);
  }
  for (const table of tables) await copyTable(source, target, table, onProgress);
  const compared = await compareAll(source, target, tables);
  const different = compared.filter(({ equal }) => !equal).map(({ name }) => name);
  if (different.length > 0) {
    throw new DataError(`The copy differs from the original in: ${different.join(', ')}. Run the same command again.`);
  }
  return { kind: 'copied', tables: compared };
}

async function copyTable(
  source: QueryExecutorProvider,
  target: QueryExecutorProvider,
  table: Table,
  onProgress: CopyOptions['onProgress'],
): Promise<void> {
  const of = await countRows(source, table);
  let done = 0;
  onProgress?.(table.name, done, of);
  for await (const rows of readBatches(source, table)) {
    const there = await digestsOf(target, table, rows);
    await writeRows(
      target,
      table,
      rows.filter((row) => there.get(nameRow(table, row)) !== digestRow(table, row)),
    );
    done += rows.length;
    onProgress?.(table.name, done, of);
  }
  if ((await countRows(target, table)) > of) await deleteOthers(source, target, table);
}

/** What an earlier run copied and the source has deleted since. */
async function deleteOthers(source: QueryExecutorProvider, target: QueryExecutorProvider, table: Table): Promise<void> {
  for await (const rows of readBatches(target, table, table.key)) {
    const kept = await readSame(source, table, rows, table.key);
    const names = new Set(kept.map((row) => nameRow(table, row)));
    await deleteRows(
      target,
      table,
      rows.filter((row) => !names.has(nameRow(table, row))),
    );
  }
}

async function digestsOf(
  from: QueryExecutorProvider,
  table: Table,
  rows: readonly Row[],
): Promise<Map<string, string>> {
  const found = await readSame(from, table, rows);
  return new Map(found.map((row) => [nameRow(table, row), digestRow(table, row)]));
}

type Comparison = CopiedTable & { readonly equal: boolean };

async function compareAll(
  source: QueryExecutorProvider,
  target: QueryExecutorProvider,
  tables: readonly Table[],
): Promise<Comparison[]> {
  const compared: Comparison[] = [];
  for (const table of tables) compared.push(await compare(source, target, table));
  return compared;
}

async function compare(
  source: QueryExecutorProvider,
  target: QueryExecutorProvider,
  table: Table,
): Promise<Comparison> {
  const [ours, theirs] = [createHash('sha256'), createHash('sha256')];
  const rows = await countRows(source, table);
  for await (const batch of readBatches(source, table)) {
    const there = await digestsOf(target, table, batch);
    for (const row of batch) {
      ours.update(digestRow(table, row));
      theirs.update(there.get(nameRow(table, row)) ?? 'missing');
    }
  }
  const checksum = ours.digest('hex');
  const equal = checksum === theirs.digest('hex') && rows === (await countRows(target, table));
  return { name: table.name, rows, checksum, equal };
}

async function isEmpty(target: QueryExecutorProvider, tables: readonly Table[]): Promise<boolean> {
  for (const table of tables) if ((await countRows(target, table)) > 0) return false;
  return true;
}

interface AppliedMigration {
  name: string;
  timestamp: string;
}

/** Answers with what tells this file from any other: the moment it was made. */
async function requireSameVersion(source: QueryExecutorProvider, target: QueryExecutorProvider): Promise<string> {
  const applied = (db: QueryExecutorProvider) =>
    sql<AppliedMigration>`select name, timestamp from kysely_migration order by name`.execute(db);
  const { rows: ours } = await applied(source);
  const { rows: theirs } = await applied(target);
  const known = new Set(theirs.map(({ name }) => name));
  if (ours.some(({ name }) => !known.has(name))) throw new NewerDataError();
  const [first] = ours;
  if (first === undefined || ours.length < theirs.length) {
    throw new DataError(
      'The embedded file was written by an older Easel. Start this one on it once, stop it, then copy.',
    );
  }
  return `${first.name} ${first.timestamp}`;
}

/** Changes whenever another connection has written to the file. */
async function dataVersion(source: QueryExecutorProvider): Promise<unknown> {
  const { rows } = await sql<{ data_version: unknown }>`pragma data_version`.execute(source);
  return rows[0]?.data_version;
}

/** Two copies into one database would end each other's mark. */
async function alone<Result>(target: QueryExecutorProvider, work: () => Promise<Result>): Promise<Result> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${COPY_LOCK}::bigint) as locked`.execute(
    target,
  );
  if (rows[0]?.locked !== true) throw new DataError('Another copy into that database is under way.');
  try {
    return await work();
  } finally {
    // A connection that broke has let go of it already.
    await sql`select pg_advisory_unlock(${COPY_LOCK}::bigint)`.execute(target).catch(() => {});
  }
}
