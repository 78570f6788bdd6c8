import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';

/*
 * A database that a copy was begun into, and not finished, has this table. Its one row names what is being copied.
 */
const TABLE = 'easel_copy';

/** What is being copied into this database; `undefined`: nothing is. */
export async function findCopy(
  target: Pick<Kysely<unknown>, 'introspection'> & QueryExecutorProvider,
): Promise<string | undefined> {
  const tables = await target.introspection.getTables();
  if (!tables.some(({ name }) => name === TABLE)) return undefined;
  const { rows } = await sql<{ source: string }>`select source from ${sql.table(TABLE)}`.execute(target);
  return rows[0]?.source;
}

export async function beginCopy(target: Kysely<unknown>, source: string): Promise<void> {
  await target.transaction().execute(async (tx) => {
    await sql`create table ${sql.table(TABLE)} (source text primary key)`.execute(tx);
    await sql`insert into ${sql.table(TABLE)} (source) values (${source})`.execute(tx);
  });
}

export async function endCopy(target: QueryExecutorProvider): Promise<void> {
  await sql`drop table if exists ${sql.table(TABLE)}`.execute(target);
}
