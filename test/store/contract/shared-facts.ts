import { describe, expect, it } from 'vitest';
import { OFFER_RECORD as OFFER } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function sharedFacts(world: StoreWorld): void {
  describe('the recorded offers', () => {
    it('are those of the last start', async () => {
      const { offers } = world.store;
      expect(await offers.all()).toEqual([]);
      await offers.record([{ ...OFFER, model: 'flux-dev' }, { ...OFFER, provider: 'octoai' }, OFFER]);
      expect(await offers.all()).toEqual([{ ...OFFER, model: 'flux-dev' }, OFFER, { ...OFFER, provider: 'octoai' }]);
      await offers.record([OFFER]);
      expect(await offers.all()).toEqual([OFFER]);
      await offers.record([]);
      expect(await offers.all()).toEqual([]);
    });

    it('can be recorded by several processes that start at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      await Promise.all(Array.from({ length: 6 }, (_, index) => stores[index % 2]?.offers.record([OFFER])));
      expect(await world.store.offers.all()).toEqual([OFFER]);
    });
  });

  describe('drafts', () => {
    it('are kept as they were first written, until they are old', async () => {
      const { drafts } = world.store;
      const payload = { prompt: 'a “fox”\n', seed: 4_294_967_295, nested: [null, true] };
      await drafts.keep('1', payload);
      await drafts.keep('1', { prompt: 'a wolf' });
      expect(await drafts.find('1')).toEqual(payload);
      await drafts.deleteOlderThan(world.clock.now());
      expect(await drafts.find('1')).toEqual(payload);
      await drafts.deleteOlderThan(world.clock.now() + 1);
      expect(await drafts.find('1')).toBeUndefined();
    });
  });

  describe('turns', () => {
    it('go to one process of all in each period, each name for itself', async () => {
      const stores = [world.store, await world.peer()];
      const take = (name: string) =>
        Promise.all(Array.from({ length: 6 }, (_, index) => stores[index % 2]?.turns.take(name, 1_000)));
      expect((await take('cleaning')).filter(Boolean)).toHaveLength(1);
      expect((await take('counting')).filter(Boolean)).toHaveLength(1);
      world.clock.advance(999);
      expect((await take('cleaning')).filter(Boolean)).toHaveLength(0);
      world.clock.advance(1);
      expect((await take('cleaning')).filter(Boolean)).toHaveLength(1);
    });

    it('of a rate are as many as it allows, over all processes, and more again as time goes by', async () => {
      const stores = [world.store, await world.peer()];
      const draw = async (wanted: number, atOnce = 5) => {
        const drawn = await Promise.all(
          stores.map(({ turns }) => turns.draw('edits', wanted, { everyMs: 200, atOnce })),
        );
        return drawn.reduce((sum, one) => sum + one, 0);
      };
      expect(await draw(0)).toBe(0);
      expect(await draw(4)).toBe(5);
      expect(await draw(1)).toBe(0);
      world.clock.advance(399);
      expect(await draw(4)).toBe(1);
      world.clock.advance(1);
      expect(await draw(4)).toBe(1);
      world.clock.advance(60_000);
      expect(await draw(4)).toBe(5);
    });

    it('of a rate leave room for whoever may do more at once', async () => {
      const draw = (wanted: number, atOnce: number) =>
        world.store.turns.draw('edits', wanted, { everyMs: 200, atOnce });
      const drawn: number[][] = [];
      for (let second = 0; second < 3; second += 1) {
        drawn.push([await draw(9, 5), await draw(3, 8)]);
        world.clock.advance(1_000);
      }
      expect(drawn).toEqual([
        [5, 3],
        [2, 3],
        [2, 3],
      ]);
    });
  });
}
