import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';

/** A table of the embedded file. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of its primary key. */
  readonly key: readonly string[];
  /** Rows read and written at a time. */
  readonly batch: number;
}

const value = z.union([z.string(), z.number(), z.null(), z.instanceof(Uint8Array)]);
const row = z.record(z.string(), value);
export type Row = z.output<typeof row>;

/** Plain rows are small; pictures are a few megabytes each. */
const BATCH = { plain: 400, pictures: 8 } as const;

const columns = z.array(z.object({ table: z.string(), column: z.string(), type: z.string(), key: z.number() }));

/** Every table but the migrator's own. Throws for one without a primary key: its rows could not be told apart. */
export async function readTables(source: QueryExecutorProvider): Promise<Table[]> {
  const { rows } = await sql`
    select m.name as "table", c.name as "column", c.type as "type", c.pk as "key"
    from sqlite_master as m, pragma_table_info(m.name) as c
    where m.type = 'table' and m.name not like 'sqlite!_%' escape '!' and m.name not like 'kysely!_%' escape '!'
    order by m.name, c.cid`.execute(source);
  return [...Map.groupBy(columns.parse(rows), ({ table }) => table)].map(([name, all]) => {
    const key = all.filter((one) => one.key > 0).toSorted((one, other) => one.key - other.key);
    if (key.length === 0) throw new TypeError(`the table ${name} has no primary key`);
    return {
      name,
      columns: all.map(({ column }) => column),
      key: key.map(({ column }) => column),
      batch: all.some(({ type }) => type === 'blob') ? BATCH.pictures : BATCH.plain,
    };
  });
}

/** All rows in the order of their keys, a batch at a time. */
export async function* readBatches(
  from: QueryExecutorProvider,
  { name, columns, key, batch }: Table,
  only = columns,
): AsyncGenerator<Row[]> {
  let last: Row | undefined;
  do {
    const after = last === undefined ? sql`` : sql`where ${tuple(key)} > ${keyOf(key, last)}`;
    const { rows } =
      await sql`select ${list(only)} from ${sql.table(name)} ${after} order by ${list(key)} limit ${batch}`.execute(
        from,
      );
    const found = rows.map((one) => row.parse(one));
    if (found.length > 0) yield found;
    last = found.length < batch ? undefined : found.at(-1);
  } while (last !== undefined);
}

/** The rows with the same keys, in no order. */
export async function readSame(
  from: QueryExecutorProvider,
  { name, columns, key }: Table,
  rows: readonly Row[],
  only = columns,
): Promise<Row[]> {
  const keys = sql.join(rows.map((one) => keyOf(key, one)));
  const found = await sql`select ${list(only)} from ${sql.table(name)} where ${tuple(key)} in (${keys})`.execute(from);
  return found.rows.map((one) => row.parse(one));
}

/** Inserts rows, or brings those that are there up to date. */
export async function writeRows(
  to: QueryExecutorProvider,
  { name, columns, key }: Table,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = sql.join(rows.map((one) => sql`(${sql.join(columns.map((column) => one[column]))})`));
  const rest = columns.filter((column) => !key.includes(column));
  const changes = sql.join(rest.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`));
  const onConflict = rest.length === 0 ? sql`do nothing` : sql`do update set ${changes}`;
  await sql`insert into ${sql.table(name)} (${list(columns)}) values ${values} on conflict (${list(key)}) ${onConflict}`.execute(
    to,
  );
}

export async function deleteRows(
  from: QueryExecutorProvider,
  { name, key }: Table,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`delete from ${sql.table(name)} where ${tuple(key)} in (${sql.join(rows.map((one) => keyOf(key, one)))})`.execute(
    from,
  );
}

export async function countRows(from: QueryExecutorProvider, { name }: Table): Promise<number> {
  const { rows } = await sql<{ count: unknown }>`select count(*) as count from ${sql.table(name)}`.execute(from);
  return z.coerce.number().parse(rows[0]?.count);
}

function list(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)));
}

function tuple(names: readonly string[]): RawBuilder<unknown> {
  return sql`(${list(names)})`;
}

function keyOf(key: readonly string[], of: Row): RawBuilder<unknown> {
  return sql`(${sql.join(key.map((column) => of[column]))})`;
}
