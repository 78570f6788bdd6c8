import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from './audit.ts';
import { startMembers } from './members.ts';
import type { Report } from './report.ts';
import { settle } from './settle.ts';
import { openWorld, type WorldOptions } from './world.ts';

const SIXTEEN_MINUTES = 16 * 60_000;

/**
 * Interaction tokens die under the work: first while the bot runs and does not know, then while it is down for a
 * quarter of an hour. Public results still arrive, by the bot token; private ones are kept for /recent.
 */
export async function moveTheClock(options: WorldOptions): Promise<Report> {
  const world = await openWorld(options);
  try {
    const bot = world.startBot();
    await bot.ready;
    const members = startMembers(world, { everyMs: 100, most: 20 });
    await sleep(3_000);
    await members.stop();
    world.advance(SIXTEEN_MINUTES);
    await settle(world);

    const more = startMembers(world, { everyMs: 100, most: 20 });
    await sleep(3_000);
    await more.stop();
    await bot.kill();
    const queued = (await world.database.rows()).filter(({ state }) => state === 'queued').length;
    world.advance(SIXTEEN_MINUTES);
    const next = world.startBot();
    await next.ready;
    await settle(world);
    return {
      title: 'the clock moved 16 minutes',
      engine: world.engine,
      audit: await audit(world, { killed: true }),
      notes: [`twice: under a running bot, and while none ran; ${queued} were queued then`],
    };
  } finally {
    await world.close();
  }
}
