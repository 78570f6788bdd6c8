import { describe, expect, it } from 'vitest';
import { InvalidInputError, type ProviderFailure, RejectedError } from '../../src/errors.ts';
import { MEMBER_WAITS_MS } from '../../src/generation/generate.ts';
import { NotOursError } from '../../src/generation/not-now.ts';
import { hang } from '../support/offers.ts';
import { errorOf, failing, makeVendor, openRouting, rejecting, well } from './world.ts';

async function openPair() {
  const [first, second] = [makeVendor('first', { price: () => 1_000 }), makeVendor('second', { price: () => 2_000 })];
  return { world: await openRouting({ vendors: [first, second] }), first, second };
}

it.each<[ProviderFailure, 'no' | 'possibly', string]>([
  ['credentials', 'no', 'failed'],
  ['money', 'no', 'failed'],
  ['not-allowed', 'no', 'failed'],
  ['wrong-address', 'no', 'failed'],
  ['invalid-request', 'no', 'failed'],
  ['rate-limited', 'no', 'failed'],
  ['trouble', 'no', 'failed'],
  ['trouble', 'possibly', 'unknown'],
  ['unreadable', 'possibly', 'unknown'],
  ['network', 'no', 'failed'],
  ['network', 'possibly', 'unknown'],
  ['timeout', 'possibly', 'unknown'],
])('moves on after “%s”, billed %s, and books the call as %s', async (failure, billed, state) => {
  const { world, first } = await openPair();
  first.turn(failing(failure, { billed }));
  const generation = await world.claim();
  expect(await world.run(generation)).toMatchObject({ outcome: 'done', painted: { provider: 'second', missing: 0 } });
  expect(await world.attemptsOf(generation)).toMatchObject([
    { provider: 'first', state, failure, costMicroUsd: 0 },
    { provider: 'second', state: 'succeeded', costMicroUsd: 2_000 },
  ]);
  const { settledMicroUsd, uncertainMicroUsd, reservedMicroUsd } = await world.store.ledger.spending(
    { scope: 'user', id: generation.userId },
    0,
    Number.MAX_SAFE_INTEGER,
  );
  expect([settledMicroUsd, uncertainMicroUsd, reservedMicroUsd]).toEqual([2_000, state === 'unknown' ? 1_000 : 0, 0]);
});

it('says which offer stands in for which, once it does', async () => {
  const { world, first } = await openPair();
  first.turn(failing('trouble'));
  await world.paint({ count: 2 });
  const said = world.notices.map(({ offer, instead, priceMicroUsd }) => [
    offer.provider,
    instead?.offer.provider,
    priceMicroUsd,
  ]);
  expect(said).toEqual([
    ['first', undefined, 1_000],
    ['first', undefined, 1_000],
    ['second', 'first', 2_000],
    ['second', 'first', 2_000],
  ]);
});

it('leaves a call that hangs, and never asks that offer for the same picture again', async () => {
  const [slow, broken] = [
    makeVendor('slow', { price: () => 1_000, patienceMs: 50 }),
    makeVendor('broken', { price: () => 2_000 }),
  ];
  const world = await openRouting({ vendors: [slow, broken] });
  slow.turn(hang);
  broken.turn(failing('trouble'));
  const generation = await world.claim();
  expect(await errorOf(world.run(generation))).toMatchObject({ failure: 'trouble' });
  expect(await world.attemptsOf(generation)).toMatchObject([
    { provider: 'slow', state: 'unknown', failure: 'timeout' },
    { provider: 'broken', state: 'failed' },
  ]);
  slow.turn(well);
  broken.turn(well);
  const again = await world.reclaim(generation);
  expect((await world.run(again)).painted?.provider).toBe('broken');
  expect(slow.calls).toHaveLength(1);
});

it('gives up when the time of the member is over, and names who failed', async () => {
  const { world, first, second } = await openPair();
  first.turn((...call) => {
    world.clock.advance(MEMBER_WAITS_MS);
    return failing('trouble')(...call);
  });
  expect(await errorOf(world.paint())).toMatchObject({ sentence: { key: 'provider-trouble' } });
  expect(second.calls).toHaveLength(0);
});

