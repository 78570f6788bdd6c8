import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '../support/postgres-server.ts';
import { audit } from './audit.ts';
import { startMembers } from './members.ts';
import type { Report } from './report.ts';
import { settle } from './settle.ts';
import { openWorld, type WorldOptions } from './world.ts';

/** The database goes away under load, twice, and comes back. */
export async function interruptDatabase(options: WorldOptions & { postgres: PostgresServer }): Promise<Report> {
  const world = await openWorld(options);
  try {
    const bot = world.startBot();
    await bot.ready;
    const members = startMembers(world, { everyMs: 100, most: 20 });
    for (let round = 0; round < 2; round += 1) {
      await sleep(4_000);
      await options.postgres.interrupt();
    }
    await sleep(4_000);
    await members.stop();
    await settle(world);
    return {
      title: 'PostgreSQL restarted under load',
      engine: world.engine,
      audit: await audit(world),
      notes: [`two times: ${options.postgres.interruption}`],
    };
  } finally {
    await world.close();
  }
}
