import { type Kysely, sql } from 'kysely';
import type { Engine } from '../schema.ts';

export function uncompressedPictures(engine: Engine) {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      if (engine !== 'postgres') return;
      // The zeros in a picture's header make PostgreSQL try to compress all of it, three times as long as storing it takes.
      await sql`alter table images alter column bytes set storage external`.execute(db);
    },
  };
}
