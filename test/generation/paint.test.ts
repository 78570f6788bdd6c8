import { describe, expect, it } from 'vitest';
import { paint, patienceFor } from '../../src/generation/paint.ts';
import { seedAt } from '../../src/generation/request.ts';
import { type Behaviour, makeOffer, makeProvider, makeRequest } from '../support/offers.ts';
import { acme, DEADLINE, failing, other, run } from './painting.ts';

describe('what a provider is asked', () => {
  it('is the request in the offer’s own terms', async () => {
    const provider = acme();
    const request = makeRequest({ negativePrompt: 'cars', guidanceScale: 3, inferenceSteps: 8, aspect: '16:9' });
    await run({ providers: [provider], request, aspect: '16:9', endUser: 'someone' });
    expect(provider.calls).toEqual([
      {
        model: 'flux-schnell',
        mode: 'text-to-image',
        prompt: 'a fox',
        negativePrompt: 'cars',
        width: 96,
        height: 54,
        aspect: '16:9',
        seed: 7,
        inferenceSteps: 8,
        guidanceScale: 3,
        count: 1,
        endUser: 'someone',
      },
    ]);
  });

  it('is asked only where the server allows it', async () => {
    const [first, second] = [acme(), other()];
    await run({ providers: [first, second], allows: ({ provider }) => provider === 'other' });
    expect([first.calls.length, second.calls.length]).toEqual([0, 1]);
  });

  it('names the offer’s own steps where nobody asked for others, and none where there is no dial', async () => {
    const { inferenceSteps: _, ...stepless } = makeOffer({ provider: 'stepless' });
    const [provider, without] = [acme(), makeProvider(stepless)];
    await run({ providers: [provider] });
    await run({ providers: [without], request: makeRequest({ inferenceSteps: 8 }) });
    expect(provider.calls[0]?.inferenceSteps).toBe(4);
    expect(without.calls[0]?.inferenceSteps).toBeUndefined();
  });

  it.each([
    [0.05, 0.2],
    [0.5, 0.5],
    [1, 0.9],
  ])('keeps a strength of %s within its dial: %s', async (strength, asked) => {
    const provider = acme(undefined, { strength: { least: 0.2, most: 0.9 } });
    const request = makeRequest({ mode: 'image-to-image', strength });
    const initImage = { bytes: Buffer.from('x'), mediaType: 'image/png' } as const;
    await run({ providers: [provider], request, initImageAt: async () => ({ initImage }) });
    expect(provider.calls[0]).toMatchObject({ strength: asked, initImage });
  });

  it('is no strength in a mode without a dial for it', async () => {
    const provider = acme(undefined, { modes: ['inpaint'], fixedModes: ['inpaint'] });
    await run({ providers: [provider], request: makeRequest({ mode: 'inpaint', strength: 0.5 }) });
    expect(provider.calls[0]?.strength).toBeUndefined();
  });

  it('starts from a picture brought to the size of each offer', async () => {
    const [first, second] = [
      acme(failing('trouble')),
      other(undefined, { sizes: { kind: 'pairs', pairs: [[128, 128]] } }),
    ];
    const sizes: object[] = [];
    await run({
      providers: [first, second],
      request: makeRequest({ mode: 'image-to-image' }),
      async initImageAt(size) {
        sizes.push(size);
        return { initImage: { bytes: Buffer.from(JSON.stringify(size)), mediaType: 'image/png' } };
      },
    });
    expect(sizes).toEqual([
      { width: 64, height: 64 },
      { width: 128, height: 128 },
    ]);
    expect(String(second.calls[0]?.initImage?.bytes)).toBe('{"width":128,"height":128}');
  });
});

