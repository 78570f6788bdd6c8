import { describe, expect, it } from 'vitest';
import { budgetsFor } from '../../src/generation/budgets.ts';
import type { Opening } from '../../src/store/attempts.ts';
import { LEASE_MS } from '../../src/store/queue.ts';
import { newGeneration } from '../support/generations.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createPgliteDatabase, createSqliteDatabase, type TestDatabase } from '../support/stores.ts';

const LIMIT = 10_000;
const USER = 'member-1';
const DAY_MS = 24 * 3_600_000;

describe.each<[string, () => Promise<TestDatabase>]>([
  ['the embedded file', createSqliteDatabase],
  ['PGlite', createPgliteDatabase],
])('the ledger on %s', (_engine, create) => {
  const world = useStoreWorld(create);
  const budgets = (at = world.clock.now()) => budgetsFor({ userId: USER }, { userDay: LIMIT }, at);

  /** What counts toward the member's budget of the day. */
  async function used(at = world.clock.now()): Promise<number> {
    const [budget] = budgets(at);
    return budget === undefined ? 0 : world.store.ledger.used(budget);
  }

  async function submit(priceMicroUsd: number): Promise<{ kind: string; id: string; createdAt: number }> {
    const { guildId: _anywhere, ...made } = newGeneration({ userId: USER, createdAt: world.clock.now() });
    const { kind } = await world.store.generations.submit(made, { waiting: 100, priceMicroUsd, budgets: budgets() });
    await world.store.generations.acknowledge(made.id, undefined);
    return { kind, id: made.id, createdAt: made.createdAt };
  }

  /** A request that is being painted, with so much held for it. */
  async function start(priceMicroUsd: number): Promise<{ id: string; createdAt: number }> {
    const made = await submit(priceMicroUsd);
    expect(made.kind).toBe('accepted');
    await world.store.generations.claim({ owner: 'a', userRunning: 100 });
    return made;
  }

  function open(
    { id, createdAt }: { id: string; createdAt: number },
    priceMicroUsd: number,
    owner = 'a',
  ): Promise<Opening> {
    const call = { generationId: id, owner, provider: 'novita', model: 'flux-schnell', slots: 50, priceMicroUsd };
    return world.store.attempts.open({ ...call, budgets: budgets(createdAt) });
  }

  it('holds money for a request, to the last micro-dollar and not beyond', async () => {
    expect((await submit(9_999.2)).kind).toBe('accepted');
    expect(await used()).toBe(LIMIT);
    expect((await submit(0.1)).kind).toBe('over-budget');
    expect((await submit(0)).kind).toBe('accepted');
  });

  it('tells how far a budget is used by what was held, or reserved beyond that', async () => {
    const made = newGeneration({ userId: USER, createdAt: world.clock.now() });
    const admission = await world.store.generations.submit(made, {
      waiting: 9,
      priceMicroUsd: 3_000,
      budgets: budgets(),
    });
    expect(admission).toMatchObject({ kind: 'accepted', uses: [{ beforeMicroUsd: 0, afterMicroUsd: 3_000 }] });
    const one = await start(1_000);
    expect(await open(one, 1_000)).toEqual({ kind: 'opened', number: 0 });
    expect(await open(one, 2_500)).toMatchObject({
      kind: 'opened',
      uses: [{ beforeMicroUsd: 4_000, afterMicroUsd: 6_500 }],
    });
  });

  it('covers the next attempt with what a failed one did not cost', async () => {
    const one = await start(6_000);
    await submit(4_000);
    await open(one, 6_000);
    await world.store.attempts.close(one.id, 0, { state: 'failed' });
    expect(await open(one, 6_000)).toMatchObject({ kind: 'opened' });
    expect(await used()).toBe(LIMIT);
  });

  it('does not open an attempt that neither hold nor budget covers', async () => {
    const one = await start(6_000);
    await open(one, 6_000);
    await world.store.attempts.close(one.id, 0, { state: 'unknown' });
    // The call before may be charged; what was held for it is not there any more.
    expect(await open(one, 4_001)).toMatchObject({ kind: 'over-budget', usedMicroUsd: 6_000 });
    expect(await world.store.attempts.of(one.id)).toHaveLength(1);
    expect(await open(one, 4_000)).toMatchObject({ kind: 'opened' });
  });

  it('says how much of the budget is used by all else where the price is above what it holds', async () => {
    const one = await start(3_000);
    await submit(5_000);
    expect(await open(one, 6_000)).toMatchObject({
      kind: 'over-budget',
      budget: { limitMicroUsd: LIMIT },
      usedMicroUsd: 5_000,
    });
    expect(await open(one, 5_000)).toMatchObject({ kind: 'opened' });
  });

  it('frees at the end what was held and not used', async () => {
    const one = await start(8_000);
    await open(one, 3_000);
    await world.store.attempts.close(one.id, 0, { state: 'succeeded', costMicroUsd: 2_400.4 });
    expect(await used()).toBe(8_000);
    await world.store.generations.settle(one.id, 'a', { outcome: 'done' });
    expect(await used()).toBe(2_400);
  });

  it('books what a vendor charges even where that is more than it announced', async () => {
    const one = await start(9_000);
    await open(one, 9_000);
    await world.store.attempts.close(one.id, 0, { state: 'succeeded', costMicroUsd: 11_000 });
    expect(await used()).toBe(11_000);
    expect((await submit(1)).kind).toBe('over-budget');
    expect((await submit(0)).kind).toBe('accepted');
    expect(await open(one, 1)).toMatchObject({ kind: 'over-budget', usedMicroUsd: 11_000 });
    expect(await open(one, 0)).toMatchObject({ kind: 'opened' });
  });

  it('counts a picture in the day it was asked for, however late it is painted', async () => {
    const one = await start(6_000);
    const asked = world.clock.now();
    world.clock.advance(DAY_MS);
    expect((await submit(LIMIT)).kind).toBe('accepted');
    await world.store.generations.renew(one.id, 'a');
    expect(await open(one, 8_000)).toMatchObject({ kind: 'opened' });
    expect([await used(asked), await used()]).toEqual([8_000, LIMIT]);
  });

  it('keeps what a call may cost whose worker was given up, and what it did cost once that is known', async () => {
    const one = await start(5_000);
    await open(one, 5_000);
    world.clock.advance(LEASE_MS);
    await world.store.generations.claim({ owner: 'b', userRunning: 100 });
    expect(await open(one, 1_000)).toEqual({ kind: 'not-ours' });
    await world.store.generations.settle(one.id, 'b', { outcome: 'unknown' });
    const spent = () => world.store.ledger.spending({ scope: 'user', id: USER }, 0, Number.MAX_SAFE_INTEGER);
    expect(await spent()).toMatchObject({ uncertainMicroUsd: 5_000, reservedMicroUsd: 0 });
    expect(await open(one, 1_000, 'b')).toEqual({ kind: 'not-ours' });
    await world.store.attempts.close(one.id, 0, { state: 'succeeded', costMicroUsd: 4_000 });
    expect(await spent()).toMatchObject({ settledMicroUsd: 4_000, uncertainMicroUsd: 0, reservedMicroUsd: 0 });
  });
});
