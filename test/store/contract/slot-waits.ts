import { describe, expect, it } from 'vitest';
import { complete } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

const SLOTS = { sdapi: 1 };

export function slotWaits(world: StoreWorld): void {
  const claim = () => world.store.generations.claim({ owner: 'a', userRunning: 10, slots: SLOTS });

  /** Claims what is next, finds that all slots are taken, and gives it back. */
  async function findFull(): Promise<string> {
    const { generations } = world.store;
    const id = (await claim())?.id ?? '';
    await generations.handBack(id, 'a', world.clock.now(), { waitsFor: 'sdapi', unclaim: true, unstart: true });
    return id;
  }

  function call(generationId: string) {
    return world.store.attempts.open({ generationId, provider: 'sdapi', model: 'local', slots: 1 });
  }

  describe('waiting for a slot', () => {
    it('keeps everyone in their place until one is free, and then takes the first in line', async () => {
      const { generations, attempts } = world.store;
      const [painting, first, second] = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
      await claim();
      await call(painting);
      expect([await findFull(), await findFull()]).toEqual([first, second]);
      expect(await claim()).toBeUndefined();
      await attempts.close(painting, 0, { state: 'succeeded' });
      expect((await claim())?.id).toBe(first);
      expect(await generations.find(second)).toMatchObject({ state: 'queued', claims: 0 });
    });

    it('does not hold up whoever waits for nothing', async () => {
      const [painting, waiting, other] = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
      await claim();
      await call(painting);
      expect(await findFull()).toBe(waiting);
      expect((await claim())?.id).toBe(other);
    });

    it('gives a free slot to one of them, not to all who wait', async () => {
      const [painting, first, second] = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
      await claim();
      await call(painting);
      await findFull();
      await findFull();
      await world.store.attempts.close(painting, 0, { state: 'succeeded' });
      expect((await claim())?.id).toBe(first);
      // It is on its way to its call: the slot is as good as taken.
      expect(await claim()).toBeUndefined();
      await call(first);
      expect(await claim()).toBeUndefined();
      await world.store.attempts.close(first, 0, { state: 'succeeded' });
      await complete(world.store, first, 'a');
      expect((await claim())?.id).toBe(second);
    });

    it('lasts no longer than until another provider may be asked, and no place is lost by it', async () => {
      const { generations } = world.store;
      const [painting, first, second] = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
      await claim();
      await call(painting);
      for (const id of [first, second]) {
        expect((await claim())?.id).toBe(id);
        const now = world.clock.now();
        await generations.handBack(id, 'a', now, { waitsFor: 'sdapi', waitsUntil: now + 15_000, unclaim: true });
      }
      world.clock.advance(14_999);
      expect(await claim()).toBeUndefined();
      world.clock.advance(1);
      expect([(await claim())?.id, (await claim())?.id]).toEqual([first, second]);
    });

    it('counts no call of a worker that died', async () => {
      const [painting, waiting] = [await world.enqueue(), await world.enqueue()];
      await claim();
      await call(painting);
      await findFull();
      world.clock.advance(31_000);
      // Left by the dead worker, then the one that waited.
      expect([(await claim())?.id, (await claim())?.id]).toEqual([painting, waiting]);
    });
  });
}
