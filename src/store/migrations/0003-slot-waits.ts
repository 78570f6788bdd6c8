import { type Kysely, sql } from 'kysely';

export const slotWaits = {
  async up(db: Kysely<unknown>): Promise<void> {
    // The provider whose slots were all taken when it was tried.
    await db.schema.alterTable('generations').addColumn('waits_for', 'text').execute();
    await sql`create index generations_on_trial on generations (waits_for) where state = 'running' and waits_for is not null`.execute(
      db,
    );
  },
};
