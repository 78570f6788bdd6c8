import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { InvalidInputError, ProviderFailedError, type ProviderFailure, RejectedError } from '../../src/errors.ts';
import { NotNowError, NotOursError } from '../../src/generation/not-now.ts';
import type { CallNotice } from '../../src/generation/paint.ts';
import type { Result } from '../../src/generation/result.ts';
import { speak } from '../../src/language/index.ts';
import { PAINTED } from '../support/generations.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { createGate, DONE, employ, look, PAID } from './working.ts';

const world = useStoreWorld(createSqliteDatabase);

const ANSWER_LOST: Result = {
  outcome: 'unknown',
  failure: { code: 'answer-lost', sentence: { key: 'answer-lost', values: { provider: 'Acme' } } },
};

function failure(kind: ProviderFailure, retryAfterMs?: number): ProviderFailedError {
  return new ProviderFailedError(kind, {
    provider: 'Acme',
    failure: kind,
    billed: 'no',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** What the member is told in the end. */
async function toldOf(id: string): Promise<string> {
  const { failure: why } = await look(world, id);
  return why === undefined ? '' : speak('en', why.sentence);
}

/** Resolves when the request is back in line. */
async function backInLine(id: string) {
  return until(async () => {
    const found = await look(world, id);
    expect(found.state).toBe('queued');
    return found;
  });
}

describe('Cancel', () => {
  it('stops what is painted; nobody was asked, so it cost nothing', async () => {
    const id = await world.enqueue();
    const gate = createGate();
    const { over } = employ(world, { generate: gate.generate });
    await gate.reached();
    await world.store.generations.cancel(id);
    world.store.wakeUps.send(`cancel:${id}`);
    expect(await over(id)).toMatchObject({ generation: { outcome: 'cancelled' } });
    expect(await toldOf(id)).toBe('Cancelled. It cost nothing.');
  });

  it.each([
    ['unknown', 'aborted', 'Cancelled. Acme had been asked already and may charge up to $0.00300 for it.'],
    ['failed', 'unsent', 'Cancelled. It cost nothing.'],
    ['failed', 'trouble', 'Cancelled. It cost nothing.'],
  ] as const)('says what it may have cost after a call that ended as %s: %s', async (state, failure, told) => {
    const id = await world.enqueue();
    const gate = createGate();
    const { over } = employ(world, {
      async generate(generation, call) {
        const { offer, priceMicroUsd } = PAID;
        const { provider, model } = offer;
        await world.store.attempts.open({ generationId: id, provider, model, slots: 1, priceMicroUsd });
        call.onCall(PAID);
        try {
          return await gate.generate(generation, call);
        } finally {
          await world.store.attempts.close(id, 0, { state, failure });
        }
      },
    });
    await gate.reached();
    world.store.wakeUps.send(`cancel:${id}`);
    await over(id);
    expect(await toldOf(id)).toBe(told);
  });

  it('does not name one provider alone where an earlier one may charge too', async () => {
    const id = await world.enqueue();
    const gate = createGate();
    const { over } = employ(world, {
      async generate(generation, call) {
        const { offer, priceMicroUsd } = PAID;
        for (const provider of ['earlier', offer.provider]) {
          const attempt = { generationId: id, provider, model: offer.model, slots: 1, priceMicroUsd };
          await world.store.attempts.open(attempt);
        }
        await world.store.attempts.close(id, 0, { state: 'unknown', failure: 'timeout' });
        call.onCall(PAID);
        try {
          return await gate.generate(generation, call);
        } finally {
          await world.store.attempts.close(id, 1, { state: 'unknown', failure: 'aborted' });
        }
      },
    });
    await gate.reached();
    world.store.wakeUps.send(`cancel:${id}`);
    await over(id);
    expect(await toldOf(id)).toBe(
      'Cancelled. A provider had been asked before; whatever it may charge is in `/usage`.',
    );
  });

  it('does not speak of money where the provider is free', async () => {
    const id = await world.enqueue();
    const gate = createGate();
    const { over } = employ(world, {
      generate(generation, call) {
        call.onCall({ ...PAID, priceMicroUsd: 0 });
        return gate.generate(generation, call);
      },
    });
    await gate.reached();
    world.store.wakeUps.send(`cancel:${id}`);
    await over(id);
    expect(await toldOf(id)).toBe('Cancelled. It cost nothing.');
  });

  it('that comes when the pictures are there changes nothing', async () => {
    const id = await world.enqueue();
    const { over } = employ(world, {
      async deliver() {
        world.store.wakeUps.send(`cancel:${id}`);
        return { kind: 'delivered', messageId: 'message', route: 'token', bytes: 3 };
      },
    });
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done' } });
  });

  it('of one in line is told at once, although every place is taken', async () => {
    const [painting, waiting] = [await world.enqueue(), await world.enqueue()];
    const gate = createGate();
    const { over, worker } = employ(world, { workers: 1, generate: gate.generate });
    await gate.reached();
    expect(await world.store.generations.cancel(waiting)).toBe('cancelled');
    world.store.wakeUps.send('work');
    expect(await over(waiting)).toMatchObject({ generation: { outcome: 'cancelled' } });
    expect(worker.running()).toBe(1);
    gate.open();
    expect(await over(painting)).toMatchObject({ generation: { outcome: 'done' } });
  });

  it('of a request that is going back in line ends it there', async () => {
    const id = await world.enqueue();
    const { over } = employ(world, {
      async generate() {
        await world.store.generations.cancel(id);
        throw failure('trouble');
      },
    });
    expect(await over(id)).toMatchObject({ generation: { outcome: 'cancelled' } });
  });
});

describe('a failure', () => {
  it.each<[string, number | undefined, number]>([
    ['as long as the provider asked', 7_000, 7_000],
    ['two seconds, with jitter, when it named no time', undefined, 2_000],
    ['two seconds, with jitter, when the time it named is past', 0, 2_000],
  ])('that may pass is tried again after %s', async (_what, retryAfterMs, pauseMs) => {
    const id = await world.enqueue();
    let tries = 0;
    const { log, over } = employ(world, {
      async generate() {
        tries += 1;
        if (tries === 1) throw failure('rate-limited', retryAfterMs);
        return DONE;
      },
    });
    expect(await log.find({ code: 'retry', generation: id })).toMatchObject({ pauseMs });
    await backInLine(id);
    world.clock.advance(pauseMs - 1);
    expect(await world.store.generations.claim({ owner: 'early', userRunning: 4 })).toBeUndefined();
    world.clock.advance(1);
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done', claims: 2 } });
  });

  it('is final after three tries', async () => {
    const id = await world.enqueue();
    const { over, painted } = employ(world, { generate: () => Promise.reject(failure('trouble', 1_000)) });
    for (const tries of [1, 2]) {
      await until(() => expect(painted).toHaveLength(tries));
      await backInLine(id);
      world.clock.advance(1_000);
      world.store.wakeUps.send('work');
    }
    expect(await over(id)).toMatchObject({ generation: { outcome: 'failed', claims: 3 } });
    expect(await toldOf(id)).toBe('Acme could not finish the picture. Try again in a moment.');
  });

  it.each<[string, unknown, string]>([
    [
      'a pause longer than a member waits',
      failure('rate-limited', 86_000),
      'Acme is busy right now. Try again in 86 seconds.',
    ],
    ['a call that was never answered', failure('timeout'), 'Acme did not answer in time. Try again in a moment.'],
    [
      'a wrong key',
      failure('credentials'),
      'Acme cannot be used right now because of how it is set up here. Try another model; the person who runs this bot has been told.',
    ],
    [
      'a request of ours that was not understood',
      failure('invalid-request'),
      'Acme could not finish the picture. Try again in a moment.',
    ],
    [
      'a refusal',
      new RejectedError('x', { sentence: { key: 'rejected', values: { provider: 'Acme' } } }),
      'Acme refused this prompt because of its content rules. Change the prompt and try again.',
    ],
    [
      'a picture that is gone',
      new InvalidInputError('x', { sentence: { key: 'image-gone' } }),
      'The picture this was to start from is no longer there. Attach it again or start from another one.',
    ],
  ])('is final at once with %s', async (_what, error, sentence) => {
    const id = await world.enqueue();
    const { over, painted } = employ(world, { generate: () => Promise.reject(error) });
    expect(await over(id)).toMatchObject({ generation: { outcome: 'failed' } });
    expect(await toldOf(id)).toBe(sentence);
    expect(painted).toEqual([id]);
  });

  it('nobody foresaw is logged, told with a reference, and costs no other request its place', async () => {
    const broken = await world.enqueue();
    const fine = await world.enqueue();
    const { over, log } = employ(world, {
      workers: 1,
      generate: async ({ id }) => (id === broken ? Promise.reject(new TypeError('x is not a function')) : DONE),
    });
    expect(await over(fine)).toMatchObject({ generation: { outcome: 'done' } });
    expect(await toldOf(broken)).toContain(`tell the person who runs this bot: ${broken}`);
    expect(await log.find({ msg: 'generation failed', generation: broken })).toMatchObject({
      err: { name: 'TypeError' },
    });
  });

  it('of the database is not the member’s: it goes on where it was', async () => {
    const id = await world.enqueue();
    let tries = 0;
    const { over, log } = employ(world, {
      async generate() {
        tries += 1;
        if (tries === 1) throw Object.assign(new Error('connection lost'), { code: '57P01' });
        return DONE;
      },
    });
    await log.find({ msg: 'database away, trying again', generation: id });
    await backInLine(id);
    world.clock.advance(500);
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done', claims: 1 } });
  });
});

describe('waiting for a provider', () => {
  it('in line for a slot costs neither a try nor the member’s patience', async () => {
    const id = await world.enqueue();
    let full = true;
    const { over, painted } = employ(world, {
      async generate() {
        if (full) throw new NotNowError(world.clock.now() + 500);
        return DONE;
      },
    });
    for (let turn = 0; turn < 3; turn += 1) {
      await until(() => expect(painted).toHaveLength(turn + 1));
      expect(await backInLine(id)).toMatchObject({ claims: 0 });
      expect((await look(world, id)).startedAt).toBeUndefined();
      world.clock.advance(60_000);
      if (turn === 2) full = false;
      world.store.wakeUps.send('work');
    }
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done', claims: 1, startedAt: world.clock.now() } });
  });

  it('in line for a slot after another failed, is told so in time, however long the line', async () => {
    const [painting, id] = [await world.enqueue(), await world.enqueue()];
    await world.store.generations.claim({ owner: 'other', userRunning: 4 });
    await world.store.attempts.open({ generationId: painting, provider: 'gpu', model: 'local', slots: 1 });
    const { over, painted } = employ(world, {
      slots: { gpu: 1 },
      generate: () => Promise.reject(new NotNowError(world.clock.now() + 500, failure('trouble'), { waitsFor: 'gpu' })),
    });
    await until(() => expect(painted).toHaveLength(1));
    await backInLine(id);
    for (let lease = 0; lease < 4; lease += 1) {
      world.clock.advance(25_000);
      await world.store.generations.renew(painting, 'other');
      await world.store.attempts.renew(painting);
    }
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ generation: { outcome: 'failed' } });
    expect(painted).toEqual([id, id]);
  });

  it('that rests is tried again while the member would wait, and named when they would not', async () => {
    const id = await world.enqueue();
    const { over, painted, log } = employ(world, {
      generate: () => Promise.reject(new NotNowError(world.clock.now() + 50_000, failure('trouble', 50_000))),
    });
    await until(() => expect(painted).toHaveLength(1));
    expect(await backInLine(id)).toMatchObject({ claims: 0 });
    // Nobody was asked, so nothing failed.
    expect(log.lines.join('')).not.toContain('provider failed');
    world.clock.advance(50_000);
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ generation: { outcome: 'failed' } });
    expect(await toldOf(id)).toBe('Acme could not finish the picture. Try again in a moment.');
  });
});

