import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 250;
export const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled', 'unknown']);

/** Waits until nothing is on its way any more; what still is after `withinMs`, the audit finds. */
export async function settle({ discord, database }: World, { withinMs = 120_000 } = {}): Promise<void> {
  const until = performance.now() + withinMs;
  let quiet = 0;
  // Twice, because between an acknowledgement and its row there is a moment that looks quiet.
  while (quiet < 2 && performance.now() < until) {
    await sleep(LOOK_EVERY_MS);
    const unanswered = discord.interactions().some(({ outcome }) => outcome === 'waiting');
    // While the database is being restarted, nothing is settled.
    const rows = await database.rows().catch(() => undefined);
    quiet = !unanswered && rows?.every(({ state }) => FINAL.has(state)) ? quiet + 1 : 0;
  }
}
