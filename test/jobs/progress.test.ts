import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EDIT_WITHIN_MS, type Progress } from '../../src/discord/edit-progress.ts';
import type { ProviderFailure } from '../../src/errors.ts';
import type { CallNotice } from '../../src/generation/paint.ts';
import type { Generation } from '../../src/generation/record.ts';
import { startProgress } from '../../src/jobs/progress.ts';
import { createLog } from '../../src/log.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { complete } from '../support/generations.ts';
import { createLogBook } from '../support/log-book.ts';
import { makeOffer } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';

const world = useStoreWorld(createSqliteDatabase);
/** Who waits no longer than this is told nothing. */
const PATIENCE_MS = 2_500;
const NOTICE: CallNotice = { offer: makeOffer(), count: 1, priceMicroUsd: 0 };
const THREE: CallNotice = { offer: makeOffer(), count: 3, priceMicroUsd: 9_000 };
const INSTEAD: CallNotice = {
  offer: makeOffer({ provider: 'other' }),
  instead: { offer: makeOffer(), failure: 'trouble' },
  count: 1,
  priceMicroUsd: 0,
};

// Its timer is the test's to advance; everything else goes its own pace.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
});

function start({
  workers = 2,
  userRunning = 2,
  edit = async () => true,
  store = world.store,
}: {
  workers?: number;
  userRunning?: number;
  /** Default: there is a message, and it is edited at once. */
  edit?: (id: string) => Promise<boolean>;
  store?: Parameters<typeof startProgress>[0]['store'];
} = {}) {
  const edits: { id: string; progress: Progress }[] = [];
  const log = createLogBook();
  const progress = startProgress({
    store,
    async edit({ id }, said) {
      edits.push({ id, progress: said });
      return edit(id);
    },
    workers,
    userRunning,
    log: createLog('info', log),
    now: world.clock.now,
  });
  onTestFinished(() => progress.stop());
  return {
    ...progress,
    log,
    edits,
    /** What a member was told, in order. */
    toldTo: (id: string) => edits.filter((entry) => entry.id === id).map((entry) => entry.progress),
    /** So many seconds go by, and what is due is said. */
    async pass(seconds = 1) {
      for (let second = 0; second < seconds; second += 1) {
        world.clock.advance(1_000);
        await progress.tick();
      }
    },
  };
}

/** A request a worker has just taken. */
async function claim(made: Partial<NewGeneration> = {}): Promise<Generation> {
  await world.enqueue(made);
  const claimed = await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
}