describe('a request whose workers died', () => {
  /** So many workers claim it and die. */
  async function dieOf(id: string, times: number): Promise<void> {
    for (let turn = 0; turn < times; turn += 1) {
      expect(await world.store.generations.claim({ owner: `dead ${turn}`, userRunning: 1 })).toMatchObject({ id });
      world.clock.advance(30_000);
    }
  }

  it('is painted by the next', async () => {
    const id = await world.enqueue();
    await dieOf(id, 4);
    const { over } = employ(world);
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done' } });
  });

  it('is begun beside none of the others they held, which keep their tries', async () => {
    const ids: string[] = [];
    for (const userId of ['ann', 'bob', 'cid']) ids.push(await world.enqueue({ userId }));
    for (const owner of ['dead 0', 'dead 1']) {
      for (const id of ids)
        expect(await world.store.generations.claim({ owner, userRunning: 1 })).toMatchObject({ id });
      world.clock.advance(30_000);
    }
    const gate = createGate();
    const { over, painted } = employ(world, {
      generate: async (generation, call) => (ids.includes(generation.id) ? gate.generate(generation, call) : DONE),
    });
    await gate.reached();
    // There is room for more, and others are painted meanwhile.
    const fresh = await world.enqueue({ userId: 'dan' });
    world.store.wakeUps.send('work');
    await over(fresh);
    expect(painted).toHaveLength(2);
    const claims = await Promise.all(ids.map(async (id) => (await look(world, id)).claims));
    expect(claims.toSorted()).toEqual([2, 2, 3]);
    gate.open();
    for (const id of ids) expect(await over(id)).toMatchObject({ generation: { outcome: 'done', claims: 3 } });
  });

  it('is given up after five, and its member told', async () => {
    const id = await world.enqueue();
    await dieOf(id, 5);
    const { over, painted, log } = employ(world);
    expect(await over(id)).toMatchObject({ generation: { outcome: 'failed', failure: { code: 'given-up' } } });
    expect(await toldOf(id)).toContain(`tell the person who runs this bot: ${id}`);
    expect(painted).toEqual([]);
    expect(await log.find({ msg: 'given up: its workers died', generation: id })).toMatchObject({ level: 50 });
  });

  it.each([
    ['as unknown where an answer was lost', ANSWER_LOST],
    ['with the pictures that are there already', DONE],
  ])('then ends %s', async (_what, concluded) => {
    const id = await world.enqueue();
    await dieOf(id, 5);
    const { over, painted } = employ(world, { conclude: async () => concluded });
    expect(await over(id)).toMatchObject({ generation: { outcome: concluded.outcome } });
    expect(painted).toEqual([]);
  });

  it('is cancelled all the same when its member wanted that', async () => {
    const id = await world.enqueue();
    await dieOf(id, 5);
    await world.store.generations.cancel(id);
    const { over } = employ(world);
    expect(await over(id)).toMatchObject({ generation: { outcome: 'cancelled' } });
  });

  it('is none of those that restarts and waiting for a slot send back to the line', async () => {
    const id = await world.enqueue();
    for (let turn = 0; turn < 8; turn += 1) {
      const gate = createGate();
      const { worker } = employ(world, { generate: gate.generate });
      await gate.reached();
      await worker.stop(0);
    }
    let full = 8;
    const { over, painted } = employ(world, {
      async generate() {
        full -= 1;
        if (full >= 0) throw new NotNowError(world.clock.now(), failure('trouble', 0));
        return DONE;
      },
    });
    expect(await over(id)).toMatchObject({ generation: { outcome: 'done', claims: 1 } });
    expect(painted).toHaveLength(9);
  });
});