describe('how long a call may take', () => {
  const ranked = (patienceMs: number, own?: number) => ({
    offer: makeOffer(own === undefined ? {} : { patienceMs: own }),
    reason: { key: 'reason-only', values: { label: 'Acme' } } as const,
    notBefore: 0,
    atOnce: 1,
    patienceMs,
  });

  it.each<[string, Parameters<typeof patienceFor>, number]>([
    ['as the router says while there are others', [ranked(35_000), true, DEADLINE], 35_000],
    ['so that the next offer still is in time', [ranked(35_000), true, 40_000], 20_000],
    ['a little at the end of the time', [ranked(35_000), true, 10_000], 5_000],
    ['no more than that for a machine of one’s own', [ranked(45_000, 600_000), true, 50_000], 30_000],
    ['what is left where there is nobody else', [ranked(20_000), false, 50_000], 50_000],
    ['a minute at most for a hosted model', [ranked(20_000), false, DEADLINE], 60_000],
    ['a little where nothing is left', [ranked(20_000), false, 0], 5_000],
    ['all it needs for a machine of one’s own without others', [ranked(45_000, 600_000), false, 10_000], 600_000],
  ])('is %s', (_what, call, patienceMs) => {
    expect(patienceFor(...call)).toBe(patienceMs);
  });
});

