import { describe, expect, it } from 'vitest';
import type { NewGeneration } from '../../../src/store/rows.ts';
import { complete, newGeneration } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function history(world: StoreWorld): void {
  /** A finished request with one picture. */
  async function finished(made: Partial<NewGeneration> = {}): Promise<string> {
    const { store } = world;
    const id = await world.enqueue(made);
    const claimed = await store.generations.claim({ owner: 'a', userRunning: 1_000 });
    expect(claimed?.id).toBe(id);
    await store.attempts.open({ generationId: id, provider: 'novita', model: 'flux-schnell', slots: 1_000 });
    const image = { index: 0, mediaType: 'image/png', width: 8, height: 8, bytes: Buffer.from(id) };
    await store.attempts.close(id, 0, { state: 'succeeded', costMicroUsd: 3_000, images: [image] });
    await complete(store, id, 'a');
    return id;
  }

  describe('a member’s pictures', () => {
    it('are listed newest first, so many at most, even those made in the same millisecond', async () => {
      const { generations } = world.store;
      const ids: string[] = [];
      for (let index = 0; index < 7; index += 1) {
        if (index % 3 === 0) world.clock.advance(1);
        ids.push(await finished());
      }
      await finished({ userId: 'member-2' });
      const listed = await generations.recentOf('member-1', { most: 5 });
      expect(listed.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 5));
    });

    it('leave out what failed, what is under way and what was deleted', async () => {
      const { generations } = world.store;
      const shown = await finished();
      const deleted = await finished();
      await generations.erase(deleted);
      const failed = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 2 });
      await generations.settle(failed, 'a', { outcome: 'failed' });
      await world.enqueue();
      expect((await generations.recentOf('member-1', { most: 10 })).map(({ id }) => id)).toEqual([shown]);
    });

    it('lead to what was made from them, oldest first', async () => {
      const { generations } = world.store;
      const parent = await finished();
      const first = await finished({ parentId: parent, parentIndex: 0, kind: 'variation' });
      world.clock.advance(1);
      const second = await finished({ parentId: parent, parentIndex: 1, kind: 'variation' });
      expect((await generations.children(parent)).map(({ id }) => id)).toEqual([first, second]);
      expect(await generations.children(second)).toEqual([]);
    });
  });

  describe('erasing', () => {
    it('takes the words and the bytes, and leaves the money', async () => {
      const { store } = world;
      const base = newGeneration();
      const id = await finished({ request: { ...base.request, prompt: 'a secret', negativePrompt: 'another' } });
      const kept = await finished();
      await store.generations.erase(id);
      const erased = await store.generations.find(id);
      expect(erased).toMatchObject({ erased: true, state: 'done', painted: { costMicroUsd: 3_000 } });
      expect(erased?.request).toMatchObject({ prompt: '', seed: 7 });
      expect(erased?.request.negativePrompt).toBeUndefined();
      expect(await store.images.read(id, 'output')).toEqual([]);
      expect(await store.images.list(id, 'output')).toMatchObject([{ byteLength: id.length }]);
      expect(await store.attempts.of(id)).toMatchObject([{ costMicroUsd: 3_000 }]);
      expect(await store.images.read(kept, 'output')).toHaveLength(1);
    });
  });

  describe('forgetting', () => {
    it('takes tokens that have expired, and bytes whose time is over, and nothing else', async () => {
      const { store, clock } = world;
      const old = await finished();
      const { id: waiting, ...asked } = newGeneration({ createdAt: clock.now() });
      await store.generations.submit({ id: waiting, ...asked }, { waiting: 20 });
      await store.images.keep(waiting, 'init', {
        index: 0,
        mediaType: 'image/png',
        width: 8,
        height: 8,
        bytes: Buffer.from('input'),
      });
      clock.advance(3_600_000);
      const fresh = await finished();
      const young = await world.enqueue();
      const forget = () =>
        store.generations.forget({
          tokensBefore: clock.now() - 900_000,
          unpaintedBefore: 0,
          imagesBefore: clock.now() - 900_000.5,
        });
      await forget();
      await forget();
      expect(await store.images.read(old, 'output')).toEqual([]);
      expect(await store.images.list(old, 'output')).toHaveLength(1);
      expect(await store.images.read(fresh, 'output')).toHaveLength(1);
      // It has yet to be painted, however old it is.
      expect(await store.images.read(waiting, 'init')).toHaveLength(1);
      expect((await store.generations.find(waiting))?.sealedToken).toBeUndefined();
      expect((await store.generations.find(young))?.sealedToken).toBe('sealed');
    });
  });

  describe('the words of a request that brought no picture', () => {
    it.each(['failed', 'cancelled', 'unknown'] as const)('are forgotten in time where it %s', async (outcome) => {
      const { generations } = world.store;
      const { clock } = world;
      const painted = await finished();
      const id = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 1_000 });
      await generations.settle(id, 'a', { outcome });
      await generations.finish(id, 'a', undefined);
      const waiting = await world.enqueue();
      const forget = () => generations.forget({ tokensBefore: 0, unpaintedBefore: clock.now(), imagesBefore: 0 });
      const isErased = async (one: string) => (await generations.find(one))?.erased;
      await forget();
      expect(await isErased(id)).toBe(false);
      clock.advance(1);
      await forget();
      expect([await isErased(id), await isErased(painted), await isErased(waiting)]).toEqual([true, false, false]);
    });

    it('are forgotten too where Discord refused our first answer', async () => {
      const { generations } = world.store;
      const made = newGeneration({ createdAt: world.clock.now() });
      await generations.submit(made, { waiting: 20 });
      await generations.withdraw(made.id);
      world.clock.advance(1);
      await generations.forget({ tokensBefore: 0, unpaintedBefore: world.clock.now(), imagesBefore: 0 });
      expect(await generations.find(made.id)).toMatchObject({ erased: true });
    });
  });

  describe('the figures', () => {
    it('count what is in each unfinished state, and since when the oldest waits', async () => {
      const { generations } = world.store;
      expect(await generations.load()).toEqual({ queued: 0, running: 0, delivering: 0 });
      await finished();
      await world.enqueue({ userId: 'ann' });
      const delivering = await generations.claim({ owner: 'a', userRunning: 1 });
      await generations.settle(delivering?.id ?? '', 'a', { outcome: 'done' });
      await world.enqueue({ userId: 'bob' });
      await generations.claim({ owner: 'a', userRunning: 1 });
      world.clock.advance(10);
      const oldestQueuedAt = world.clock.now();
      await world.enqueue();
      world.clock.advance(10);
      await world.enqueue();
      expect(await generations.load()).toEqual({ queued: 2, running: 1, delivering: 1, oldestQueuedAt });
    });

    it('tell how long painting took of late: the median of the last twenty', async () => {
      const { store, clock } = world;
      expect(await store.generations.recentPaintingMs()).toBeUndefined();
      for (let index = 0; index < 25; index += 1) {
        const id = await world.enqueue();
        await store.generations.claim({ owner: 'a', userRunning: 2 });
        // The five oldest took far longer.
        clock.advance(index < 5 ? 60_000 : 1_000 + index);
        await complete(store, id, 'a');
      }
      expect(await store.generations.recentPaintingMs()).toBe(1_015);
    });

    it('owe a word to who waits in silence, and a last one while they can be reached', async () => {
      const { clock } = world;
      const { generations } = world.store;
      const owed = async (most = 10) => {
        const found = await generations.owedAWord({ patienceMs: 100, lastWordMs: 1_000, unreachableMs: 2_000, most });
        return found.map(({ id }) => id);
      };
      const ids = [await world.enqueue(), await world.enqueue({ userId: 'member-2' })];
      const [first = ''] = ids;
      expect(await owed()).toEqual([]);
      clock.advance(100);
      expect([await owed(), await owed(1)]).toEqual([ids, [first]]);
      await generations.markProgress(first);
      expect(await owed()).toEqual(ids.slice(1));
      clock.advance(900);
      expect(await owed()).toEqual(ids);
      await generations.markProgress(first);
      expect(await owed()).toEqual(ids.slice(1));
      clock.advance(1_000);
      expect(await owed()).toEqual([]);
    });

    it('note when a waiting message is about to be edited, and only while it waits', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      expect(await generations.markProgress(id)).toBe(true);
      expect((await generations.claim({ owner: 'a', userRunning: 2 }))?.progressAt).toBe(world.clock.now());
      expect(await generations.markProgress(id)).toBe(false);
      expect(await generations.markProgress('1')).toBe(false);
    });
  });
}
