import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 250;
/** A request whose answer was quicker than its row has it soon; a press that stores nothing never does. */
const STORED_WITHIN_MS = 15_000;
export const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled', 'unknown']);

/** Waits until nothing is on its way any more; what still is after `withinMs`, the audit finds. */
export async function settle({ discord, database }: World, { withinMs = 120_000 } = {}): Promise<void> {
  const until = performance.now() + withinMs;
  const seenAt = new Map<string, number>();
  let quiet = 0;
  // Twice, because between an acknowledgement and its row there is a moment that looks quiet.
  while (quiet < 2 && performance.now() < until) {
    await sleep(LOOK_EVERY_MS);
    const interactions = discord.interactions();
    // While the database is being restarted, nothing is settled.
    const rows = await database.rows().catch(() => undefined);
    const stored = new Set(rows?.map(({ id }) => id));
    const time = performance.now();
    const unanswered = interactions.some(({ id, outcome }) => {
      if (outcome !== 'acknowledged' || stored.has(id)) return outcome === 'waiting';
      const since = seenAt.get(id) ?? time;
      seenAt.set(id, since);
      return time - since < STORED_WITHIN_MS;
    });
    quiet = !unanswered && rows?.every(({ state }) => FINAL.has(state)) ? quiet + 1 : 0;
  }
}
