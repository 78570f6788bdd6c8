import type { Db } from './locks.ts';

/** What a modal was opened on: kept here, so that it can be submitted after a restart, on any process. */
export function createDraftStore({ db, now }: { db: Db; now: () => number }) {
  return {
    async keep(id: string, payload: unknown): Promise<void> {
      await db
        .insertInto('drafts')
        .values({ id, payload: JSON.stringify(payload), created_at: now() })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },

    /** Whoever reads it parses it. `undefined` when it is gone. */
    async find(id: string): Promise<unknown> {
      const row = await db.selectFrom('drafts').select('payload').where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : JSON.parse(row.payload);
    },

    async deleteOlderThan(time: number): Promise<void> {
      await db.deleteFrom('drafts').where('created_at', '<', time).execute();
    },
  };
}
