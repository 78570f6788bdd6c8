import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../src/store/queue.ts';
import { PAINTED } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function leases(world: StoreWorld): void {
  const claim = (owner: string) => world.store.generations.claim({ owner, userRunning: 2 });

  describe('a lease', () => {
    it('keeps others away until it expires', async () => {
      const id = await world.enqueue();
      await claim('a');
      world.clock.advance(LEASE_MS - 1);
      expect(await claim('b')).toBeUndefined();
      world.clock.advance(1);
      expect(await claim('b')).toMatchObject({ id, state: 'running', claims: 2 });
    });

    it('gives whoever takes over all the time a member waits, for painting alone', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      const startedAt = world.clock.now();
      await claim('a');
      world.clock.advance(LEASE_MS);
      expect(await claim('b')).toMatchObject({ startedAt: startedAt + LEASE_MS });
      await generations.settle(id, 'b', { outcome: 'done', painted: PAINTED });
      world.clock.advance(LEASE_MS);
      expect(await claim('c')).toMatchObject({ state: 'delivering', startedAt: startedAt + LEASE_MS });
    });

    it('holds for as long as it is renewed', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      for (let index = 0; index < 5; index += 1) {
        world.clock.advance(LEASE_MS - 1);
        expect(await generations.renew(id, 'a')).toBe('held');
      }
      expect(await claim('b')).toBeUndefined();
    });

    it('is lost to whoever took over, and the first owner can do nothing more', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      world.clock.advance(LEASE_MS);
      await claim('b');
      expect(await generations.renew(id, 'a')).toBe('lost');
      expect(await generations.handBack(id, 'a', world.clock.now())).toBe(false);
      expect(await generations.settle(id, 'a', { outcome: 'done', painted: PAINTED })).toBe(false);
      expect(await generations.find(id)).toMatchObject({ state: 'running' });
      expect(await generations.settle(id, 'b', { outcome: 'failed' })).toBe(true);
      expect(await generations.finish(id, 'a', 'message-2')).toBe(false);
      await generations.postpone(id, 'a', world.clock.now());
      expect(await generations.finish(id, 'b', 'message-1')).toBe(true);
      expect(await generations.renew(id, 'b')).toBe('lost');
      expect(await generations.find(id)).toMatchObject({ state: 'failed', messageId: 'message-1' });
    });

    it('that expired is still good for its owner while nobody else took over', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      world.clock.advance(10 * LEASE_MS);
      expect(await generations.settle(id, 'a', { outcome: 'done', painted: PAINTED })).toBe(true);
      expect(await generations.finish(id, 'a', undefined)).toBe(true);
      expect(await claim('b')).toBeUndefined();
    });

    it('goes to one of several who take over at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      const id = await world.enqueue();
      await claim('dead');
      world.clock.advance(LEASE_MS);
      const takers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          stores[index % 2]?.generations.claim({ owner: `w${index}`, userRunning: 2 }),
        ),
      );
      expect(takers.flatMap((taker) => taker?.id ?? [])).toEqual([id]);
    });

    it('goes either to a late owner who settles or to the one who takes over', async () => {
      const peer = await world.peer();
      for (let round = 0; round < 10; round += 1) {
        const id = await world.enqueue({ userId: `member-${round}` });
        await claim('late');
        world.clock.advance(LEASE_MS);
        const [settled, taken] = await Promise.all([
          world.store.generations.settle(id, 'late', { outcome: 'done', painted: PAINTED }),
          peer.generations.claim({ owner: 'next', userRunning: 2 }),
        ]);
        const finished = await world.store.generations.finish(id, 'late', undefined);
        if (taken === undefined) expect([settled, finished]).toEqual([true, true]);
        else {
          expect(taken).toMatchObject({ id, state: settled ? 'delivering' : 'running' });
          expect(finished).toBe(false);
          await peer.generations.settle(id, 'next', { outcome: 'done', painted: PAINTED });
          expect(await peer.generations.finish(id, 'next', undefined)).toBe(true);
        }
      }
    });

    it('of a worker known to be dead is free at once, of the living not', async () => {
      const { generations } = world.store;
      const dead = await world.enqueue({ userId: 'ann' });
      await claim('dead');
      await world.enqueue({ userId: 'bob' });
      await claim('alive');
      await generations.releaseLeases((owner) => owner === 'dead');
      expect((await claim('b'))?.id).toBe(dead);
      expect(await claim('b')).toBeUndefined();
    });

    it('is passed over for whoever takes only what was begun less often, but not what waits to be delivered', async () => {
      const { generations } = world.store;
      const left = await world.enqueue({ userId: 'ann' });
      for (const owner of ['first', 'second']) {
        await claim(owner);
        world.clock.advance(LEASE_MS);
      }
      const postponed = await world.enqueue({ userId: 'bob' });
      await generations.cancel(postponed);
      const careful = { owner: 'a', userRunning: 2, begunBelow: 2 };
      expect((await generations.claim(careful))?.id).toBe(postponed);
      await generations.postpone(postponed, 'a', world.clock.now());
      expect((await generations.claim(careful))?.id).toBe(postponed);
      await generations.postpone(postponed, 'a', world.clock.now());
      expect(await generations.claim({ ...careful, deliveries: true })).toMatchObject({ id: postponed, claims: 3 });
      expect(await generations.claim(careful)).toBeUndefined();
      expect(await generations.claim({ ...careful, begunBelow: 3 })).toMatchObject({ id: left, claims: 3 });
    });

    it('tells its owner of the member’s wish to stop', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      expect(await generations.renew(id, 'a')).toBe('held');
      expect(await generations.cancel(id)).toBe('stopping');
      expect(await generations.renew(id, 'a')).toBe('cancel');
    });
  });

  describe('handing back', () => {
    it('keeps the place in line', async () => {
      const { generations } = world.store;
      const first = await world.enqueue({ userId: 'ann' });
      const second = await world.enqueue({ userId: 'bob' });
      await claim('a');
      expect(await generations.handBack(first, 'a', world.clock.now())).toBe(true);
      expect(await generations.find(first)).toMatchObject({ state: 'queued', claims: 1 });
      expect([await generations.position(first), await generations.position(second)]).toEqual([0, 1]);
      expect((await claim('b'))?.id).toBe(first);
    });

    it('takes a pause with a fraction of a millisecond, as back-off with jitter has it', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      expect(await generations.handBack(id, 'a', world.clock.now() + 1_000.4)).toBe(true);
      world.clock.advance(1_000);
      expect((await claim('b'))?.id).toBe(id);
      await generations.settle(id, 'b', { outcome: 'failed' });
      await generations.postpone(id, 'b', world.clock.now() + 2_000.4);
      world.clock.advance(2_000);
      expect((await claim('b'))?.id).toBe(id);
    });

    it('does not count a claim in which nothing was tried', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      await generations.handBack(id, 'a', world.clock.now(), { unclaim: true });
      expect((await claim('a'))?.claims).toBe(1);
    });

    it('does not count the time in which nothing could be tried', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      await generations.handBack(id, 'a', world.clock.now(), { unstart: true });
      world.clock.advance(60_000);
      expect(await claim('a')).toMatchObject({ claims: 2, startedAt: world.clock.now() });
    });

    it('cancels instead what its member wants stopped', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      await generations.cancel(id);
      expect(await generations.handBack(id, 'a', world.clock.now() + 60_000)).toBe(true);
      expect(await claim('b')).toMatchObject({ id, state: 'delivering', outcome: 'cancelled' });
    });
  });

  describe('postponing a delivery', () => {
    it('leaves it to anyone from that time on', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await claim('a');
      await generations.settle(id, 'a', { outcome: 'done', painted: PAINTED });
      await generations.postpone(id, 'a', world.clock.now() + 5_000);
      expect(await claim('b')).toBeUndefined();
      expect(await generations.finish(id, 'a', undefined)).toBe(false);
      world.clock.advance(5_000);
      expect(await claim('b')).toMatchObject({ id, state: 'delivering', painted: PAINTED });
      expect(await generations.finish(id, 'b', undefined)).toBe(true);
    });
  });
}
