import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { InvalidInputError, ProviderFailedError, RejectedError } from '../../src/errors.ts';
import { type OnBudget, periodAt } from '../../src/generation/budgets.ts';
import type { CallEnded } from '../../src/generation/call-book.ts';
import { type GenerateDependencies, generate } from '../../src/generation/generate.ts';
import type { CallNotice } from '../../src/generation/paint.ts';
import type { ImageProvider } from '../../src/generation/provider.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { createRouter } from '../../src/generation/router.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { type Behaviour, hang, makeOffer, makeProvider, makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { acme, failing, other, rejecting } from './painting.ts';

const world = useStoreWorld(createSqliteDatabase);
const OWNER = 'painter';

const start = await sharp({ create: { width: 160, height: 90, channels: 3, background: '#336699' } })
  .png()
  .toBuffer();
const mask = await sharp({ create: { width: 160, height: 90, channels: 3, background: '#ffffff' } })
  .png()
  .toBuffer();

/** Fails for the second picture. */
const flaky: Behaviour = (request, call, paint) =>
  request.seed === 8 ? failing('trouble')(request, call, paint) : paint();

/** A request a worker has just taken. */
async function claim(request: Partial<GenerationRequest> = {}): Promise<Generation> {
  await world.enqueue({ request: makeRequest(request) });
  return claimAgain();
}

async function claimAgain(): Promise<Generation> {
  const claimed = await world.store.generations.claim({ owner: OWNER, userRunning: 10 });
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
}

/** Paints it as a worker does. */
function run(
  generation: Generation,
  providers: readonly ImageProvider[],
  {
    signal = new AbortController().signal,
    onCall,
    ...given
  }: Partial<GenerateDependencies> & { signal?: AbortSignal; onCall?: (notice: CallNotice) => void } = {},
) {
  const { store, clock } = world;
  const router = createRouter({
    health: store.health,
    attempts: store.attempts,
    policy: 'order',
    order: providers.map(({ id }) => id),
    slotsOf: () => 10,
    now: clock.now,
  });
  const fetchPicture = () =>
    Promise.reject(new InvalidInputError('nothing there', { sentence: { key: 'image-gone' } }));
  return generate(
    generation,
    { store, providers, router, budgets: {}, fetchPicture, now: clock.now, ...given },
    { owner: OWNER, signal, ...(onCall === undefined ? {} : { onCall }) },
  );
}

/** The calls of a generation, as the store has them. */
const callsOf = async ({ id }: Generation) =>
  (await world.store.attempts.of(id)).map(({ provider, state, failure, costMicroUsd }) => ({
    provider,
    state,
    failure,
    costMicroUsd,
  }));

/** A process that dies while its provider is painting: nothing is closed, and another one takes over. */
async function crashDuring(generation: Generation, provider: string): Promise<Generation> {
  await world.store.attempts.open({
    generationId: generation.id,
    owner: OWNER,
    provider,
    model: generation.request.model,
    slots: 10,
    priceMicroUsd: 3_000,
  });
  world.clock.advance(31_000);
  return claimAgain();
}

describe('generate', () => {
  it('paints, keeps every picture, and says how it went', async () => {
    const provider = makeProvider(makeOffer({ imagesPerCall: 2 }));
    const generation = await claim({ count: 2, inferenceSteps: 8 });
    const { outcome, painted } = await run(generation, [provider]);
    expect([outcome, painted]).toEqual([
      'done',
      {
        provider: 'acme',
        providerLabel: 'Acme',
        model: 'flux-schnell',
        width: 64,
        height: 64,
        inferenceSteps: 8,
        seeds: [7, 8],
        withheld: 0,
        missing: 0,
        costMicroUsd: 6_000,
        paintingMs: 0,
        notes: [],
        reason: { key: 'reason-only', values: { label: 'Acme' } },
      },
    ]);
    const kept = await world.store.images.read(generation.id, 'output');
    expect(kept.map(({ index, seed, mediaType, bytes }) => [index, seed, mediaType, readPictureSize(bytes)])).toEqual([
      [0, 7, 'image/png', { width: 64, height: 64 }],
      [1, 8, 'image/png', { width: 64, height: 64 }],
    ]);
    expect(await callsOf(generation)).toEqual([
      { provider: 'acme', state: 'succeeded', failure: undefined, costMicroUsd: 6_000 },
    ]);
  });

  it('adds up what several calls cost, and names all who painted', async () => {
    const generation = await claim({ count: 2 });
    const { painted } = await run(generation, [acme(flaky), other(undefined, { price: () => 500 })]);
    expect(painted).toMatchObject({
      providerLabel: expect.stringMatching(/^Acme\b.*\bOther$/),
      costMicroUsd: 3_500,
      seeds: [7, 8],
      missing: 0,
    });
  });

  it('notes what the offer could not do as asked', async () => {
    const generation = await claim({ seedGiven: true });
    const { painted } = await run(generation, [makeProvider(makeOffer({ seed: 'theirs' }))]);
    expect(painted).toMatchObject({ seeds: [null], notes: [{ key: 'note-seed', values: { label: 'Acme' } }] });
  });

  it('tells a provider of its member only a hash that stays the same', async () => {
    const provider = makeProvider();
    await run(await claim(), [provider]);
    await run(await claim(), [provider]);
    const [one, next] = provider.calls.map(({ endUser }) => endUser);
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(next).toBe(one);
  });

  it('throws what a provider refused, with the call on record', async () => {
    const generation = await claim();
    await expect(run(generation, [acme(rejecting('result', 'possibly'))])).rejects.toThrow(RejectedError);
    expect(await callsOf(generation)).toMatchObject([{ state: 'unknown', failure: 'rejected' }]);
  });

  it('says when the budget starts anew that does not cover the call', async () => {
    const provider = makeProvider();
    const told: unknown[] = [];
    const budgets = { userDay: 2_999 };
    const onBudget: OnBudget = ({ scope, period }, percent) => told.push([scope, period, percent]);
    const generation = await claim();
    await expect(run(generation, [provider], { budgets, onBudget })).rejects.toMatchObject({
      code: 'busy',
      sentence: {
        key: 'budget-member-little',
        values: { resets: `<t:${periodAt('day', generation.createdAt).until / 1_000}:R>` },
      },
    });
    expect(provider.calls).toEqual([]);
    expect(told).toEqual([]);
  });

  it('leaves a stopped call on record as one whose answer nobody has', async () => {
    const generation = await claim();
    const stop = new AbortController();
    const reason = new Error('shutdown');
    const running = run(generation, [acme(hang)], { signal: stop.signal, onCall: () => stop.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(await callsOf(generation)).toMatchObject([{ state: 'unknown', failure: 'aborted' }]);
  });
});

describe('after a crash', () => {
  it('does not paint again what is kept', async () => {
    const provider = makeProvider();
    const generation = await claim({ count: 2 });
    const first = await run(generation, [acme(flaky)]);
    expect(first.painted).toMatchObject({ missing: 1, seeds: [7] });
    world.clock.advance(31_000);
    const { painted } = await run(await claimAgain(), [provider]);
    expect(provider.calls.map(({ seed }) => seed)).toEqual([8]);
    expect(painted).toMatchObject({ seeds: [7, 8], missing: 0, costMicroUsd: 6_000 });
  });

  it('asks nobody when everything is kept', async () => {
    const provider = makeProvider();
    const generation = await claim();
    const before = await run(generation, [provider]);
    world.clock.advance(31_000);
    const after = await run(await claimAgain(), [provider]);
    expect(provider.calls).toHaveLength(1);
    expect(after).toMatchObject({ outcome: 'done', painted: { seeds: before.painted?.seeds, costMicroUsd: 3_000 } });
  });

  it('does not ask twice for what may be paid already: it ends as unknown', async () => {
    const provider = makeProvider();
    const generation = await crashDuring(await claim(), 'acme');
    expect(await run(generation, [provider])).toEqual({
      outcome: 'unknown',
      failure: { code: 'answer-lost', sentence: { key: 'answer-lost', values: { provider: 'Acme' } } },
    });
    expect(provider.calls).toEqual([]);
    expect(await callsOf(generation)).toMatchObject([{ state: 'unknown', failure: 'answer-lost' }]);
    // And no more the next time.
    expect(await run(generation, [provider])).toMatchObject({ outcome: 'unknown' });
  });

  it('does not ask another for it either, where its offer is gone', async () => {
    const provider = makeProvider(makeOffer({ provider: 'other' }));
    const generation = await crashDuring(await claim(), 'acme');
    expect(await run(generation, [provider])).toMatchObject({
      outcome: 'unknown',
      failure: { sentence: { key: 'answer-lost', values: { provider: 'acme' } } },
    });
    expect(provider.calls).toEqual([]);
  });

  it('shows the pictures that are there, where only some answers were lost', async () => {
    const generation = await claim({ count: 2 });
    const { attempts } = world.store;
    const opening = await attempts.open({
      generationId: generation.id,
      owner: OWNER,
      provider: 'acme',
      model: 'flux-schnell',
      slots: 10,
    });
    if (opening.kind !== 'opened') throw new Error(opening.kind);
    const image = { index: 0, mediaType: 'image/png', width: 64, height: 64, seed: 7, bytes: Buffer.from('a picture') };
    await attempts.close(generation.id, opening.number, { state: 'succeeded', costMicroUsd: 3_000, images: [image] });
    const provider = makeProvider();
    const result = await run(await crashDuring(generation, 'acme'), [provider]);
    expect(result).toMatchObject({ outcome: 'done', painted: { seeds: [7], missing: 1, costMicroUsd: 3_000 } });
    expect(provider.calls).toEqual([]);
  });

  it('asks again for what costs nothing', async () => {
    const provider = makeProvider(makeOffer({ price: () => 0 }));
    const result = await run(await crashDuring(await claim(), 'acme'), [provider]);
    expect(result).toMatchObject({ outcome: 'done', painted: { seeds: [7] } });
    expect(provider.calls).toHaveLength(1);
  });

  it('does not ask its only provider again after a call nobody answered in time', async () => {
    const generation = await claim();
    await expect(run(generation, [acme(failing('timeout'))])).rejects.toThrow(ProviderFailedError);
    // The worker died before it could settle that.
    world.clock.advance(31_000);
    const provider = makeProvider();
    expect(await run(await claimAgain(), [provider])).toMatchObject({
      outcome: 'unknown',
      failure: { code: 'answer-lost' },
    });
    expect(provider.calls).toEqual([]);
  });

  it('asks another after such a call', async () => {
    const generation = await claim();
    await expect(run(generation, [acme(failing('timeout'))])).rejects.toThrow(ProviderFailedError);
    world.clock.advance(31_000);
    const [timedOut, another] = [makeProvider(), other()];
    expect(await run(await claimAgain(), [timedOut, another])).toMatchObject({ outcome: 'done' });
    expect([timedOut.calls.length, another.calls.length]).toEqual([0, 1]);
  });

  it('tells of a lost call once, as the ledger has it, also where its answer comes in the end', async () => {
    const told: CallEnded[] = [];
    const onCallEnded = (call: CallEnded) => told.push(call);
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late: Behaviour = async (_request, _call, paint) => {
      asked.resolve();
      await answer.promise;
      return paint();
    };
    const slow = run(await claim(), [acme(late)], { onCallEnded });
    await asked.promise;
    world.clock.advance(31_000);
    expect(await run(await claimAgain(), [makeProvider()], { onCallEnded })).toMatchObject({ outcome: 'unknown' });
    answer.resolve();
    await slow;
    expect(told).toMatchObject([{ outcome: 'answer-lost', cost: { state: 'uncertain', microUsd: 3_000 } }]);
    const account = { scope: 'user', id: 'member-1' } as const;
    expect(await world.store.ledger.spending(account, 0, Number.MAX_SAFE_INTEGER)).toMatchObject({
      settledMicroUsd: 0,
      uncertainMicroUsd: 3_000,
    });
  });

  it('asks again for what was answered with an error', async () => {
    const generation = await claim();
    await expect(run(generation, [acme(failing('trouble'))])).rejects.toThrow(ProviderFailedError);
    world.clock.advance(31_000);
    expect(await run(await claimAgain(), [makeProvider()])).toMatchObject({ outcome: 'done' });
  });
});

describe('content that was refused before a crash', () => {
  it.each(['request', 'result'] as const)('is taken to nobody again: the %s', async (refused) => {
    const generation = await claim();
    await expect(run(generation, [acme(rejecting(refused, 'possibly'))])).rejects.toThrow(RejectedError);
    world.clock.advance(31_000);
    const [same, another] = [makeProvider(), other()];
    expect(await run(await claimAgain(), [same, another])).toEqual({
      outcome: 'failed',
      failure: { code: 'rejected', sentence: { key: 'rejected', values: { provider: 'Acme' } } },
    });
    expect([same.calls, another.calls]).toEqual([[], []]);
    expect(await callsOf(generation)).toHaveLength(1);
  });

  it('counts as withheld beside the pictures that are kept', async () => {
    const picky: Behaviour = (request, call, paint) =>
      request.seed === 8 ? rejecting('result', 'possibly')(request, call, paint) : paint();
    const before = await run(await claim({ count: 3 }), [acme(picky)]);
    world.clock.advance(31_000);
    const provider = makeProvider();
    const { painted } = await run(await claimAgain(), [provider]);
    expect(before.painted).toMatchObject({ seeds: [7, 9], withheld: 1, missing: 0, costMicroUsd: 6_000 });
    expect(painted).toMatchObject({ seeds: [7, 9], withheld: 1, missing: 0, costMicroUsd: 6_000 });
    expect(provider.calls).toEqual([]);
  });

  it('and withheld among others of its call is not asked for again', async () => {
    const withholding: Behaviour = async (_request, _call, paint) => {
      const { pictures } = await paint();
      return { pictures: pictures.slice(1), withheld: 1 };
    };
    const offer = { imagesPerCall: 2 };
    const generation = await claim({ count: 4 });
    const first: Behaviour = (...call) =>
      call[0].seed === 7 ? withholding(...call) : Promise.reject(new Error('the process dies'));
    await expect(run(generation, [acme(first, offer)])).rejects.toThrow('the process dies');
    world.clock.advance(31_000);
    // The second call was lost, and free.
    const provider = acme(undefined, { ...offer, price: () => 0 });
    const { painted } = await run(await claimAgain(), [provider]);
    expect(provider.calls.map(({ seed, count }) => [seed, count])).toEqual([[9, 2]]);
    expect(painted).toMatchObject({ seeds: [7, 9, 10], withheld: 1, missing: 0 });
  });
});

describe('a database that is away for a moment', () => {
  it('once everything is painted is waited for', async () => {
    const { store } = world;
    const provider = makeProvider();
    let reads = 0;
    const attempts: typeof store.attempts = {
      ...store.attempts,
      async of(id) {
        reads += 1;
        if (reads === 2) throw Object.assign(new Error('starting up'), { code: '57P03' });
        return store.attempts.of(id);
      },
    };
    const result = await run(await claim(), [provider], { store: { ...store, attempts } });
    expect(result).toMatchObject({ outcome: 'done', painted: { costMicroUsd: 3_000 } });
    expect(reads).toBe(3);
  });
});

describe('a picture to start from', () => {
  const initImage = { url: 'https://cdn.discordapp.com/a.png' };

  it('is brought to the offer’s size, in the listed shape nearest to its own', async () => {
    const provider = makeProvider();
    const { aspect: _, ...shapeless } = makeRequest({ mode: 'image-to-image', initImage, strength: 0.5 });
    await world.enqueue({ request: shapeless });
    const { painted } = await run(await claimAgain(), [provider], { fetchPicture: async () => start });
    expect(provider.calls).toMatchObject([{ aspect: '16:9', width: 96, height: 54, strength: 0.5 }]);
    expect(readPictureSize(provider.calls[0]?.initImage?.bytes ?? Buffer.alloc(0))).toEqual({ width: 96, height: 54 });
    expect(painted).toMatchObject({ width: 96, height: 54, notes: [] });
  });

  it('is said to be cropped where another shape was asked for', async () => {
    const generation = await claim({ mode: 'image-to-image', initImage, aspect: '1:1' });
    const { painted } = await run(generation, [makeProvider()], { fetchPicture: async () => start });
    expect(painted?.notes).toEqual([{ key: 'note-cropped', values: { aspect: '1:1' } }]);
  });

  it('comes with its mask', async () => {
    const provider = makeProvider(makeOffer({ modes: ['inpaint'] }));
    const generation = await claim({
      mode: 'inpaint',
      initImage,
      mask: { url: 'https://cdn.discordapp.com/mask.png' },
      aspect: '16:9',
    });
    await run(generation, [provider], { fetchPicture: async ({ url = '' }) => (url.includes('mask') ? mask : start) });
    expect(readPictureSize(provider.calls[0]?.mask?.bytes ?? Buffer.alloc(0))).toEqual({ width: 96, height: 54 });
  });

  it('is read once: a later run has it from the store', async () => {
    const generation = await claim({ mode: 'image-to-image', initImage });
    let reads = 0;
    const fetchPicture = async () => {
      reads += 1;
      return start;
    };
    await expect(run(generation, [acme(failing('trouble'))], { fetchPicture })).rejects.toThrow(ProviderFailedError);
    await run(generation, [makeProvider()], { fetchPicture });
    expect(reads).toBe(1);
    expect((await world.store.images.read(generation.id, 'init'))[0]?.bytes).toEqual(start);
  });

  it.each<[string, GenerateDependencies['fetchPicture'], string]>([
    ['is gone', () => Promise.reject(new InvalidInputError('gone', { sentence: { key: 'image-gone' } })), 'image-gone'],
    ['is no picture', async () => Buffer.from('this is a text file'), 'image-not-a-picture'],
    ['ends early', async () => start.subarray(0, 100), 'image-not-a-picture'],
  ])('that %s is said before a provider is asked', async (_what, fetchPicture, key) => {
    const provider = makeProvider();
    const generation = await claim({ mode: 'image-to-image', initImage });
    await expect(run(generation, [provider], { fetchPicture })).rejects.toMatchObject({ sentence: { key } });
    expect(provider.calls).toEqual([]);
    expect(await callsOf(generation)).toEqual([]);
  });
});
