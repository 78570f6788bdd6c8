import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { offerRecord, recordedPrice, recordOf } from '../../src/generation/offer-record.ts';
import { ASPECT_RATIOS } from '../../src/generation/request.ts';
import { priceOf } from '../../src/generation/router.ts';
import { createProviders } from '../../src/providers/index.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';

it('keeps all of an offer, its price as a table, through JSON', () => {
  const { price: _, ...offer } = makeOffer({
    promptIgnored: true,
    fixedModes: ['inpaint'],
    concurrency: 8,
    patienceMs: 600_000,
  });
  const record = recordOf({ ...offer, price: () => 1 });
  expect(record).toEqual({ ...offer, guidePriceMicroUsd: 1, prices: expect.any(Object) });
  expect(offerRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
});

it('guides by the price of one picture of a megapixel at the default steps, in the offer’s own mode', () => {
  const offer = makeOffer({
    modes: ['image-to-image'],
    price: ({ width, height, mode, inferenceSteps = 0 }) =>
      mode === 'image-to-image' ? (width * height * inferenceSteps) / 1024 : 0,
  });
  expect(recordOf(offer).guidePriceMicroUsd).toBe(4_096);
});

it.each([
  { kind: 'pairs' as const, pairs: [[1024, 768]] as const },
  { kind: 'grid' as const, least: 64, most: 2048, multipleOf: 8 },
  { kind: 'aspects' as const, sizes: { '16:9': [1344, 768] } as const },
])('keeps sizes of the kind $kind', (sizes) => {
  expect(offerRecord.parse(recordOf(makeOffer({ sizes }))).sizes).toEqual(sizes);
});

it.each(['native', 'openai'])('prices every request as its vendor does, DeepInfra being called as %s', async (api) => {
  const key = 'k';
  const providers = createProviders(
    readConfig({
      OCTOAI_TOKEN: key,
      FIREWORKS_API_KEY: key,
      NOVITA_API_KEY: key,
      DEEPINFRA_TOKEN: key,
      DEEPINFRA_API: api,
      FAL_KEY: key,
      SDAPI_URL: 'http://127.0.0.1:7860',
    }),
  );
  for (const offer of providers.flatMap(({ offers }) => offers)) {
    const record = recordOf(offer);
    const { least = 1, most = 1 } = offer.inferenceSteps ?? {};
    const steps = [undefined, ...Array.from({ length: most - least + 1 }, (_, step) => least + step)];
    for (const mode of offer.modes) {
      for (const aspect of ASPECT_RATIOS) {
        const requests = steps.map((inferenceSteps) =>
          makeRequest({ mode, aspect, ...(inferenceSteps === undefined ? {} : { inferenceSteps }) }),
        );
        const apart = requests.map((request) =>
          Math.abs(recordedPrice(record, request) - priceOf(offer, request, aspect)),
        );
        expect(Math.max(...apart), `${offer.provider}/${offer.model}`).toBeLessThan(0.001);
      }
    }
  }
  await Promise.all(providers.map((provider) => provider.close?.()));
});

it('goes by the guide price where an earlier version has recorded no others', () => {
  const { prices: _, ...record } = recordOf(makeOffer());
  expect(recordedPrice(record, makeRequest({ inferenceSteps: 12 }))).toBe(3_000);
});
