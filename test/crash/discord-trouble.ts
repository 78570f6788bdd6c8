import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../src/playground/discord/contract.ts';
import { audit } from './audit.ts';
import { startMembers } from './members.ts';
import type { Report } from './report.ts';
import { settle } from './settle.ts';
import { openWorld, type WorldOptions } from './world.ts';

const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';
const ORIGINAL = '/webhooks/{application_id}/{interaction_token}/messages/@original';

const FAULTS: readonly Fault[] = [
  { method: 'POST', route: CALLBACK, status: 500, afterWork: true },
  { method: 'POST', route: CALLBACK, dropConnection: true, afterWork: true },
  { method: 'POST', route: CALLBACK, status: 503 },
  { method: 'PATCH', route: ORIGINAL, status: 500, afterWork: true },
  { method: 'PATCH', route: ORIGINAL, dropConnection: true, afterWork: true },
  { method: 'PATCH', route: ORIGINAL, dropConnection: true },
  { method: 'PATCH', route: ORIGINAL, status: 502, times: 5 },
  { method: 'PATCH', route: ORIGINAL, status: 429, retryAfterMs: 700 },
];

/** Discord does the work and then says 500, or nothing at all; or it is out of order for a moment. */
export async function answerWithFaults(options: WorldOptions, { forMs }: { forMs: number }): Promise<Report> {
  const world = await openWorld(options);
  const { discord, random } = world;
  let faults = 0;
  try {
    const bot = world.startBot();
    await bot.ready;
    const members = startMembers(world, { everyMs: 120, most: 20 });
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      discord.faults.add(random.pick(FAULTS));
      faults += 1;
      await sleep(150);
    }
    await members.stop();
    await settle(world);
    return {
      title: 'Discord answers 500 after it did the work',
      engine: world.engine,
      audit: await audit(world),
      notes: [`${faults} faults: 500, 502, 503, 429 and dropped connections, before and after the work`],
    };
  } finally {
    await world.close();
  }
}
