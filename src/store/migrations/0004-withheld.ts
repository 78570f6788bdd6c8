import type { Kysely } from 'kysely';

export const withheld = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Pictures of an attempt that a safety filter held back, and what its member is told of a refusal.
    await db.schema
      .alterTable('attempts')
      .addColumn('withheld', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('attempts').addColumn('refusal', 'text').execute();
  },
};