describe('while it is painted', () => {
  it('tells who paints, and for how long; nothing before there is something to wait for', async () => {
    const generation = await claim();
    const { started, calling, pass, toldTo } = start();
    started(generation);
    calling(generation.id, NOTICE);
    await pass(2);
    expect(toldTo(generation.id)).toEqual([]);
    await pass(1);
    expect(toldTo(generation.id)).toEqual([{ kind: 'painting', provider: 'Acme', seconds: 3 }]);
  });

  it('says nothing of a provider before one is asked', async () => {
    const generation = await claim();
    const { started, pass, edits } = start();
    started(generation);
    await pass(10);
    expect(edits).toEqual([]);
  });

  it('edits a message at most every four seconds', async () => {
    const generation = await claim();
    const { started, calling, pass, toldTo } = start();
    started(generation);
    calling(generation.id, NOTICE);
    await pass(12);
    expect(toldTo(generation.id)).toEqual(
      [3, 7, 11].map((seconds) => ({ kind: 'painting', provider: 'Acme', seconds })),
    );
  });

  it('says nothing more of a message that is gone', async () => {
    const generation = await claim();
    const { started, calling, offered, pass, toldTo } = start({ edit: async () => false });
    started(generation);
    calling(generation.id, NOTICE);
    await pass(12);
    await offered(generation.id, THREE);
    expect(toldTo(generation.id)).toEqual([{ kind: 'painting', provider: 'Acme', seconds: 3 }]);
  });

  it('tells last where a private picture will be found, and nothing after that', async () => {
    const generation = await claim({ ephemeral: true });
    const { started, calling, held, pass, toldTo } = start();
    started(generation);
    calling(generation.id, NOTICE);
    await pass(3);
    world.clock.advance(13 * 60_000);
    held(generation.id, world.clock.now());
    await pass(12);
    expect(toldTo(generation.id)).toEqual([expect.objectContaining({ kind: 'painting' }), { kind: 'late' }]);
  });

  it('has one edit of a message under way at a time', async () => {
    const generation = await claim();
    const slow = Promise.withResolvers<boolean>();
    const { started, calling, pass, toldTo } = start({ edit: () => slow.promise });
    started(generation);
    calling(generation.id, NOTICE);
    await pass(12);
    expect(toldTo(generation.id)).toHaveLength(1);
    slow.resolve(true);
  });

  it('begins at most five edits a second, those that waited longest first', async () => {
    const generations: Generation[] = [];
    for (let index = 0; index < 12; index += 1) generations.push(await claim());
    const { started, calling, pass, edits } = start();
    for (const generation of generations) {
      started(generation);
      calling(generation.id, NOTICE);
    }
    const counts = [];
    for (let second = 1; second <= 5; second += 1) {
      await pass(1);
      counts.push(edits.length);
    }
    expect(counts).toEqual([0, 0, 5, 10, 12]);
    expect(new Set(edits.map(({ id }) => id)).size).toBe(12);
  });

  it('tells what several pictures will cost, once, and lets nobody be asked before that is told', async () => {
    const generation = await claim();
    const slow = Promise.withResolvers<boolean>();
    const { started, offered, edits } = start({ edit: () => slow.promise });
    started(generation);
    let told = false;
    const first = offered(generation.id, THREE).then(() => {
      told = true;
    });
    await setImmediate();
    expect([edits.length, told]).toEqual([1, false]);
    slow.resolve(true);
    await first;
    await offered(generation.id, THREE);
    expect(edits.map(({ progress }) => progress)).toEqual([
      { kind: 'price', provider: 'Acme', count: 3, priceMicroUsd: 9_000 },
    ]);
  });

  it('tells the price after a word that is still under way, not in its place', async () => {
    const generation = await claim();
    const slow = Promise.withResolvers<boolean>();
    const { started, offered, calling, pass, toldTo } = start({ edit: () => slow.promise });
    started(generation);
    calling(generation.id, NOTICE);
    await pass(3);
    const told = offered(generation.id, THREE);
    await setImmediate();
    expect(toldTo(generation.id)).toHaveLength(1);
    slow.resolve(true);
    await told;
    expect(toldTo(generation.id).at(-1)).toMatchObject({ kind: 'price' });
  });

  it.each([
    ['one picture', 1, 3_000],
    ['what is free', 3, 0],
  ])('does not speak of the price of %s', async (_what, count, priceMicroUsd) => {
    const generation = await claim();
    const { started, offered, edits } = start();
    started(generation);
    await offered(generation.id, { offer: makeOffer(), count, priceMicroUsd });
    expect(edits).toEqual([]);
  });

  it('does not tell the same price again to who was only waiting for a slot', async () => {
    const generation = await claim();
    const { started, offered, settled, edits } = start();
    for (let turn = 0; turn < 3; turn += 1) {
      started(generation);
      await offered(generation.id, THREE);
      await settled(generation.id);
    }
    expect(edits).toHaveLength(1);
  });

  it('lets a message rest for four seconds after a price, and takes its edit from the budget', async () => {
    const [priced, ...others] = [
      await claim(),
      await claim(),
      await claim(),
      await claim(),
      await claim(),
      await claim(),
    ];
    const { started, offered, calling, tick, pass, edits, toldTo } = start();
    for (const generation of [priced, ...others]) {
      started(generation);
      calling(generation.id, NOTICE);
    }
    world.clock.advance(PATIENCE_MS);
    await offered(priced.id, THREE);
    await tick();
    expect(edits).toHaveLength(5);
    await pass(3);
    expect(toldTo(priced.id)).toHaveLength(1);
    await pass(1);
    expect(toldTo(priced.id)).toHaveLength(2);
  });

  it.each<[ProviderFailure, string]>([
    ['timeout', 'slow'],
    ['rate-limited', 'busy'],
    ['trouble', 'failed'],
  ])('tells that another provider is tried after %s', async (failure, because) => {
    const generation = await claim();
    const { started, offered, pass, edits } = start();
    started(generation);
    await offered(generation.id, { ...INSTEAD, instead: { offer: makeOffer(), failure } });
    await pass(1);
    expect(edits.map(({ progress }) => progress)).toEqual([
      { kind: 'instead', provider: 'Other', other: 'Acme', because },
    ]);
  });

  it('tells of the last of several providers that were tried, four seconds after its last word', async () => {
    const generation = await claim();
    const { started, offered, calling, pass, toldTo } = start();
    started(generation);
    calling(generation.id, NOTICE);
    await pass(3);
    await offered(generation.id, INSTEAD);
    await pass(2);
    await offered(generation.id, {
      ...INSTEAD,
      offer: makeOffer({ provider: 'third' }),
      instead: { offer: makeOffer({ provider: 'other' }), failure: 'timeout' },
    });
    await pass(1);
    expect(toldTo(generation.id)).toHaveLength(1);
    await pass(1);
    expect(toldTo(generation.id).slice(1)).toEqual([
      { kind: 'instead', provider: 'Third', other: 'Other', because: 'slow' },
    ]);
  });

  it('tells of another provider within the budget, before it tells how long the others take', async () => {
    const generations: Generation[] = [];
    for (let index = 0; index < 20; index += 1) generations.push(await claim());
    const { started, offered, calling, pass, edits } = start();
    for (const generation of generations) {
      started(generation);
      calling(generation.id, NOTICE);
    }
    await pass(2);
    for (const { id } of generations.slice(10)) await offered(id, INSTEAD);
    await pass(3);
    expect(edits.map(({ progress }) => progress.kind)).toEqual([
      ...Array(10).fill('instead'),
      ...Array(5).fill('painting'),
    ]);
  });

  it('tells each offer once, with what the pictures that are missing cost there', async () => {
    const generation = await claim();
    const { started, offered, toldTo } = start();
    started(generation);
    await offered(generation.id, THREE);
    const rest = { ...INSTEAD, count: 2, priceMicroUsd: 8_000 };
    await offered(generation.id, rest);
    // The next wave.
    await offered(generation.id, { ...rest, count: 1, priceMicroUsd: 4_000 });
    expect(toldTo(generation.id)).toMatchObject([
      { kind: 'price', provider: 'Acme', count: 3, priceMicroUsd: 9_000 },
      { kind: 'instead', provider: 'Other', price: { count: 2, priceMicroUsd: 8_000 } },
    ]);
  });
});

