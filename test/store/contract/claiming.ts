import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/open-store.ts';
import { complete } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function claiming(world: StoreWorld): void {
  describe('claiming', () => {
    it('hands out nothing when nothing waits', async () => {
      expect(await world.store.generations.claim({ owner: 'a', userRunning: 2 })).toBeUndefined();
    });

    it('hands out a request as running, with its first start and its count of claims', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      const startedAt = world.clock.now();
      const expected = { id, state: 'running', claims: 1, startedAt };
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject(expected);
      expect(await generations.find(id)).toMatchObject(expected);
      await generations.handBack(id, 'a', world.clock.now());
      world.clock.advance(60_000);
      expect(await generations.claim({ owner: 'b', userRunning: 2 })).toMatchObject({ ...expected, claims: 2 });
    });

    it('hands out each request once to many claimers at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      for (let index = 0; index < 20; index += 1) await world.enqueue({ userId: `member-${index}` });
      const claimed = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          stores[index % 2]?.generations.claim({ owner: `w${index}`, userRunning: 1 }),
        ),
      );
      const ids = claimed.flatMap((one) => one?.id ?? []);
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
    });

    it.each([1, 2, 3])(
      'never runs more than %i of one member, whoever claims at the same moment',
      async (userRunning) => {
        const stores = [world.store, await world.peer()];
        for (let index = 0; index < 8; index += 1) {
          await world.enqueue({ userId: 'ann' });
          await world.enqueue({ userId: 'bob' });
        }
        const claimed = await Promise.all(
          Array.from({ length: 24 }, (_, index) =>
            stores[index % 2]?.generations.claim({ owner: `w${index}`, userRunning }),
          ),
        );
        const members = claimed.flatMap((one) => one?.userId ?? []);
        expect(members.filter((member) => member === 'ann')).toHaveLength(userRunning);
        expect(members.filter((member) => member === 'bob')).toHaveLength(userRunning);
      },
    );

    it('keeps the limit while many workers claim, finish and hand back', async () => {
      const stores = [world.store, await world.peer()];
      for (let index = 0; index < 24; index += 1) await world.enqueue({ userId: index % 3 === 0 ? 'ann' : 'bob' });
      const running: number[] = [];
      const completed: string[] = [];

      async function work(store: Store, owner: string): Promise<void> {
        for (let turn = 1; ; turn += 1) {
          const next = await store.generations.claim({ owner, userRunning: 2 });
          // Whoever holds the rest comes back for what is left.
          if (next === undefined) return;
          running.push(await countRunning(store, next.userId));
          if (turn % 3 === 0) await store.generations.handBack(next.id, owner, world.clock.now());
          else {
            await complete(store, next.id, owner);
            completed.push(next.id);
          }
        }
      }

      await Promise.all(Array.from({ length: 6 }, (_, index) => work(stores[index % 2] ?? world.store, `w${index}`)));
      expect(Math.max(...running)).toBeLessThanOrEqual(2);
      expect(new Set(completed).size).toBe(24);
      expect(completed).toHaveLength(24);
      expect(await world.store.generations.load()).toEqual({ queued: 0, running: 0, delivering: 0 });
    });

    it('leaves a request alone until its pause is over', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 2 });
      await generations.handBack(id, 'a', world.clock.now() + 1_000);
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toBeUndefined();
      world.clock.advance(1_000);
      expect((await generations.claim({ owner: 'a', userRunning: 2 }))?.id).toBe(id);
    });

    it('takes what a dead worker left, and what waits to be delivered, before the queue', async () => {
      const { generations } = world.store;
      const left = await world.enqueue({ userId: 'ann' });
      const stopped = await world.enqueue({ userId: 'bob' });
      await generations.claim({ owner: 'dead', userRunning: 2 });
      const waiting = await world.enqueue({ userId: 'cid' });
      world.clock.advance(30_000);
      await generations.cancel(stopped);
      const claims = [];
      for (let index = 0; index < 3; index += 1)
        claims.push((await generations.claim({ owner: 'a', userRunning: 2 }))?.id);
      expect(claims).toEqual([left, stopped, waiting]);
    });

    it('gives a request either to its worker or to its member’s Cancel, never to both', async () => {
      const peer = await world.peer();
      for (let round = 0; round < 15; round += 1) {
        const id = await world.enqueue({ userId: `member-${round}` });
        const [claimed, answer] = await Promise.all([
          world.store.generations.claim({ owner: 'a', userRunning: 1 }),
          peer.generations.cancel(id),
        ]);
        // Cancelled first, it is handed out to be delivered, or was passed over just then.
        if (answer === 'cancelled') expect(claimed?.state ?? 'delivering').toBe('delivering');
        else expect([claimed?.state, answer]).toEqual(['running', 'stopping']);
        const now = await world.store.generations.find(id);
        expect(now?.state).toBe(answer === 'cancelled' ? 'delivering' : 'running');
        if (answer === 'cancelled' && claimed === undefined)
          await world.store.generations.claim({ owner: 'a', userRunning: 1 });
      }
    });

    it('goes on with the queue when a row cannot be read', async () => {
      const { generations } = world.store;
      const broken = await world.enqueue({ userId: 'ann' });
      const fine = await world.enqueue({ userId: 'bob' });
      await world.store.db
        .updateTable('generations')
        .set({ kind: 'from the future' })
        .where('id', '=', broken)
        .execute();
      await expect(generations.claim({ owner: 'a', userRunning: 2 })).rejects.toThrow();
      expect((await generations.claim({ owner: 'a', userRunning: 2 }))?.id).toBe(fine);
    });

    it('does not count a claim of a row that could not be read', async () => {
      const { db, generations } = world.store;
      const id = await world.enqueue();
      const become = (kind: string) => db.updateTable('generations').set({ kind }).where('id', '=', id).execute();
      await become('from the future');
      for (let turn = 0; turn < 3; turn += 1) {
        await expect(generations.claim({ owner: 'old', userRunning: 2 })).rejects.toThrow();
        world.clock.advance(30_000);
      }
      await become('imagine');
      expect(await generations.claim({ owner: 'new', userRunning: 2 })).toMatchObject({ id, claims: 1 });
    });
  });
}

async function countRunning({ db }: Store, userId: string): Promise<number> {
  const rows = await db
    .selectFrom('generations')
    .select('id')
    .where('user_id', '=', userId)
    .where('state', '=', 'running')
    .execute();
  return rows.length;
}
