import { type Kysely, sql } from 'kysely';

export const unpainted = {
  async up(db: Kysely<unknown>): Promise<void> {
    // What ended without a picture and still has its words: as small as the few days they are kept.
    await sql`create index generations_unpainted on generations (finished_at) where outcome <> 'done' and prompt is not null`.execute(
      db,
    );
  },
};
