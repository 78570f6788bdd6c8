import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { keepHouse, startHousekeeping } from '../../src/jobs/housekeeping.ts';
import { createLog } from '../../src/log.ts';
import { storeFinished } from '../support/finished.ts';
import { createLogBook } from '../support/log-book.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';

const world = useStoreWorld(createSqliteDatabase);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const keep = (imageRetentionHours = 24) => keepHouse({ store: world.store, imageRetentionHours, now: world.clock.now });
const tokenOf = async (id: string) => (await world.store.generations.find(id))?.sealedToken;
const picturesOf = async (id: string) => (await world.store.images.read(id, 'output')).length;

describe('keepHouse', () => {
  it('forgets tokens once they are worthless', async () => {
    const id = await world.enqueue();
    world.clock.advance(15 * MINUTE);
    await keep();
    expect(await tokenOf(id)).toBe('sealed');
    world.clock.advance(1);
    await keep();
    expect(await tokenOf(id)).toBeUndefined();
  });

  it('deletes pictures that were delivered long enough ago, and keeps what is known of them', async () => {
    const { id } = await storeFinished(world.store, { createdAt: world.clock.now() });
    world.clock.advance(24 * HOUR);
    await keep();
    expect(await picturesOf(id)).toBe(1);
    world.clock.advance(1);
    await keep();
    expect(await picturesOf(id)).toBe(0);
    expect(await world.store.images.list(id, 'output')).toMatchObject([{ width: 1024, byteLength: 9 }]);
    expect(await world.store.generations.find(id)).toMatchObject({ state: 'done', request: { prompt: 'a fox' } });
  });

  it('keeps no picture longer than its delivery where that is wanted', async () => {
    const { id } = await storeFinished(world.store, { createdAt: world.clock.now() });
    world.clock.advance(1);
    await keep(0);
    expect(await picturesOf(id)).toBe(0);
  });

  it('keeps the pictures of what is not delivered, however old', async () => {
    const id = await world.enqueue();
    const { generations, attempts } = world.store;
    await generations.claim({ owner: 'a', userRunning: 1 });
    const opening = await attempts.open({ generationId: id, provider: 'acme', model: 'flux-schnell', slots: 1 });
    if (opening.kind !== 'opened') throw new Error(opening.kind);
    const image = { index: 0, mediaType: 'image/png', width: 64, height: 64, bytes: Buffer.from('a picture') };
    await attempts.close(id, opening.number, { state: 'succeeded', images: [image] });
    world.clock.advance(1_000 * HOUR);
    await keep();
    expect(await picturesOf(id)).toBe(1);
  });

  it('forgets forms that were left open for a day', async () => {
    await world.store.drafts.keep('1', { pictures: [] });
    world.clock.advance(24 * HOUR);
    await keep();
    expect(await world.store.drafts.find('1')).toEqual({ pictures: [] });
    world.clock.advance(1);
    await keep();
    expect(await world.store.drafts.find('1')).toBeUndefined();
  });

  it('is harmless twice, and at the same moment', async () => {
    const { id } = await storeFinished(world.store, { createdAt: world.clock.now() });
    world.clock.advance(48 * HOUR);
    await Promise.all([keep(), keep()]);
    await keep();
    expect(await picturesOf(id)).toBe(0);
  });
});

describe('startHousekeeping', () => {
  function start() {
    const log = createLogBook();
    const stop = startHousekeeping({
      store: world.store,
      imageRetentionHours: 24,
      log: createLog('info', log),
      now: world.clock.now,
    });
    onTestFinished(stop);
    return { log, stop };
  }

  it('begins at once, and is done every ten minutes by one process of all', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = await world.enqueue();
    world.clock.advance(16 * MINUTE);
    const second = await world.enqueue();
    start();
    await until(async () => expect(await tokenOf(first)).toBeUndefined());
    expect(await tokenOf(second)).toBe('sealed');
    world.clock.advance(16 * MINUTE);
    vi.advanceTimersByTime(10 * MINUTE);
    await until(async () => expect(await tokenOf(second)).toBeUndefined());
    // Whoever comes now has nothing to do.
    expect(await world.store.turns.take('housekeeping', 10 * MINUTE)).toBe(false);
  });

  it('is over once it is stopped, so that the store can be closed', async () => {
    const id = await world.enqueue();
    world.clock.advance(16 * MINUTE);
    await start().stop();
    expect(await tokenOf(id)).toBeUndefined();
  });

  it('that fails is logged, and nothing else', async () => {
    const { store, clock } = world;
    const log = createLogBook();
    const broken = {
      ...store,
      drafts: { ...store.drafts, deleteOlderThan: () => Promise.reject(new Error('disk is full')) },
    };
    onTestFinished(
      startHousekeeping({ store: broken, imageRetentionHours: 24, log: createLog('info', log), now: clock.now }),
    );
    expect(await log.find({ msg: 'housekeeping failed' })).toMatchObject({ err: { message: 'disk is full' } });
  });
});
