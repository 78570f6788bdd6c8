import { describe, expect, it } from 'vitest';
import { complete, serve } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function fairOrder(world: StoreWorld): void {
  /** Claims and completes until nothing is left; answers with the members in the order they were served. */
  async function serveAll(userRunning = 2): Promise<string[]> {
    const served: string[] = [];
    for (;;) {
      const next = await serve(world.store, userRunning);
      if (next === undefined) return served;
      served.push(next.userId);
      await complete(world.store, next.id, 'a');
    }
  }

  async function enqueue(userId: string, count: number, lane?: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      ids.push(await world.enqueue({ userId }, lane === undefined ? {} : { lane }));
    }
    return ids;
  }

  describe('the fair order', () => {
    it('serves one member in the order they asked', async () => {
      const ids = await enqueue('ann', 4);
      const positions = await Promise.all(ids.map((id) => world.store.generations.position(id)));
      expect(positions).toEqual([0, 1, 2, 3]);
    });

    it('tells how many of their own each waits for, those being painted included', async () => {
      const [, , third] = await enqueue('ann', 3);
      const [bobs] = await enqueue('bob', 1);
      const own = (id = '') => world.store.generations.ownBefore(id);
      expect([await own(third), await own(bobs)]).toEqual([2, 0]);
      expect((await serve(world.store, 10))?.userId).toBe('ann');
      expect([await own(third), await own(bobs)]).toEqual([2, 0]);
    });

    it('takes turns between members who ask at the same time', async () => {
      await enqueue('ann', 3);
      await enqueue('bob', 3);
      expect(await serveAll()).toEqual(['ann', 'bob', 'ann', 'bob', 'ann', 'bob']);
    });

    it('lets a light member wait for one turn of a heavy one, however long that one’s line is', async () => {
      await enqueue('heavy', 50);
      const [light] = await enqueue('light', 1);
      expect(await world.store.generations.position(light ?? '')).toBe(1);
      expect((await serveAll()).indexOf('light')).toBe(1);
    });

    it('puts a newcomer neither before nor behind those who are about to be served', async () => {
      await enqueue('heavy', 10);
      for (let index = 0; index < 5; index += 1) {
        const next = await serve(world.store, 10);
        await complete(world.store, next?.id ?? '', 'a');
      }
      await enqueue('late', 3);
      expect((await serveAll()).slice(0, 6)).toEqual(['heavy', 'late', 'heavy', 'late', 'heavy', 'late']);
    });

    it('does not let a newcomer pass others because someone was served out of turn', async () => {
      const { generations } = world.store;
      const [first] = await enqueue('ann', 1);
      await serve(world.store);
      // Ann’s try failed and waits; meanwhile ten of Bob’s are served.
      await generations.handBack(first ?? '', 'a', world.clock.now() + 1_000);
      await enqueue('bob', 12);
      for (let index = 0; index < 10; index += 1) {
        const next = await serve(world.store);
        await complete(world.store, next?.id ?? '', 'a');
      }
      await enqueue('cid', 1);
      world.clock.advance(1_000);
      expect((await serve(world.store))?.userId).toBe('ann');
      await enqueue('dee', 1);
      expect(await serveAll()).toEqual(['bob', 'cid', 'dee', 'bob']);
    });

    it('does not count as served who was claimed and found every slot of their provider taken', async () => {
      const { generations } = world.store;
      await enqueue('heavy', 5);
      const claimed: string[] = [];
      for (;;) {
        const next = await generations.claim({ owner: 'a', userRunning: 10 });
        if (next === undefined) break;
        claimed.push(next.id);
      }
      for (const id of claimed) {
        await generations.handBack(id, 'a', world.clock.now(), { waitsFor: 'sdapi', unclaim: true });
      }
      await enqueue('light', 1);
      expect((await serveAll()).indexOf('light')).toBe(1);
    });

    it('serves a lower lane first, each lane in its own order', async () => {
      await enqueue('ann', 2, 1);
      await enqueue('bob', 2, 1);
      await enqueue('vip', 2, 0);
      await enqueue('ann', 1, 0);
      expect(await serveAll()).toEqual(['vip', 'ann', 'vip', 'ann', 'bob', 'ann', 'bob']);
    });

    it('does not count what a member has in one lane against them, or for them, in another', async () => {
      await enqueue('ann', 5, 1);
      await enqueue('ann', 1, 0);
      await world.store.generations.claim({ owner: 'a', userRunning: 10 });
      const [newcomer] = await enqueue('bob', 1, 1);
      expect(await world.store.generations.position(newcomer ?? '')).toBe(1);
    });

    it('passes over a member at their limit, who keeps their place', async () => {
      await enqueue('ann', 3);
      await enqueue('bob', 1);
      const claim = () => serve(world.store, 1);
      const first = await claim();
      expect([first?.userId, (await claim())?.userId, await claim()]).toEqual(['ann', 'bob', undefined]);
      await complete(world.store, first?.id ?? '', 'a');
      await enqueue('cid', 1);
      expect((await claim())?.userId).toBe('ann');
    });

    it('shows the front of the line in its order', async () => {
      const ann = await enqueue('ann', 2);
      const bob = await enqueue('bob', 1);
      const front = await world.store.generations.frontOfQueue(2);
      expect(front.map(({ id }) => id)).toEqual([ann[0], bob[0]]);
    });

    it('has no place for what does not wait', async () => {
      const { generations } = world.store;
      const [id] = await enqueue('ann', 1);
      await generations.claim({ owner: 'a', userRunning: 1 });
      expect(await generations.position(id ?? '')).toBeUndefined();
      expect(await generations.position('1')).toBeUndefined();
    });
  });
}
