import { sql } from 'kysely';
import type { Generation, State } from '../generation/record.ts';
import type { Db } from './locks.ts';
import { fromRow } from './rows.ts';

/** Written out, not bound, as the conditions of the indexes they are. */
const QUEUED = sql.lit('queued');
const RUNNING = sql.lit('running');

/** The line as it is seen from outside: who waits, where, and for how long. */
export function createLine({ db, now }: { db: Db; now: () => number }) {
  function inLine() {
    return db.selectFrom('generations').where('state', '=', QUEUED).where('acknowledged_at', 'is not', null);
  }

  return {
    /** The first few in line, in their order. */
    async frontOfQueue(most: number): Promise<Generation[]> {
      const rows = await inLine().selectAll().orderBy('lane').orderBy('fair_order').orderBy('id').limit(most).execute();
      return rows.map(fromRow);
    },

    /**
     * Those in line, in their order, who have waited for `patienceMs` without a word, or for `lastWordMs` without one
     * since then. Nobody who has waited for `unreachableMs`.
     */
    async owedAWord({
      patienceMs,
      lastWordMs,
      unreachableMs,
      most,
    }: {
      patienceMs: number;
      lastWordMs: number;
      unreachableMs: number;
      most: number;
    }): Promise<Generation[]> {
      const time = now();
      const rows = await inLine()
        .selectAll()
        .where('created_at', '<=', time - patienceMs)
        .where('created_at', '>', time - unreachableMs)
        .where(({ eb, or, and }) =>
          or([
            eb('progress_at', 'is', null),
            and([
              eb('created_at', '<=', time - lastWordMs),
              eb(eb('progress_at', '-', eb.ref('created_at')), '<', lastWordMs),
            ]),
          ]),
        )
        .orderBy('lane')
        .orderBy('fair_order')
        .orderBy('id')
        .limit(most)
        .execute();
      return rows.map(fromRow);
    },

    /** How many are served before this one: 0 is next. `undefined` when it does not wait any more. */
    async position(id: string): Promise<number | undefined> {
      const row = await db
        .selectFrom('generations')
        .select(['lane', 'fair_order'])
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { before } = await inLine()
        .select(({ fn }) => fn.countAll<number>().as('before'))
        .where(({ eb, refTuple, tuple }) =>
          eb(refTuple('lane', 'fair_order', 'id'), '<', tuple(row.lane, row.fair_order, id)),
        )
        .executeTakeFirstOrThrow();
      return Number(before);
    },

    /** How many of its member's own it waits for: those being painted, and those before it in line. */
    async ownBefore(id: string): Promise<number> {
      const { own } = await db
        .selectFrom('generations as one')
        .innerJoin('generations as other', 'other.user_id', 'one.user_id')
        .where('one.id', '=', id)
        // As the index of the unfinished has it: nobody's history is looked through.
        .where('other.finished_at', 'is', null)
        .where('other.state', 'in', [QUEUED, RUNNING])
        .where(({ eb, or, and, refTuple }) =>
          or([
            eb('other.state', '=', RUNNING),
            and([
              eb('other.state', '=', QUEUED),
              eb('other.acknowledged_at', 'is not', null),
              eb(
                refTuple('other.lane', 'other.fair_order', 'other.id'),
                '<',
                refTuple('one.lane', 'one.fair_order', 'one.id'),
              ),
            ]),
          ]),
        )
        .select(({ fn }) => fn.countAll<number>().as('own'))
        .executeTakeFirstOrThrow();
      return Number(own);
    },

    /** Notes that its waiting message is about to be edited. `false`: it does not wait any more, so do not. */
    async markProgress(id: string): Promise<boolean> {
      const row = await db
        .updateTable('generations')
        .set({ progress_at: now() })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Accepted rows of which nobody knows whether Discord took our first answer: a crash came in between. */
    async unacknowledged(createdBefore: number): Promise<Generation[]> {
      const rows = await db
        .selectFrom('generations')
        .selectAll()
        .where('state', '=', QUEUED)
        .where('acknowledged_at', 'is', null)
        .where('created_at', '<', createdBefore)
        .orderBy('created_at')
        .limit(100)
        .execute();
      return rows.map(fromRow);
    },

    /** Median time from start to pictures of the last finished ones, milliseconds. `undefined`: there are none yet. */
    async recentPaintingMs(): Promise<number | undefined> {
      const rows = await db
        .selectFrom('generations')
        .select(['started_at', 'painted_at'])
        .where('outcome', '=', sql.lit('done'))
        .where('finished_at', 'is not', null)
        .orderBy('finished_at', 'desc')
        .limit(20)
        .execute();
      const times = rows
        .flatMap(({ started_at: start, painted_at: end }) => (start === null || end === null ? [] : [end - start]))
        .toSorted((one, other) => one - other);
      return times[Math.floor(times.length / 2)];
    },

    /** How many there are in each unfinished state, and since when the oldest waits. */
    async load(): Promise<{ queued: number; running: number; delivering: number; oldestQueuedAt?: number }> {
      const rows = await db
        .selectFrom('generations')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
        .where('finished_at', 'is', null)
        .groupBy('state')
        .execute();
      const count = (state: State) => Number(rows.find((row) => row.state === state)?.count ?? 0);
      const oldest = rows.find((row) => row.state === 'queued')?.oldest;
      return {
        queued: count('queued'),
        running: count('running'),
        delivering: count('delivering'),
        ...(oldest == null ? {} : { oldestQueuedAt: Number(oldest) }),
      };
    },
  };
}
