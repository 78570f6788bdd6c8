import type { Kysely } from 'kysely';

export const slotWaitEnds = {
  async up(db: Kysely<unknown>): Promise<void> {
    // When another provider may be asked, so that a slot is waited for no longer.
    await db.schema.alterTable('generations').addColumn('waits_until', 'bigint').execute();
  },
};
