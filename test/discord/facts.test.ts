import { describe, expect, it } from 'vitest';
import { factsLine, formatPrice, formatSeconds, formatSeeds, formatUsd } from '../../src/discord/facts.ts';
import { PAINTED } from '../support/generations.ts';

describe('formatUsd', () => {
  it.each([
    [0, '$0.00'],
    [1, '$0.00000100'],
    [500, '$0.000500'],
    [1_120, '$0.00112'],
    [3_000, '$0.00300'],
    [11_200, '$0.0112'],
    [123_456, '$0.123'],
    [1_000_000, '$1.00'],
    [1_254_000, '$1.25'],
    [12_340_000, '$12.34'],
    [1_234_567_890, '$1234.57'],
  ])('shows %i micro-dollars as %s: three digits that mean something', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });

  it('calls nothing free', () => {
    expect(formatPrice('en', 0)).toBe('free');
    expect(formatPrice('en', 3_000)).toBe('$0.00300');
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0.0'],
    [49, '0.0'],
    [430, '0.4'],
    [2_149, '2.1'],
    [9_940, '9.9'],
    [9_990, '10'],
    [10_400, '10'],
    [75_000, '75'],
  ])('shows %i ms as %s', (milliseconds, text) => {
    expect(formatSeconds(milliseconds)).toBe(text);
  });
});

describe('formatSeeds', () => {
  it.each<[readonly (number | null)[], string | undefined]>([
    [[7], '7'],
    [[7, 8, 9, 10], '7–10'],
    [[7, 9], '7, 9'],
    [[4_294_967_295, 1], '4294967295, 1'],
    [[7, null], undefined],
    [[null], undefined],
    [[], undefined],
  ])('shows %j as %s', (seeds, text) => {
    expect(formatSeeds(seeds)).toBe(text);
  });
});

describe('factsLine', () => {
  const flux = { ...PAINTED, provider: 'novita', providerLabel: 'Novita', model: 'flux-schnell', inferenceSteps: 4 };
  it.each([
    [
      'a sketch, which names itself once',
      { ...PAINTED, costMicroUsd: 0 },
      undefined,
      'sketch · 1024×1024 · seed 7 · 1.2 s · free',
    ],
    [
      'a model and its provider',
      flux,
      undefined,
      'flux-schnell · Novita · 1024×1024 · 4 steps · seed 7 · 1.2 s · $0.00300',
    ],
    [
      'one step',
      { ...flux, inferenceSteps: 1 },
      undefined,
      'flux-schnell · Novita · 1024×1024 · 1 step · seed 7 · 1.2 s · $0.00300',
    ],
    [
      'a strength',
      flux,
      0.75,
      'flux-schnell · Novita · 1024×1024 · 4 steps · strength 0.75 · seed 7 · 1.2 s · $0.00300',
    ],
    [
      'a seed nobody told',
      { ...flux, seeds: [null] },
      undefined,
      'flux-schnell · Novita · 1024×1024 · 4 steps · seed chosen by Novita · 1.2 s · $0.00300',
    ],
  ])('tells %s', (_what, painted, strength, line) => {
    expect(factsLine('en', painted, strength)).toBe(line);
  });
});
