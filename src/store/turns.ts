import { type Db, exclusively } from './locks.ts';
import type { Engine } from './schema.ts';

/** How often something may be done, by all processes together. */
export interface Rate {
  /** In the long run once in this time. */
  readonly everyMs: number;
  /** After a pause so many times at once. Whoever may do more at once finds room where others find none. */
  readonly atOnce: number;
}

/** Lets one of many processes do what is to be done once in a while, or all of them only so much. */
export function createTurnStore({ db, engine, now }: { db: Db; engine: Engine; now: () => number }) {
  /** How many of `wanted` may be done now. */
  async function draw(name: string, wanted: number, { everyMs, atOnce }: Rate): Promise<number> {
    if (wanted === 0) return 0;
    const key = `turn:${name}`;
    return exclusively({ db, engine }, key, async (tx) => {
      const time = now();
      const last = await tx.selectFrom('counters').select('value').where('name', '=', key).executeTakeFirst();
      const usedUntil = Math.max(time, last?.value ?? 0);
      const room = Math.floor((time + atOnce * everyMs - usedUntil) / everyMs);
      const drawn = Math.max(0, Math.min(wanted, room));
      if (drawn === 0) return 0;
      const value = usedUntil + drawn * everyMs;
      await tx
        .insertInto('counters')
        .values({ name: key, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
      return drawn;
    });
  }

  return {
    draw,
    /** Whether it is this process' turn: at most one of all gets `true` in `everyMs`. */
    async take(name: string, everyMs: number): Promise<boolean> {
      return (await draw(name, 1, { everyMs, atOnce: 1 })) === 1;
    },
  };
}
