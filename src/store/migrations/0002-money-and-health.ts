import { type Kysely, sql } from 'kysely';

export const moneyAndHealth = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('ledger')
      .addColumn('generation_id', 'text', (column) => column.notNull())
      // The attempt's number; -1 for what is held for attempts to come.
      .addColumn('entry', 'integer', (column) => column.notNull())
      .addColumn('guild_id', 'text')
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('provider', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('amount_micro_usd', 'bigint', (column) => column.notNull())
      .addColumn('booked_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('ledger_key', ['generation_id', 'entry'])
      .execute();
    // Sums of what was really spent are read from the index alone.
    await sql`create index ledger_by_guild on ledger (guild_id, booked_at, amount_micro_usd) where amount_micro_usd > 0`.execute(
      db,
    );
    await sql`create index ledger_by_user on ledger (user_id, booked_at, amount_micro_usd) where amount_micro_usd > 0`.execute(
      db,
    );
    // A server's pictures of a day or month.
    await db.schema.createIndex('generations_by_guild').on('generations').columns(['guild_id', 'created_at']).execute();
    await db.schema
      .createTable('offer_health')
      .addColumn('provider', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('open_until', 'bigint', (column) => column.notNull())
      .addColumn('refusals', 'integer', (column) => column.notNull())
      .addColumn('limited_until', 'bigint', (column) => column.notNull())
      .addColumn('slots', 'integer')
      .addColumn('latencies', 'text', (column) => column.notNull())
      .addColumn('succeeded_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('offer_health_key', ['provider', 'model'])
      .execute();
  },
};