describe('a lost lease', () => {
  it('ends the work without a word: someone else has gone on with it', async () => {
    const id = await world.enqueue();
    const gate = createGate();
    const { worker, delivered } = employ(world, { workers: 1, generate: gate.generate });
    await gate.reached();
    world.clock.advance(31_000);
    await world.store.generations.claim({ owner: 'other', userRunning: 4 });
    gate.open();
    await until(() => expect(worker.running()).toBe(0));
    expect(delivered).toEqual([]);
    expect(await world.store.generations.settle(id, 'other', DONE)).toBe(true);
  });

  it('stops the call as soon as it is noticed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    await world.enqueue();
    const gate = createGate();
    const stopped = Promise.withResolvers<unknown>();
    const { worker, delivered } = employ(world, {
      workers: 1,
      async generate(generation, call) {
        call.signal.addEventListener('abort', () => stopped.resolve(call.signal.reason));
        return gate.generate(generation, call);
      },
    });
    await gate.reached();
    world.clock.advance(31_000);
    await world.store.generations.claim({ owner: 'other', userRunning: 4 });
    vi.advanceTimersByTime(10_000);
    expect(await stopped.promise).toMatchObject({ reason: 'lease-lost' });
    await until(() => expect(worker.running()).toBe(0));
    expect(delivered).toEqual([]);
  });

  it('is not lost while it is renewed, and a Cancel from elsewhere is found then', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const id = await world.enqueue();
    const gate = createGate();
    const { over, told } = employ(world, { generate: gate.generate });
    await gate.reached();
    for (let turn = 1; turn <= 5; turn += 1) {
      world.clock.advance(10_000);
      vi.advanceTimersByTime(10_000);
      await until(() => expect(told.filter((line) => line === `held ${id}`)).toHaveLength(turn));
    }
    expect(await world.store.generations.claim({ owner: 'other', userRunning: 4 })).toBeUndefined();
    // The process that took the press could not tell us.
    await world.store.generations.cancel(id);
    vi.advanceTimersByTime(10_000);
    expect(await over(id)).toMatchObject({ generation: { outcome: 'cancelled' } });
  });

  it('is believed to the call that finds it out', async () => {
    await world.enqueue();
    const { worker, painted, delivered } = employ(world, { generate: () => Promise.reject(new NotOursError()) });
    await until(() => expect(painted).toHaveLength(1));
    await until(() => expect(worker.running()).toBe(0));
    expect(delivered).toEqual([]);
  });
});

