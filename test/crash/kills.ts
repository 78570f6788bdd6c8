import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from './audit.ts';
import { startMembers } from './members.ts';
import type { Report } from './report.ts';
import { retryAll } from './retry.ts';
import { settle } from './settle.ts';
import { openWorld, type WorldOptions } from './world.ts';

const UNFINISHED = ['unacknowledged', 'queued', 'running', 'delivering'];

/** kill -9 at random moments, again and again, with jobs in every state; then all must come to an end. */
export async function killAgainAndAgain(options: WorldOptions, kills: number): Promise<Report> {
  const world = await openWorld(options);
  const { discord, random } = world;
  // So that a kill now and then falls between a vendor's answer and Discord's.
  discord.faults.add({ method: 'PATCH', delayMs: 150, times: Number.POSITIVE_INFINITY });
  const inFlight = new Map(UNFINISHED.map((state) => [state, 0]));
  try {
    const members = startMembers(world, { everyMs: 50, most: 30 });
    for (let kill = 1; kill <= kills; kill += 1) {
      const bot = world.startBot();
      // Every tenth dies while it starts.
      if (kill % 10 !== 0) await bot.ready;
      await sleep(random.between(20, 2_000));
      await bot.kill();
      for (const { state, acknowledged } of await world.database.rows()) {
        const shown = state === 'queued' && acknowledged === 0 ? 'unacknowledged' : state;
        const count = inFlight.get(shown);
        if (count !== undefined) inFlight.set(shown, count + 1);
      }
    }
    await members.stop();
    const last = world.startBot();
    await last.ready;
    await settle(world);
    const found = await audit(world, { killed: true });
    const retried = await retryAll(world, 5);
    const code = await last.stop();
    return {
      title: `${kills} × kill -9`,
      engine: world.engine,
      audit: { ...found, lost: [...found.lost, ...retried.failed] },
      notes: [
        `in flight at the kills: ${[...inFlight].map(([state, count]) => `${count} ${state}`).join(', ')}`,
        `Try again pressed ${retried.pressed} times`,
        `the last one ended with ${code}`,
      ],
    };
  } finally {
    await world.close();
  }
}
