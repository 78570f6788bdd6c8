import type { Generation } from '../generation/record.ts';
import { eraseBytes } from './images.ts';
import type { Db, Tx } from './locks.ts';
import type { PictureFiles } from './picture-files.ts';
import { type Given, prepare } from './prepared.ts';
import { fromRow } from './rows.ts';

/** Generations whose pictures are erased in one transaction. */
const FORGOTTEN_AT_ONCE = 200;

const byId = prepare((db, given: Given<{ id: string }>) =>
  db.selectFrom('generations').selectAll().where('id', '=', given('id')),
);

const NO_WORDS = { prompt: null, negative_prompt: null };

/** What is older than this may go. */
interface Forgotten {
  readonly tokensBefore: number;
  readonly unpaintedBefore: number;
  readonly imagesBefore: number;
}

interface HistoryOptions {
  db: Db;
  files: PictureFiles | undefined;
}

/** What is known of past requests, and how it is forgotten. */
export function createHistory({ db, files }: HistoryOptions) {
  function inTransaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return db.transaction().execute(work);
  }

  return {
    /** `undefined` when there is no such row: buttons outlive rows. */
    async find(id: string): Promise<Generation | undefined> {
      const row = await byId.first(db, { id });
      return row === undefined ? undefined : fromRow(row);
    },

    /** The generations made from this one, oldest first. */
    async children(parentId: string): Promise<Generation[]> {
      const rows = await db
        .selectFrom('generations')
        .selectAll()
        .where('parent_id', '=', parentId)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(fromRow);
    },

    /** A member's finished pictures, newest first, those they deleted left out. */
    async recentOf(userId: string, { most }: { most: number }): Promise<Generation[]> {
      const rows = await db
        .selectFrom('generations')
        .selectAll()
        .where('user_id', '=', userId)
        .where('outcome', '=', 'done')
        .where('prompt', 'is not', null)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(most)
        .execute();
      return rows.map(fromRow);
    },

    /**
     * Forgets what is no longer needed: tokens that have expired, the words of what was not painted, which have no
     * Delete button, and image bytes that Discord has had long enough. The times are milliseconds since 1970.
     */
    async forget({ tokensBefore, unpaintedBefore, imagesBefore }: Forgotten): Promise<void> {
      await db
        .updateTable('generations')
        .set({ sealed_token: null })
        .where('sealed_token', 'is not', null)
        .where('created_at', '<', Math.round(tokensBefore))
        .execute();
      await db
        .updateTable('generations')
        .set(NO_WORDS)
        .where('outcome', '<>', 'done')
        .where('prompt', 'is not', null)
        .where('finished_at', '<', Math.round(unpaintedBefore))
        .execute();
      for (;;) {
        const expired = await inTransaction(async (tx) => {
          const rows = await tx
            .selectFrom('images')
            .select('generation_id')
            .distinct()
            .where(({ eb, or }) => or([eb('bytes', 'is not', null), eb('file', 'is not', null)]))
            .where('created_at', '<', Math.round(imagesBefore))
            .where(({ exists, selectFrom }) =>
              exists(
                selectFrom('generations')
                  .select('id')
                  .whereRef('id', '=', 'images.generation_id')
                  .where('finished_at', '<', Math.round(imagesBefore)),
              ),
            )
            .limit(FORGOTTEN_AT_ONCE)
            .execute();
          const ids = rows.map((row) => row.generation_id);
          return { more: rows.length === FORGOTTEN_AT_ONCE, files: await eraseBytes(tx, ids) };
        });
        await files?.remove(expired.files);
        if (!expired.more) return;
      }
    },

    /** Erases what the member wrote and the pictures made of it; what it cost stays. */
    async erase(id: string): Promise<void> {
      const erased = await inTransaction(async (tx) => {
        await tx.updateTable('generations').set(NO_WORDS).where('id', '=', id).execute();
        return eraseBytes(tx, [id]);
      });
      await files?.remove(erased);
    },
  };
}