describe('stopping', () => {
  it('lets what is painted be finished', async () => {
    const [id, waiting] = [await world.enqueue(), await world.enqueue()];
    const gate = createGate();
    const { worker } = employ(world, { workers: 1, generate: gate.generate });
    await gate.reached();
    const stopped = worker.stop(60_000);
    gate.open();
    await stopped;
    expect(await look(world, id)).toMatchObject({ state: 'done' });
    expect(await look(world, waiting)).toMatchObject({ state: 'queued', claims: 0 });
  });

  it.each<[string, readonly CallNotice[], Result | undefined, object]>([
    ['goes back in line when nobody was asked', [], undefined, { state: 'queued', claims: 0 }],
    [
      'goes back in line when only a free provider was asked',
      [{ ...PAID, priceMicroUsd: 0 }],
      undefined,
      { state: 'queued' },
    ],
    ['ends as unknown when the answer of a provider is lost', [PAID], ANSWER_LOST, ANSWER_LOST],
    ['ends with the pictures that are there already', [PAID], DONE, { state: 'done', painted: PAINTED }],
  ])('without patience: what is painted %s', async (_what, notices, concluded, expected) => {
    const id = await world.enqueue();
    const gate = createGate();
    const { worker } = employ(world, {
      generate(generation, call) {
        for (const notice of notices) call.onCall(notice);
        return gate.generate(generation, call);
      },
      conclude: async () => concluded,
    });
    await gate.reached();
    await worker.stop(0);
    expect(await look(world, id)).toMatchObject(expected);
  });

  it.each<[string, string, boolean, object]>([
    ['gives back, untried,', 'is just being claimed', false, { state: 'queued', claims: 0 }],
    ['delivers', 'is just being claimed and was painted before', true, { state: 'done' }],
  ])('%s what %s, and waits for that', async (_deed, _what, isPainted, expected) => {
    const { generations } = world.store;
    const id = await world.enqueue();
    if (isPainted) {
      await generations.claim({ owner: 'dead', userRunning: 1 });
      await generations.settle(id, 'dead', DONE);
      world.clock.advance(31_000);
    }
    const [claimed, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const claim: typeof generations.claim = async (options) => {
      const generation = await generations.claim(options);
      claimed.resolve();
      await answered.promise;
      return generation;
    };
    const store = { ...world.store, generations: { ...generations, claim } };
    const { worker } = employ({ store, clock: world.clock }, { generate: createGate().generate });
    await claimed.promise;
    const stopped = worker.stop(60_000);
    answered.resolve();
    await stopped;
    expect(await look(world, id)).toMatchObject(expected);
  });

  it('takes nothing more', async () => {
    const { worker, painted } = employ(world);
    await worker.stop(0);
    const id = await world.enqueue();
    world.store.wakeUps.send('work');
    expect(await world.store.generations.claim({ owner: 'other', userRunning: 4 })).toMatchObject({ id });
    expect(painted).toEqual([]);
  });

  it('twice is once', async () => {
    const { worker } = employ(world);
    await Promise.all([worker.stop(0), worker.stop(0)]);
    expect(worker.running()).toBe(0);
  });
});
