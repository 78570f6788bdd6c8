import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { ImageProvider } from '../../src/generation/provider.ts';
import { type ByteBudget, createByteBudget, currentHold } from '../../src/http/bytes-in-flight.ts';
import { createFal } from '../../src/providers/fal/fal.ts';
import { createFireworks } from '../../src/providers/fireworks.ts';
import { createNovita } from '../../src/providers/novita.ts';
import { API_KEY, useStandIn } from '../support/provider-faults.ts';
import { startFalStandIn } from '../support/stand-ins/fal.ts';
import { startFireworksStandIn } from '../support/stand-ins/fireworks.ts';
import { startNovitaStandIn } from '../support/stand-ins/novita.ts';
import type { StandIn } from '../support/stand-ins/stand-in.ts';
import { makeVendor, openRouting } from './world.ts';

/** Far longer than anyone is waited for. */
const LONG_MS = 60 * 60_000;

/** A job that fills the memory until it is told to end, such as one whose pictures go to a slow Discord. */
function fill(budget: ByteBudget) {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const done = budget.run(1, async () => {
    await currentHold()?.take(1);
    await over;
  });
  return async () => {
    end();
    await done;
  };
}

/** From now on a second passes with each request. */
async function takeASecondEach(standIn: StandIn): Promise<never> {
  for (;;) {
    await standIn.nextRequest();
    vi.advanceTimersByTime(1_000);
  }
}

it.each<[string, () => Promise<{ standIn: StandIn; vendor: ImageProvider }>]>([
  [
    'a vendor that answers with the picture',
    async () => {
      const standIn = await useStandIn(startFireworksStandIn({ apiKey: API_KEY }));
      return { standIn, vendor: createFireworks({ apiKey: API_KEY, baseUrl: standIn.url, dialect: 'seed' }) };
    },
  ],
  [
    'one that is asked for its task and its file besides',
    async () => {
      const standIn = await useStandIn(startNovitaStandIn({ apiKey: API_KEY, pollsBeforeDone: 1 }));
      return { standIn, vendor: createNovita({ apiKey: API_KEY, baseUrl: standIn.url }) };
    },
  ],
  [
    'one whose file is fetched',
    async () => {
      const standIn = await useStandIn(startFalStandIn({ apiKey: API_KEY, links: true }));
      return { standIn, vendor: createFal({ apiKey: API_KEY, baseUrl: standIn.url }) };
    },
  ],
])('%s is not given up, nor thought slow, while its answer waits for room here', async (_what, start) => {
  const { standIn, vendor } = await start();
  const dearer = makeVendor('dearer', { price: () => 1_000_000 });
  const world = await openRouting({ vendors: [vendor, dearer] });
  const budget = createByteBudget(1);
  const end = fill(budget);
  const generation = await world.claim();

  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  void takeASecondEach(standIn);
  const painting = budget.run(1, () => world.run(generation));
  while (budget.waiting() === 0) await nextTurn();
  world.clock.advance(LONG_MS);
  vi.advanceTimersByTime(LONG_MS);
  await end();

  expect(await painting).toMatchObject({ outcome: 'done', painted: { provider: vendor.id, missing: 0 } });
  expect(await world.attemptsOf(generation)).toMatchObject([{ provider: vendor.id, state: 'succeeded' }]);
  expect(await world.healthOf(vendor.id)).toMatchObject({ failures: 0, openUntil: 0, latencies: [0] });
});
