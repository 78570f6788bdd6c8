import { describe, expect, it } from 'vitest';
import { type Generation, OUTCOMES, type Outcome } from '../../../src/generation/record.ts';
import { complete, PAINTED } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function ending(world: StoreWorld): void {
  const claim = () => world.store.generations.claim({ owner: 'a', userRunning: 2 });

  describe('ending', () => {
    it.each(OUTCOMES)('settles as “%s”, then finishes once the member has been told', async (outcome) => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim();
      world.clock.advance(1_200);
      const failure = {
        code: 'failed',
        sentence: { key: 'provider-trouble', values: { provider: 'Novita' } },
      } as const;
      const settlement = outcome === 'done' ? { outcome, painted: PAINTED } : { outcome, failure };
      expect(await generations.settle(id, 'a', settlement)).toBe(true);
      const settled = { ...settlement, state: 'delivering', sealedToken: 'sealed', paintedAt: world.clock.now() };
      expect(await generations.find(id)).toMatchObject(settled);
      world.clock.advance(300);
      expect(await generations.finish(id, 'a', 'message-9')).toBe(true);
      const finished = await generations.find(id);
      expect(finished).toMatchObject({
        ...settlement,
        state: outcome,
        messageId: 'message-9',
        finishedAt: world.clock.now(),
      });
      expect(finished?.sealedToken).toBeUndefined();
    });

    it('keeps the message it has when there was nowhere left to tell', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim();
      await complete(world.store, id, 'a');
      expect((await generations.find(id))?.messageId).toBe(`message-${id}`);
    });

    it('neither finishes what is not settled nor settles what is over', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      expect(await generations.settle(id, 'a', { outcome: 'done' })).toBe(false);
      await claim();
      expect(await generations.finish(id, 'a', undefined)).toBe(false);
      await complete(world.store, id, 'a');
      expect(await generations.settle(id, 'a', { outcome: 'failed' })).toBe(false);
      expect(await generations.finish(id, 'a', undefined)).toBe(false);
      expect(await generations.find(id)).toMatchObject({ state: 'done', outcome: 'done' });
    });

    it('can be told twice how it ended, and keeps the first', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim();
      expect(await generations.settle(id, 'a', { outcome: 'done', painted: PAINTED })).toBe(true);
      expect(await generations.settle(id, 'a', { outcome: 'unknown' })).toBe(true);
      expect(await generations.settle(id, 'b', { outcome: 'unknown' })).toBe(false);
      expect((await generations.find(id))?.outcome).toBe('done');
    });

    it('finishes a request once, however often it is tried at the same moment', async () => {
      const peer = await world.peer();
      const id = await world.enqueue();
      await claim();
      await world.store.generations.settle(id, 'a', { outcome: 'done', painted: PAINTED });
      const tries = await Promise.all(
        [world.store, peer, world.store, peer].map((store) => store.generations.finish(id, 'a', undefined)),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('cancelling', () => {
    /** Brings a request into a state. */
    async function bringTo(state: Generation['state']): Promise<string> {
      const { generations } = world.store;
      const id = await world.enqueue();
      if (state === 'queued') return id;
      await claim();
      if (state === 'running') return id;
      const outcome: Outcome = state === 'delivering' ? 'done' : state;
      await generations.settle(id, 'a', { outcome });
      if (state !== 'delivering') await generations.finish(id, 'a', undefined);
      return id;
    }

    it.each([
      ['queued', 'cancelled', 'delivering'],
      ['running', 'stopping', 'running'],
      ['delivering', 'too-late', 'delivering'],
      ['done', 'too-late', 'done'],
      ['failed', 'too-late', 'failed'],
      ['cancelled', 'too-late', 'cancelled'],
      ['unknown', 'too-late', 'unknown'],
    ] as const)('what is %s answers “%s” and leaves it %s', async (state, answer, after) => {
      const id = await bringTo(state);
      expect(await world.store.generations.cancel(id)).toBe(answer);
      expect((await world.store.generations.find(id))?.state).toBe(after);
      // A second press is harmless.
      expect(await world.store.generations.cancel(id)).toBe(answer === 'stopping' ? 'stopping' : 'too-late');
    });

    it('what nobody made is too late', async () => {
      expect(await world.store.generations.cancel('1')).toBe('too-late');
    });

    it('hands a cancelled request out to be told of, in words, without asking a provider', async () => {
      const id = await world.enqueue();
      await world.store.generations.cancel(id);
      expect(await claim()).toMatchObject({
        id,
        state: 'delivering',
        outcome: 'cancelled',
        failure: { code: 'cancelled', sentence: { key: 'cancelled' } },
      });
      expect(await world.store.generations.finish(id, 'a', undefined)).toBe(true);
      expect((await world.store.generations.find(id))?.state).toBe('cancelled');
    });

    it('frees the place in line and among those waiting', async () => {
      const { generations } = world.store;
      const [first, second] = [await world.enqueue(), await world.enqueue()];
      await generations.cancel(first ?? '');
      expect(await generations.position(second ?? '')).toBe(0);
      expect(await generations.load()).toMatchObject({ queued: 1, delivering: 1 });
    });
  });
}