it('tells of the failure that may pass soonest when everyone failed', async () => {
  const { world, first, second } = await openPair();
  first.turn(failing('trouble'));
  second.turn(failing('credentials'));
  expect(await errorOf(world.paint())).toMatchObject({ failure: 'trouble', retryable: true });
});

describe('content that was refused', () => {
  it('is never taken to another vendor', async () => {
    const { world, first, second } = await openPair();
    first.turn(rejecting('request', 'no'));
    expect(await errorOf(world.paint())).toBeInstanceOf(RejectedError);
    expect([first.calls.length, second.calls.length]).toEqual([1, 0]);
  });

  it('is not asked for again in the same request', async () => {
    const { world, first, second } = await openPair();
    first.turn(rejecting('request', 'no'));
    expect(await errorOf(world.paint({ count: 4 }))).toBeInstanceOf(RejectedError);
    expect(first.calls.length).toBeLessThanOrEqual(2);
    expect(second.calls).toHaveLength(0);
  });

  it('leaves the pictures that were not withheld', async () => {
    const { world, first, second } = await openPair();
    first.turn((request, ...call) =>
      (request.seed % 2 === 0 ? rejecting('result', 'possibly') : well)(request, ...call),
    );
    const generation = await world.claim({ count: 4, seed: 1 });
    expect((await world.run(generation)).painted).toMatchObject({ seeds: [1, 3], withheld: 2, missing: 0 });
    expect([first.calls.length, second.calls.length]).toEqual([4, 0]);
    const states = (await world.attemptsOf(generation)).map(({ state }) => state);
    expect(states.toSorted()).toEqual(['succeeded', 'succeeded', 'unknown', 'unknown']);
  });

  it('does not move on to another vendor with the rest when its own then fails', async () => {
    const { world, first, second } = await openPair();
    await world.paint({ provider: 'second' });
    first.turn((request, ...call) =>
      (request.seed === 1 ? well : request.seed === 2 ? rejecting('result', 'possibly') : failing('trouble'))(
        request,
        ...call,
      ),
    );
    expect((await world.paint({ count: 4, seed: 1 })).painted).toMatchObject({ seeds: [1], withheld: 1, missing: 2 });
    expect(second.calls).toHaveLength(1);
  });
});

