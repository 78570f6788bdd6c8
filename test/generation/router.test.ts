import { expect, it } from 'vitest';
import type { Offer } from '../../src/generation/provider.ts';
import { createRouter } from '../../src/generation/router.ts';
import { type OfferHealth, untried } from '../../src/store/health.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';

async function patienceWith(offer: Offer, health: Partial<OfferHealth>): Promise<number | undefined> {
  const router = createRouter({
    health: { all: async () => [{ ...untried(offer.provider, offer.model), ...health }] },
    attempts: { inFlight: async () => [] },
    policy: 'cheapest',
    order: [],
    slotsOf: () => 50,
    now: () => 0,
  });
  const [ranked] = await router.rank([offer], makeRequest(), '1:1');
  return ranked?.patienceMs;
}

const hosted = makeOffer();
const own = makeOffer({ patienceMs: 600_000 });

it.each<[string, Offer, Partial<OfferHealth>, number]>([
  ['an untried offer', hosted, {}, 20_000],
  ['three usual calls', hosted, { latencies: [9_000] }, 27_000],
  ['no offer for ever', hosted, { latencies: [50_000] }, 35_000],
  ['one that has failed', hosted, { failures: 2 }, 8_000],
  ['one that has failed and is slow', hosted, { failures: 2, latencies: [50_000] }, 20_000],
  ['a machine of one’s own', own, {}, 45_000],
  ['a machine of one’s own that has failed', own, { failures: 2 }, 45_000],
  ['a machine of one’s own that says it is quick', makeOffer({ patienceMs: 10_000 }), {}, 10_000],
])('waits for %s, while others could do it, for so long', async (_what, offer, health, patienceMs) => {
  expect(await patienceWith(offer, health)).toBe(patienceMs);
});
