import { setTimeout as sleep } from 'node:timers/promises';
import type { BotProcess } from '../support/bot-process.ts';
import { audit } from './audit.ts';
import { startMembers } from './members.ts';
import type { Report } from './report.ts';
import { settle } from './settle.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** A lease is 30 s; renewed every 10 s. */
const PAST_THE_LEASE_MS = 34_000;

/** A gateway and two workers on one database; something happens to the first worker while both paint. */
async function withTwoWorkers(
  options: WorldOptions,
  title: string,
  happen: (worker: BotProcess, world: World) => Promise<readonly string[]>,
): Promise<Report> {
  const world = await openWorld(options);
  try {
    const worker = world.startBot({ GATEWAY: 'off', WORKERS: '3' });
    await worker.ready;
    const other = world.startBot({ GATEWAY: 'off', WORKERS: '3' });
    await other.ready;
    const gateway = world.startBot({ WORKERS: '0' });
    await gateway.ready;
    const members = startMembers(world, { everyMs: 250, most: 12 });
    await sleep(4_000);
    const notes = await happen(worker, world);
    await members.stop();
    await settle(world);
    return { title, engine: world.engine, audit: await audit(world), notes };
  } finally {
    await world.close();
  }
}

/** The other one takes over what it held, once the lease is over. */
export function killOneOfTwo(options: WorldOptions): Promise<Report> {
  return withTwoWorkers(options, 'one of two workers killed', async (worker, { database }) => {
    await worker.kill();
    const held = (await database.rows()).filter(({ state }) => state === 'running').length;
    await sleep(2_000);
    return [`${held} running at the kill, in both`];
  });
}

/** It wakes up holding answers for requests that are someone else's by now. */
export function stopOneOfTwo(options: WorldOptions): Promise<Report> {
  return withTwoWorkers(options, 'one of two workers stopped past its lease', async (worker, { database }) => {
    worker.pause();
    const held = (await database.rows()).filter(({ state }) => state === 'running').length;
    await sleep(PAST_THE_LEASE_MS);
    worker.resume();
    await sleep(3_000);
    return [`${held} running when it stopped, in both; it stood still for ${PAST_THE_LEASE_MS / 1_000} s`];
  });
}

/** As on a laptop whose lid was closed: nobody else was there to take over. */
export async function stopTheOnlyOne(options: WorldOptions): Promise<Report> {
  const world = await openWorld(options);
  try {
    // More workers than work, so that one is free to take what seems to be left.
    const bot = world.startBot({ WORKERS: '16' });
    await bot.ready;
    const members = startMembers(world, { everyMs: 150, most: 12 });
    await sleep(4_000);
    await members.stop();
    bot.pause();
    const held = (await world.database.rows()).filter(({ state }) => state === 'running').length;
    await sleep(PAST_THE_LEASE_MS);
    bot.resume();
    await settle(world);
    return {
      title: 'the only worker stopped past its lease',
      engine: world.engine,
      audit: await audit(world),
      notes: [`${held} running when it stopped`],
    };
  } finally {
    await world.close();
  }
}