describe('several pictures', () => {
  it('come from the next vendor where the first brought only some', async () => {
    const { world, first, second } = await openPair();
    first.turn((request, ...call) => (request.seed === 8 ? failing('trouble') : well)(request, ...call));
    const { painted } = await world.paint({ count: 3, seed: 7 });
    expect(painted).toMatchObject({ seeds: [7, 8, 9], missing: 0, providerLabel: 'First + Second' });
    expect(second.calls.map(({ seed }) => seed)).toContain(8);
  });

  it('are kept where nobody can bring the others', async () => {
    const only = makeVendor('only');
    const world = await openRouting({ vendors: [only] });
    only.turn((request, ...call) => (request.seed === 8 ? failing('trouble') : well)(request, ...call));
    const { outcome, painted } = await world.paint({ count: 2, seed: 7 });
    expect([outcome, painted]).toMatchObject(['done', { seeds: [7], missing: 1, costMicroUsd: 3_000 }]);
  });

  it('are waited for where the rest may come in time, and not where it may not', async () => {
    const only = makeVendor('only');
    const world = await openRouting({ vendors: [only], slots: 1 });
    await world.paint();
    for (const [pauseMs, missing] of [
      [10_000, 0],
      [MEMBER_WAITS_MS + 1, 1],
    ] as const) {
      only.turn(async (_request, _call, paint) => {
        only.turn(well);
        // What another request was told meanwhile.
        await world.store.db
          .updateTable('offer_health')
          .set({ limited_until: world.clock.now() + pauseMs })
          .execute();
        return paint();
      });
      let generation = await world.claim({ count: 2 });
      if (missing === 0) {
        expect(await errorOf(world.run(generation))).toMatchObject({ at: world.clock.now() + pauseMs });
        world.clock.advance(pauseMs);
        generation = await world.reclaim(generation);
      }
      expect((await world.run(generation)).painted).toMatchObject({ missing, seeds: missing === 0 ? [7, 8] : [7] });
    }
    expect(only.calls).toHaveLength(4);
  });

  it('that a vendor was too busy for are waited for where they may come in time', async () => {
    const only = makeVendor('only');
    const world = await openRouting({ vendors: [only] });
    // From now on it is trusted with several calls at once.
    await world.paint();
    for (const [retryAfterMs, missing] of [
      [1_000, 0],
      [MEMBER_WAITS_MS + 1, 1],
    ] as const) {
      only.turn(async (call, ...more) => {
        if (call.seed !== 8) return well(call, ...more);
        only.turn(well);
        return failing('rate-limited', { retryAfterMs })(call, ...more);
      });
      let generation = await world.claim({ count: 4 });
      if (missing === 0) {
        expect(await errorOf(world.run(generation))).toMatchObject({ at: world.clock.now() + retryAfterMs });
        world.clock.advance(retryAfterMs);
        generation = await world.reclaim(generation);
      }
      const { painted } = await world.run(generation);
      expect(painted).toMatchObject({ missing, seeds: missing === 0 ? [7, 8, 9, 10] : [7, 9, 10] });
    }
  });

  it('are cut anew for a vendor that takes fewer at a time', async () => {
    const [four, one] = [makeVendor('four', { price: () => 1, imagesPerCall: 4 }), makeVendor('one')];
    const world = await openRouting({ vendors: [four, one] });
    four.turn(failing('trouble'));
    expect((await world.paint({ count: 4 })).painted).toMatchObject({ provider: 'one', seeds: [7, 8, 9, 10] });
    expect([four.calls.length, one.calls.length]).toEqual([1, 4]);
  });

  it('cost what was ordered, whatever came of it', async () => {
    const four = makeVendor('four', { imagesPerCall: 4, price: () => 1_000 });
    const world = await openRouting({ vendors: [four] });
    four.turn(async (_request, _call, paint) => {
      const { pictures } = await paint();
      return { pictures: pictures.slice(0, 2), withheld: 1 };
    });
    expect((await world.paint({ count: 4 })).painted).toMatchObject({ costMicroUsd: 4_000, withheld: 1, missing: 1 });
  });
});

it('costs nothing when the request turns out to be wrong before it is sent', async () => {
  const { world, first } = await openPair();
  first.turn(() => Promise.reject(new InvalidInputError('too heavy', { sentence: { key: 'prompt-empty' } })));
  const generation = await world.claim();
  expect(await errorOf(world.run(generation))).toBeInstanceOf(InvalidInputError);
  expect(await world.attemptsOf(generation)).toMatchObject([{ state: 'failed', costMicroUsd: 0 }]);
});

it('books an aborted call as perhaps billed', async () => {
  const { world, first } = await openPair();
  first.turn(hang);
  const generation = await world.claim();
  const stop = new AbortController();
  const reason = new Error('cancelled');
  const run = errorOf(world.run(generation, 0, stop.signal));
  await expect.poll(() => first.calls.length).toBe(1);
  stop.abort(reason);
  expect(await run).toBe(reason);
  expect(await world.attemptsOf(generation)).toMatchObject([{ state: 'unknown', failure: 'aborted' }]);
});

it('asks nobody for a generation that someone else has taken over', async () => {
  const { world, first, second } = await openPair();
  const generation = await world.claim();
  await world.store.db.updateTable('generations').set({ lease_owner: 'another' }).execute();
  expect(await errorOf(world.run(generation))).toBeInstanceOf(NotOursError);
  expect([first.calls.length, second.calls.length]).toEqual([0, 0]);
});
