import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { z } from 'zod';

const row = z.object({
  id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  prompt: z.string().nullable(),
  seed: z.coerce.number(),
  acknowledged: z.coerce.number(),
});
/** What is looked at of a generation. */
export type Row = z.output<typeof row>;

/** One call of the bot's books: which vendor, and what came of it. */
const attempt = z.object({
  generation_id: z.string(),
  number: z.number(),
  provider: z.string(),
  state: z.string(),
  failure: z.string().nullable(),
});
export type AttemptRow = z.output<typeof attempt>;

/** The bot's database as its keeper may look into it, beside the bot. */
export interface Database {
  rows(): Promise<Row[]>;
  attempts(): Promise<AttemptRow[]>;
}

const COMMON = 'id, state, outcome, prompt, case when acknowledged_at is null then 0 else 1 end as acknowledged';
const ATTEMPTS = 'select generation_id, number, provider, state, failure from attempts order by generation_id, number';

/** Empty while there is no such file or table: a bot may have been killed before it made them. */
export function openEmbedded(file: string): Database {
  function query(sql: string): unknown[] {
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { timeout: 5_000 });
    try {
      return database.prepare(sql).all();
    } catch (error) {
      if (error instanceof Error && error.message.includes('no such table')) return [];
      throw error;
    } finally {
      database.close();
    }
  }
  return {
    rows: async () => z.array(row).parse(query(`select ${COMMON}, request ->> 'seed' as seed from generations`)),
    attempts: async () => z.array(attempt).parse(query(ATTEMPTS)),
  };
}

const NO_SUCH_TABLE = '42P01';

export function openServed(url: string): Database {
  async function query(sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    // A server that is stopped meanwhile: the query says so.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === NO_SUCH_TABLE) return [];
      throw error;
    } finally {
      await client.end();
    }
  }
  return {
    rows: async () =>
      z.array(row).parse(await query(`select ${COMMON}, request::json ->> 'seed' as seed from generations`)),
    attempts: async () => z.array(attempt).parse(await query(ATTEMPTS)),
  };
}
