import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { fitSize, nearestAspect, ratioOf } from '../../src/generation/fit-size.ts';
import type { SizeRule } from '../../src/generation/provider.ts';
import { ASPECT_RATIOS, type AspectRatio, type Size } from '../../src/generation/request.ts';
import { createProviders } from '../../src/providers/index.ts';

describe('nearestAspect', () => {
  it.each(ASPECT_RATIOS)('finds %s in itself', (aspect) => {
    const [width = 0, height = 0] = aspect.split(':').map(Number);
    expect(nearestAspect({ width: width * 100, height: height * 100 })).toBe(aspect);
  });

  it.each<[number, number, AspectRatio]>([
    [1920, 1080, '16:9'],
    [1080, 1920, '9:16'],
    [1000, 1010, '1:1'],
    [1366, 768, '16:9'],
    [4032, 3024, '4:3'],
    [1200, 628, '16:9'],
    [10_000, 1, '21:9'],
    [1, 10_000, '9:21'],
  ])('takes %i × %i as %s', (width, height, aspect) => {
    expect(nearestAspect({ width, height })).toBe(aspect);
  });
});

describe('fitSize', () => {
  const grid: SizeRule = { kind: 'grid', least: 256, most: 1536, multipleOf: 64 };
  const pairs: SizeRule = {
    kind: 'pairs',
    pairs: [
      [512, 512],
      [1024, 1024],
      [2048, 2048],
      [1024, 576],
      [832, 1216],
    ],
  };
  const aspects: SizeRule = {
    kind: 'aspects',
    sizes: { '1:1': [1024, 1024], '16:9': [1344, 768], '2:3': [832, 1216] },
  };

  it.each<[string, SizeRule, AspectRatio, Size]>([
    ['a pair of the same shape, nearest to a megapixel', pairs, '1:1', { width: 1024, height: 1024 }],
    ['the pair of the nearest shape', pairs, '21:9', { width: 1024, height: 576 }],
    ['an upright pair for an upright shape', pairs, '9:21', { width: 832, height: 1216 }],
    ['the size of a listed ratio', aspects, '16:9', { width: 1344, height: 768 }],
    ['the nearest of the listed ratios', aspects, '21:9', { width: 1344, height: 768 }],
    ['the nearest of the listed ratios, upright', aspects, '9:16', { width: 832, height: 1216 }],
    ['a square on a grid', grid, '1:1', { width: 1024, height: 1024 }],
    ['the exact shape on a grid', grid, '3:2', { width: 1152, height: 768 }],
  ])('finds %s', (_what, rule, aspect, size) => {
    expect(fitSize(rule, aspect)).toEqual(size);
  });

  const offers = createProviders(
    readConfig({
      OCTOAI_TOKEN: 'k',
      FIREWORKS_API_KEY: 'k',
      NOVITA_API_KEY: 'k',
      DEEPINFRA_TOKEN: 'k',
      FAL_KEY: 'k',
      SDAPI_URL: 'http://127.0.0.1:7860',
    }),
  ).flatMap((provider) => provider.offers);

  it.each(offers.map((offer) => [`${offer.provider}/${offer.model}`, offer] as const))(
    'finds sizes %s paints, for every ratio',
    (_name, offer) => {
      for (const aspect of ASPECT_RATIOS) {
        const { width, height } = fitSize(offer.sizes, aspect);
        // Nobody's default is more than a quarter off a megapixel, so price and quality are what members expect.
        expect(width * height).toBeGreaterThan(0.5 * 1024 * 1024);
        expect(width * height).toBeLessThan(1.6 * 1024 * 1024);
        // Lying stays lying, upright stays upright.
        expect(Math.sign(width - height)).toBe(Math.sign(ratioOf(aspect) - 1));
        if (offer.sizes.kind === 'grid') {
          const { least, most, multipleOf } = offer.sizes;
          for (const side of [width, height]) {
            expect(side % multipleOf).toBe(0);
            expect(side).toBeGreaterThanOrEqual(least);
            expect(side).toBeLessThanOrEqual(most);
          }
          expect(Math.abs(width / height / ratioOf(aspect) - 1)).toBeLessThan(0.05);
        }
      }
    },
  );
});