describe('once it is settled', () => {
  it('says nothing any more, and lets an edit under way be finished first', async () => {
    const generation = await claim();
    const slow = Promise.withResolvers<boolean>();
    const { started, calling, settled, pass, edits } = start({ edit: () => slow.promise });
    started(generation);
    calling(generation.id, NOTICE);
    await pass(3);
    let through = false;
    const done = settled(generation.id).then(() => {
      through = true;
    });
    await pass(10);
    calling(generation.id, NOTICE);
    expect([edits.length, through]).toEqual([1, false]);
    slow.resolve(true);
    await done;
  });

  it('says nothing that was due when it was settled', async () => {
    const generation = await claim();
    const { started, calling, settled, tick, edits } = start();
    started(generation);
    calling(generation.id, NOTICE);
    world.clock.advance(PATIENCE_MS);
    const ticking = tick();
    await settled(generation.id);
    await ticking;
    expect(edits).toEqual([]);
  });

  it('has nothing to say of what it does not know', async () => {
    const { offered, calling, held, settled, edits } = start();
    await offered('1', INSTEAD);
    calling('1', NOTICE);
    held('1', world.clock.now());
    await settled('1');
    expect(edits).toEqual([]);
  });
});

describe('a lease that may have run out', () => {
  it('silences it: another process may have delivered meanwhile', async () => {
    const generation = await claim();
    const { started, offered, calling, held, pass, edits } = start();
    started(generation);
    world.clock.advance(30_000 - EDIT_WITHIN_MS);
    await offered(generation.id, INSTEAD);
    calling(generation.id, INSTEAD);
    await pass(5);
    expect(edits).toEqual([]);
    held(generation.id, world.clock.now());
    await pass(1);
    expect(edits).toHaveLength(1);
  });

  it('is as old as the request that renewed it, whenever the answer is read', async () => {
    const generation = await claim();
    const { started, calling, held, pass, edits } = start();
    started(generation);
    calling(generation.id, NOTICE);
    const renewedAt = world.clock.now();
    world.clock.advance(34_000);
    held(generation.id, renewedAt);
    await pass(5);
    expect(edits).toEqual([]);
  });
});

