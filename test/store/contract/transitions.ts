import { describe, expect, it } from 'vitest';
import type { Transition } from '../../../src/store/transitions.ts';
import { complete, PAINTED } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function transitions(world: StoreWorld): void {
  describe('the transition hook', () => {
    it('is told of every change of state, in order', async () => {
      const told: Transition[] = [];
      const store = await world.open({ onTransition: (transition) => void told.push(transition) });
      const { generations } = store;
      const id = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 2 });
      await generations.handBack(id, 'a', world.clock.now());
      await generations.claim({ owner: 'a', userRunning: 2 });
      await generations.renew(id, 'a');
      await complete(store, id, 'a');
      expect(told).toMatchObject([
        { id, from: 'queued', to: 'running' },
        { id, from: 'running', to: 'queued' },
        { id, from: 'queued', to: 'running' },
        { id, from: 'running', to: 'delivering', outcome: 'done' },
        { id, from: 'delivering', to: 'done' },
      ]);
    });

    it('is not told of what did not happen', async () => {
      const told: Transition[] = [];
      const { generations } = await world.open({ onTransition: (transition) => void told.push(transition) });
      const id = await world.enqueue();
      await generations.settle(id, 'a', { outcome: 'done' });
      await generations.finish(id, 'a', undefined);
      await generations.handBack(id, 'a', 0);
      expect(told).toEqual([]);
    });

    it('writes in the same transaction, and its failure undoes the change and all it wrote', async () => {
      let isBroken = false;
      const { db, generations } = await world.open({
        async onTransition({ id, to }, tx) {
          await tx
            .insertInto('counters')
            .values({ name: `${id} ${to}`, value: 1 })
            .execute();
          if (isBroken) throw new Error('the hook broke');
        },
      });
      const id = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 2 });
      isBroken = true;
      await expect(generations.settle(id, 'a', { outcome: 'done', painted: PAINTED })).rejects.toThrow(
        'the hook broke',
      );
      const untouched = await generations.find(id);
      expect(untouched).toMatchObject({ state: 'running' });
      expect(untouched?.outcome).toBeUndefined();
      const written = await db.selectFrom('counters').select('name').where('name', 'like', `${id} %`).execute();
      expect(written.map(({ name }) => name)).toEqual([`${id} running`]);
      isBroken = false;
      expect(await generations.settle(id, 'a', { outcome: 'done', painted: PAINTED })).toBe(true);
    });
  });
}
