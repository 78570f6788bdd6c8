import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBot } from '../../src/bot.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { Interaction } from '../../src/playground/discord/contract.ts';
import { createLocalDiscord } from '../../src/playground/discord/local-discord.ts';
import { createRandom } from '../crash/random.ts';
import { audit, billedBy, booksOf, endOf } from './audit.ts';
import { makeTroubles } from './troubles.ts';
import { startVendors } from './vendors.ts';

/*
 * Four vendors with troubles that go round, and members who go on asking: what is accepted ends in pictures or in a
 * plain sentence, in time, without calling much more than needed, and the ledger agrees with the vendors.
 */

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ANYONE = 'flux-schnell';
/** Served by one vendor only, as flux-dev is here, or pinned to one. */
const ONE_VENDOR = ['flux-dev', 'novita/flux-schnell', 'fireworks/flux-schnell', 'deepinfra/flux-schnell'];
/** A quick run ends its troubles early, and asks nothing of a single vendor: that may take a minute to fail. */
const PLAN = values.quick
  ? {
      requests: 100,
      durationMs: 25_000,
      troubleMs: 15_000,
      everyMs: 3_000,
      lastsMs: { least: 2_000, most: 4_000 },
      models: [ANYONE],
    }
  : {
      requests: 400,
      durationMs: 180_000,
      troubleMs: 180_000,
      everyMs: 9_000,
      lastsMs: { least: 5_000, most: 14_000 },
      models: [...Array<string>(10).fill(ANYONE), ...ONE_VENDOR],
    };
const SETTLE_WITHIN_MS = 100_000;

const COUNTS = [1, 1, 1, 1, 2, 4];

const startedAt = performance.now();
const random = createRandom();
const dataDir = await mkdtemp(join(tmpdir(), 'easel-chaos-'));
const vendors = await startVendors();
const discord = await createLocalDiscord({ keepFiles: false });
const settings: Record<string, string> = Object.assign({}, ...vendors.map(({ env }) => env));
const config = readConfig({ ...settings, DATA_DIR: dataDir, WORKERS: '32', USER_RUNNING: '32', USER_WAITING: '1000' });
const bot = await startBot({
  config: { ...config, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
  log: createLog('silent'),
});

console.log(`${PLAN.requests} requests in ${PLAN.durationMs / 1_000} s, troubles going round among four vendors`);
const troubles = makeTroubles({ ...PLAN, vendors, random, signal: AbortSignal.timeout(PLAN.troubleMs) });
const watching = watchBooks();
const asked = await ask();
await troubles;
await discord
  .until(() => (asked.every((one) => endOf(one.message()) !== 'waiting') ? true : undefined), {
    withinMs: SETTLE_WITHIN_MS,
  })
  // The table says what hangs.
  .catch(() => {});
// Members know; the record of the last one follows.
for (let load = await bot.store.generations.load(); load.running + load.delivering > 0; ) {
  await sleep(50);
  load = await bot.store.generations.load();
}
const findings = await audit(asked, {
  store: bot.store,
  vendors,
  shortfalls: await watching.stop(),
  isShort: values.quick,
});

for (const { what, value, holds } of findings)
  console.log(`${holds ? ' ' : '✗'} ${what.padEnd(46)} ${value.padStart(9)}`);
for (const vendor of vendors) {
  const { length: answers } = await vendor.received();
  console.log(`    ${vendor.name.padEnd(12)} ${String(vendor.asked()).padStart(4)} calls, ${answers} answers received`);
}
console.log(`  ${((performance.now() - startedAt) / 1_000).toFixed(0)} s in all`);
await bot.close();
await discord.close();
await Promise.all(vendors.map((vendor) => vendor.close()));
await rm(dataDir, { recursive: true });
process.exit(findings.every(({ holds }) => holds) ? 0 : 1);

async function ask(): Promise<Interaction[]> {
  const { users, channels } = discord.world;
  const begun: Interaction[] = [];
  for (let number = 1; number <= PLAN.requests; number += 1) {
    const member = discord.act(random.pick(Object.values(users)).id, channels.general.id);
    const options = { prompt: `picture ${number}`, model: random.pick(PLAN.models), count: random.pick(COUNTS) };
    begun.push(await member.command('imagine', options));
    await sleep((PLAN.durationMs / PLAN.requests) * 2 * random.next());
  }
  return begun;
}

/** Looks again and again whether at least as much is booked as vendors had billed by then. */
function watchBooks() {
  const over = new AbortController();
  async function watch(): Promise<number> {
    let shortfalls = 0;
    while (!over.signal.aborted) {
      const billed = billedBy(vendors);
      const { settled, uncertain, reserved } = await booksOf(bot.store);
      if (settled + uncertain + reserved < billed) shortfalls += 1;
      await sleep(250, undefined, { signal: over.signal }).catch(() => {});
    }
    return shortfalls;
  }
  const watched = watch();
  return {
    stop() {
      over.abort();
      return watched;
    },
  };
}