describe('while it waits in line', () => {
  it('is told nothing by a process that stood still since it took its turn', async () => {
    await world.enqueue();
    const { generations, turns } = world.store;
    async function markProgress(id: string): Promise<boolean> {
      const marked = await generations.markProgress(id);
      world.clock.advance(34_000);
      return marked;
    }
    const { pass, edits } = start({ store: { turns, generations: { ...generations, markProgress } } });
    await pass(3);
    expect(edits).toEqual([]);
    const { pass: passElsewhere, edits: elsewhere } = start();
    await passElsewhere(5);
    expect(elsewhere).toHaveLength(1);
  });

  it('tells the place, and how long it takes by what the last ones took', async () => {
    const [done, ...ids] = [await world.enqueue(), await world.enqueue(), await world.enqueue(), await world.enqueue()];
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    world.clock.advance(6_000);
    await complete(world.store, done, 'painter');
    const { pass, toldTo } = start({ workers: 2 });
    await pass(1);
    expect(ids.flatMap(toldTo)).toEqual([
      { kind: 'waiting', before: 0, seconds: 6 },
      { kind: 'waiting', before: 1, seconds: 6 },
      { kind: 'waiting', before: 2, seconds: 12 },
    ]);
  });

  it('tells who was handed back when they are tried again', async () => {
    const generation = await claim();
    await world.store.generations.handBack(generation.id, 'painter', world.clock.now() + 20_000, {});
    const { pass, toldTo } = start();
    await pass(8);
    expect(toldTo(generation.id)).toEqual([
      { kind: 'pausing', seconds: 17 },
      { kind: 'pausing', seconds: 13 },
    ]);
  });

  it('counts that a member has only so many painted at once, however many painters there are', async () => {
    const [done, ...mine] = [
      await world.enqueue(),
      await world.enqueue(),
      await world.enqueue(),
      await world.enqueue(),
    ];
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    world.clock.advance(6_000);
    await complete(world.store, done, 'painter');
    const other = await world.enqueue({ userId: 'member-2' });
    const { pass, toldTo } = start({ workers: 16, userRunning: 1 });
    await pass(5);
    const seconds = [...mine, other].map((id) =>
      toldTo(id).map((said) => ('seconds' in said ? said.seconds : undefined)),
    );
    expect(seconds).toEqual([[6], [12], [18], [6]]);
  });

  it('says nothing to those who have only just come', async () => {
    const id = await world.enqueue();
    const { pass, toldTo } = start();
    await pass(1);
    expect(toldTo(id)).toEqual([]);
    await pass(4);
    expect(toldTo(id)).toHaveLength(1);
  });

  it('leaves the time out while nothing is known', async () => {
    const id = await world.enqueue();
    world.clock.advance(PATIENCE_MS);
    const { pass, toldTo } = start();
    await pass(1);
    expect(toldTo(id)).toEqual([{ kind: 'waiting', before: 0 }]);
  });

  it('is told its place once by a process that paints nothing, without a time it cannot know', async () => {
    const [done, first, second] = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    await complete(world.store, done, 'painter');
    const { pass, toldTo } = start({ workers: 0 });
    await pass(4);
    expect([first, second].map(toldTo)).toEqual([[], []]);
    await pass(2);
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    await pass(60);
    expect(toldTo(first)).toEqual([{ kind: 'waiting', before: 0 }]);
    expect(toldTo(second)).toEqual([{ kind: 'waiting', before: 1 }]);
  });

  it('is left to those that paint, whose turns nobody else takes', async () => {
    const [first, second] = [await world.enqueue(), await world.enqueue()];
    const [gateway, painter] = [start({ workers: 0 }), start()];
    for (let elapsed = 1; elapsed <= 10; elapsed += 1) {
      world.clock.advance(1_000);
      await gateway.tick();
      await painter.tick();
      if (elapsed === 5) await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    }
    expect(gateway.edits).toEqual([]);
    expect(painter.toldTo(first)).toHaveLength(1);
    expect(painter.toldTo(second)).toHaveLength(2);
  });

  it('speaks again only when something changed, and again from every fourth second on', async () => {
    const [first, second] = [await world.enqueue(), await world.enqueue()];
    world.clock.advance(PATIENCE_MS);
    const { pass, toldTo } = start();
    await pass(1);
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    await pass(4);
    expect(toldTo(first)).toEqual([{ kind: 'waiting', before: 0 }]);
    expect(toldTo(second)).toEqual([
      { kind: 'waiting', before: 1 },
      { kind: 'waiting', before: 0 },
    ]);
  });

  it('tells the first ten whenever their place changes, those behind once', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 14; index += 1) ids.push(await world.enqueue());
    world.clock.advance(PATIENCE_MS);
    const { pass, toldTo } = start();
    await pass(5);
    expect(ids.flatMap(toldTo)).toEqual(ids.map((_, before) => ({ kind: 'waiting', before })));
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    await pass(60);
    expect(ids.map((id) => toldTo(id).length)).toEqual([1, ...Array(10).fill(2), 1, 1, 1]);
  });

  it('has a last word for everyone before their message can be edited no more', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await world.enqueue());
    const { pass, edits, toldTo } = start();
    await pass(8);
    expect(edits).toHaveLength(12);
    world.clock.advance(12 * 60_000);
    await pass(4);
    expect(edits).toHaveLength(12);
    world.clock.advance(60_000);
    await pass(12);
    expect(ids.map((id) => toldTo(id).length)).toEqual(Array(12).fill(2));
  });

  it('tells last where a private picture will be found, and nothing after that', async () => {
    const first = await claim();
    const id = await world.enqueue({ ephemeral: true });
    await world.enqueue();
    const { pass, toldTo } = start();
    await pass(3);
    world.clock.advance(13 * 60_000);
    await pass(1);
    expect(toldTo(id)).toEqual([expect.objectContaining({ kind: 'waiting' }), { kind: 'late' }]);
    await complete(world.store, first.id, 'painter');
    await pass(8);
    expect(toldTo(id)).toHaveLength(2);
  });

  it('is told nothing more once its message is gone, not even last, and keeps that from nobody else', async () => {
    const gone = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
    const other = await world.enqueue();
    const { pass, toldTo } = start({ edit: async (id) => id === other });
    await pass(4);
    // Their places move.
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    await pass(8);
    world.clock.advance(13 * 60_000);
    await pass(8);
    expect(gone.map((id) => toldTo(id).length)).toEqual([1, 1, 1]);
    expect(toldTo(other)).toHaveLength(3);
  });

  it('begins no more edits than three a second, those in front first', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) ids.push(await world.enqueue());
    world.clock.advance(PATIENCE_MS);
    const { pass, edits } = start();
    const counts = [];
    for (let second = 1; second <= 5; second += 1) {
      await pass(1);
      counts.push(edits.length);
    }
    expect(counts).toEqual([3, 6, 9, 10, 10]);
    expect(edits.map(({ id }) => id)).toEqual(ids);
  });

  it.each([1, 2])('is told all the same while %i processes paint more than there are edits for', async (processes) => {
    const many = Array.from({ length: processes }, () => start());
    for (const { started, calling } of many) {
      for (let index = 0; index < 32; index += 1) {
        const generation = await claim();
        started(generation);
        calling(generation.id, NOTICE);
      }
    }
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await world.enqueue());
    // The processes look one after the other, at other times within the second.
    for (let second = 1; second <= 10; second += 1) {
      for (const { tick } of many) {
        world.clock.advance(1_000 / processes);
        await tick();
      }
    }
    const edits = many.flatMap((one) => one.edits);
    const inLine = edits.filter(({ progress }) => progress.kind === 'waiting');
    expect(inLine.map(({ id }) => id)).toEqual(ids);
    // Five a second from the third second on, and what a pause leaves beforehand.
    expect(edits.length).toBeLessThanOrEqual(8 * 5 + 3);
    expect(edits.length - inLine.length).toBeGreaterThan(8 * 2);
  });

  it('is told before its place moves for others who know theirs', async () => {
    const front: string[] = [];
    for (let index = 0; index < 10; index += 1) front.push(await world.enqueue());
    world.clock.advance(PATIENCE_MS);
    const { pass, edits } = start();
    await pass(4);
    const last = await world.enqueue();
    await pass(2);
    await world.store.generations.claim({ owner: 'painter', userRunning: 100 });
    expect(edits.map(({ id }) => id)).toEqual(front);
    await pass(1);
    expect(edits.map(({ id }) => id)).toEqual([...front, last, ...front.slice(1, 3)]);
  });

  it('has nothing to say to who cannot be reached any more', async () => {
    await world.enqueue();
    for (let index = 0; index < 10; index += 1) await world.enqueue({}, { lane: 0 });
    const { pass, edits } = start();
    world.clock.advance(14 * 60_000);
    await pass(4);
    expect(edits).toHaveLength(10);
  });

  it('notes when it spoke, so that a result can wait for it', async () => {
    const id = await world.enqueue();
    world.clock.advance(PATIENCE_MS);
    const { pass, edits } = start();
    await pass(1);
    expect(edits).toHaveLength(1);
    expect((await world.store.generations.find(id))?.progressAt).toBe(world.clock.now());
  });

  it('is told by one process of many', async () => {
    await world.enqueue();
    world.clock.advance(PATIENCE_MS);
    const [one, other] = [start(), start()];
    world.clock.advance(1_000);
    await Promise.all([one.tick(), other.tick()]);
    expect(one.edits.length + other.edits.length).toBe(1);
  });

  it('that cannot be read is logged, and tried again', async () => {
    const id = await world.enqueue();
    await world.store.db.updateTable('generations').set({ kind: 'from the future' }).where('id', '=', id).execute();
    const { pass, log, toldTo } = start();
    await pass(1);
    await log.find({ msg: 'could not report progress' });
    await world.store.db.updateTable('generations').set({ kind: 'imagine' }).where('id', '=', id).execute();
    await pass(4);
    expect(toldTo(id)).toHaveLength(1);
  });
});

it('speaks every second until it is stopped', async () => {
  const generation = await claim();
  const { started, calling, stop, edits } = start();
  started(generation);
  calling(generation.id, NOTICE);
  world.clock.advance(3_000);
  vi.advanceTimersByTime(1_000);
  await until(() => expect(edits).toHaveLength(1));
  stop();
  world.clock.advance(10_000);
  vi.advanceTimersByTime(10_000);
  expect(edits).toHaveLength(1);
});