describe('several pictures', () => {
  it('are one call where the offer allows it, seeds counted up', async () => {
    const provider = acme(undefined, { imagesPerCall: 4 });
    const { pictures, opened } = await run({ providers: [provider], request: makeRequest({ count: 4 }) });
    expect(provider.calls).toMatchObject([{ count: 4, seed: 7 }]);
    expect(pictures.map(({ index, seed }) => [index, seed])).toEqual([
      [0, 7],
      [1, 8],
      [2, 9],
      [3, 10],
    ]);
    expect(opened.map(({ priceMicroUsd }) => priceMicroUsd)).toEqual([12_000]);
  });

  it('are calls of one each where it does not, with the same seeds', async () => {
    const provider = acme();
    const { pictures, report } = await run({
      providers: [provider],
      request: makeRequest({ count: 3, seed: 4_294_967_295 }),
    });
    expect(provider.calls.map(({ count, seed }) => [count, seed])).toEqual([
      [1, 4_294_967_295],
      [1, 1],
      [1, 2],
    ]);
    expect(pictures.map(({ seed }) => seed)).toEqual([0, 1, 2].map((index) => seedAt(4_294_967_295, index)));
    expect(report).toMatchObject({ withheld: 0, missing: 0, chosen: { offer: provider.offers[0] } });
  });

  it('are asked for as few at once as the offer is trusted with', async () => {
    let together = 0;
    let most = 0;
    const provider = acme(async (_request, _call, paintIt) => {
      together += 1;
      most = Math.max(most, together);
      const answer = await paintIt();
      together -= 1;
      return answer;
    });
    const { pictures } = await run({
      providers: [provider],
      ranked: { acme: { atOnce: 2 } },
      request: makeRequest({ count: 4 }),
    });
    expect([pictures.length, most]).toEqual([4, 2]);
  });

  it('are not asked for again where an earlier run brought them', async () => {
    const provider = acme(undefined, { imagesPerCall: 4 });
    const { report, pictures } = await run({
      providers: [provider],
      request: makeRequest({ count: 4 }),
      have: new Set([1]),
    });
    expect(provider.calls.map(({ count, seed }) => [count, seed])).toEqual([
      [1, 7],
      [2, 9],
    ]);
    expect(pictures.map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(report).toMatchObject({ missing: 0 });
  });

  it('cost nothing more when all are there', async () => {
    const provider = acme();
    const { report } = await run({ providers: [provider], request: makeRequest({ count: 2 }), have: new Set([0, 1]) });
    expect(report).toEqual({ withheld: 0, missing: 0 });
    expect(provider.calls).toEqual([]);
  });

  it('are cut anew for the next offer, when the first one fails', async () => {
    const [first, second] = [acme(failing('network'), { imagesPerCall: 4 }), other()];
    const { pictures } = await run({ providers: [first, second], request: makeRequest({ count: 3 }) });
    expect(first.calls).toHaveLength(1);
    expect(second.calls.map(({ count, seed }) => [count, seed])).toEqual([
      [1, 7],
      [1, 8],
      [1, 9],
    ]);
    expect(pictures.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('that one offer brought are kept when it fails for the rest, and the next is asked for those', async () => {
    const flaky: Behaviour = (request, call, paintIt) =>
      request.seed === 8 ? failing('trouble')(request, call, paintIt) : paintIt();
    const [first, second] = [acme(flaky), other()];
    const { pictures, report } = await run({ providers: [first, second], request: makeRequest({ count: 3 }) });
    expect(second.calls.map(({ seed }) => seed)).toEqual([8]);
    expect(pictures.map(({ index, seed }) => [index, seed])).toEqual([
      [0, 7],
      [1, 8],
      [2, 9],
    ]);
    expect(report).toMatchObject({ missing: 0 });
  });

  it('that nobody could bring are said to be missing', async () => {
    const flaky: Behaviour = (request, call, paintIt) =>
      request.seed === 8 ? failing('trouble')(request, call, paintIt) : paintIt();
    const { report, pictures } = await run({ providers: [acme(flaky)], request: makeRequest({ count: 3 }) });
    expect(report).toMatchObject({ withheld: 0, missing: 1 });
    expect(pictures).toHaveLength(2);
  });
});

describe('seeds and prices', () => {
  it('are the provider’s word before ours', async () => {
    const provider = acme(async (_request, _call, paintIt) => {
      const { pictures, withheld } = await paintIt();
      return {
        withheld,
        costMicroUsd: 1_234,
        reference: 'job-1',
        pictures: pictures.map((picture) => ({ ...picture, seed: 99 })),
      };
    });
    const { results } = await run({ providers: [provider] });
    expect(results).toMatchObject([{ costMicroUsd: 1_234, reference: 'job-1', pictures: [{ seed: 99 }] }]);
  });

  it('are not made up where the provider keeps its seed to itself', async () => {
    const { pictures } = await run({ providers: [acme(undefined, { seed: 'theirs' })] });
    expect(pictures[0]?.seed).toBeUndefined();
  });

  it('count what was ordered, withheld pictures included', async () => {
    const half: Behaviour = async (_request, _call, paintIt) => ({
      pictures: (await paintIt()).pictures.slice(0, 1),
      withheld: 1,
    });
    const provider = acme(half, { imagesPerCall: 2 });
    const { results, report } = await run({ providers: [provider], request: makeRequest({ count: 2 }) });
    expect(results[0]?.costMicroUsd).toBe(6_000);
    expect(report).toMatchObject({ withheld: 1 });
  });

  it('are told as each call is made: who, for how much, and instead of whom', async () => {
    const [first, second] = [acme(failing('trouble')), other(undefined, { price: () => 500 })];
    const { notices } = await run({ providers: [first, second], request: makeRequest({ count: 2 }) });
    expect(
      notices.map(({ offer, instead, priceMicroUsd }) => [offer.provider, instead?.offer.provider, priceMicroUsd]),
    ).toEqual([
      ['acme', undefined, 3_000],
      ['acme', undefined, 3_000],
      ['other', 'acme', 500],
      ['other', 'acme', 500],
    ]);
  });
});

it('opens no call for who cancels while the price is told', async () => {
  const stop = new AbortController();
  const reason = new Error('cancelled');
  const { report, opened, notices } = await run({
    providers: [acme()],
    request: makeRequest({ count: 2 }),
    signal: stop.signal,
    onOffer: async () => stop.abort(reason),
  });
  expect(report).toEqual({ error: reason });
  expect([opened, notices]).toEqual([[], []]);
});

describe('the book', () => {
  it('has a call once its price was told and before the provider is asked, its job’s name before the answer, and the answer before it is used', async () => {
    const order: string[] = [];
    const provider = acme(async (_request, { onReference }, paintIt) => {
      order.push('asked');
      await onReference?.('job-7');
      order.push('answers');
      return paintIt();
    });
    const note = (what: string) => async () => void order.push(what);
    await paint({
      request: makeRequest(),
      aspect: '1:1',
      providers: [provider],
      router: {
        rank: async ([offer]) =>
          offer === undefined
            ? []
            : [
                {
                  offer,
                  reason: { key: 'reason-only', values: { label: '' } },
                  notBefore: 0,
                  atOnce: 1,
                  patienceMs: 60_000,
                },
              ],
      },
      book: {
        async open() {
          order.push('opened');
          return { kind: 'opened', number: 0 };
        },
        reference: note('named'),
        succeeded: note('kept'),
        failed: note('failed'),
      },
      signal: new AbortController().signal,
      deadlineAt: DEADLINE,
      now: () => 0,
      onOffer: note('offered'),
    });
    order.push('done');
    expect(order).toEqual(['offered', 'opened', 'asked', 'named', 'answers', 'kept', 'done']);
  });
});
