import { describe, expect, it } from 'vitest';
import { countCodePoints, generationRequest, SEED_RANGE, seedAt } from '../../src/generation/request.ts';
import { makeRequest } from '../support/offers.ts';

describe('seedAt', () => {
  it.each([
    [7, 0, 7],
    [7, 3, 10],
    [SEED_RANGE.most, 0, SEED_RANGE.most],
    [SEED_RANGE.most, 1, 1],
    [SEED_RANGE.most - 1, 3, 2],
  ])('counts from %i on: picture %i gets %i', (seed, index, expected) => {
    expect(seedAt(seed, index)).toBe(expected);
  });
});

describe('countCodePoints', () => {
  it.each([
    ['', 0],
    ['fox', 3],
    ['海边的灯塔', 5],
    ['🦊🦊', 2],
    ['e\u0301', 2],
    ['\ud83e', 1],
  ])('counts %j as %i', (text, count) => {
    expect(countCodePoints(text)).toBe(count);
  });
});

describe('generationRequest', () => {
  it('keeps three decimals of a strength', () => {
    expect(generationRequest.parse(makeRequest({ strength: 0.333333 })).strength).toBe(0.333);
  });

  it('takes a request through JSON unchanged', () => {
    const request = makeRequest({
      negativePrompt: 'cars',
      provider: 'novita',
      mode: 'inpaint',
      inferenceSteps: 4,
      guidanceScale: 3.5,
      count: 4,
      strength: 0.75,
      initImage: {
        url: 'https://cdn.discordapp.com/a.png?ex=1',
        generationId: '1',
        index: 2,
        channelId: '3',
        messageId: '4',
      },
      mask: { initImageOf: '5' },
      leftOut: ['negativePrompt', 'inferenceSteps'],
    });
    expect(generationRequest.parse(JSON.parse(JSON.stringify(request)))).toEqual(request);
  });

  it.each([
    ['seed', 0],
    ['seed', 4_294_967_296],
    ['seed', 1.5],
    ['count', 0],
    ['count', 5],
    ['strength', 0.04],
    ['strength', 1.1],
    ['guidanceScale', 51],
    ['guidanceScale', Number.NaN],
    ['inferenceSteps', 0],
    ['aspect', '2:1'],
    ['mode', 'upscale'],
    ['initImage', { url: 'not a url' }],
    ['leftOut', ['prompt']],
  ])('refuses %s=%j', (name, value) => {
    expect(generationRequest.safeParse({ ...makeRequest(), [name]: value }).success).toBe(false);
  });
});
