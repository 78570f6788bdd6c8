import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintId, newGeneration } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function submitting(world: StoreWorld): void {
  describe('submitting', () => {
    it('stores everything that was asked, and reads it back', async () => {
      const { generations } = world.store;
      const asked = newGeneration({
        parentId: mintId(),
        parentIndex: 2,
        kind: 'variation',
        ageRestricted: true,
        ephemeral: true,
        createdAt: world.clock.now(),
        request: {
          prompt: 'a fox',
          negativePrompt: 'rain',
          model: 'flux-dev',
          provider: 'octoai',
          mode: 'image-to-image',
          seed: 4_294_967_295,
          seedGiven: true,
          count: 4,
          strength: 0.75,
          guidanceScale: 3.5,
          inferenceSteps: 28,
          initImage: { generationId: mintId(), index: 0 },
        },
      });
      await generations.submit(asked, { waiting: 20 });
      expect(await generations.find(asked.id)).toEqual({
        ...asked,
        state: 'queued',
        erased: false,
        claims: 0,
        availableAt: asked.createdAt,
      });
    });

    it('keeps any prompt as it is, but for what is no text', async () => {
      const { generations } = world.store;
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), async (prompt) => {
          const base = newGeneration();
          await generations.submit({ ...base, request: { ...base.request, prompt } }, { waiting: 1_000 });
          expect((await generations.find(base.id))?.request.prompt).toBe(prompt.toWellFormed().replaceAll('\0', ''));
        }),
        { numRuns: 25 },
      );
    });

    it('answers a repeated interaction with “duplicate” and leaves the first as it was', async () => {
      const { generations } = world.store;
      const asked = newGeneration();
      expect(await generations.submit(asked, { waiting: 20 })).toMatchObject({ kind: 'accepted' });
      const again = { ...asked, request: { ...asked.request, prompt: 'a wolf' } };
      expect(await generations.submit(again, { waiting: 20 })).toEqual({ kind: 'duplicate' });
      expect((await generations.find(asked.id))?.request.prompt).toBe('a fox');
    });

    it('accepts one of many deliveries of the same interaction at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      const asked = newGeneration();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => stores[index % 2]?.generations.submit(asked, { waiting: 20 })),
      );
      expect(answers.filter((answer) => answer?.kind === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer?.kind === 'duplicate')).toHaveLength(9);
    });

    it('lets a member have only so many unfinished requests, exactly, whoever asks at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          stores[index % 2]?.generations.submit(newGeneration(), { waiting: 5 }),
        ),
      );
      expect(answers.filter((answer) => answer?.kind === 'accepted')).toHaveLength(5);
      expect(answers.find((answer) => answer?.kind !== 'accepted')).toEqual({ kind: 'too-many-waiting', most: 5 });
      const other = newGeneration({ userId: 'member-2' });
      expect(await world.store.generations.submit(other, { waiting: 5 })).toMatchObject({ kind: 'accepted' });
    });

    it('counts what runs towards the limit, and no longer what is being delivered', async () => {
      const { generations } = world.store;
      const submit = () => generations.submit(newGeneration(), { waiting: 1 });
      const id = await world.enqueue();
      await generations.claim({ owner: 'a', userRunning: 2 });
      expect(await submit()).toEqual({ kind: 'too-many-waiting', most: 1 });
      await generations.settle(id, 'a', { outcome: 'done' });
      expect(await submit()).toMatchObject({ kind: 'accepted' });
    });

    it('holds a request until Discord took our first answer', async () => {
      const { generations } = world.store;
      const asked = newGeneration();
      await generations.submit(asked, { waiting: 20 });
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toBeUndefined();
      await generations.acknowledge(asked.id, 'message-1');
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject({
        id: asked.id,
        messageId: 'message-1',
        acknowledgedAt: world.clock.now(),
      });
    });

    it('keeps the first acknowledgement', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      const { acknowledgedAt, messageId } = (await generations.find(id)) ?? {};
      world.clock.advance(5_000);
      await generations.acknowledge(id, undefined);
      expect(await generations.find(id)).toMatchObject({ acknowledgedAt, messageId });
    });

    it('voids a request whose first answer Discord refused', async () => {
      const { generations } = world.store;
      const asked = newGeneration();
      await generations.submit(asked, { waiting: 20 });
      await generations.withdraw(asked.id);
      const { sealedToken, ...void_ } = (await generations.find(asked.id)) ?? {};
      expect(sealedToken).toBeUndefined();
      expect(void_).toMatchObject({ state: 'cancelled', outcome: 'cancelled', finishedAt: world.clock.now() });
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toBeUndefined();
    });

    it('voids no request that somebody waits for', async () => {
      const { generations } = world.store;
      const id = await world.enqueue();
      await generations.withdraw(id);
      expect(await generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject({ id });
    });

    it('lists what was never acknowledged and is old enough to be asked about', async () => {
      const { generations } = world.store;
      const old = newGeneration({ createdAt: world.clock.now() - 20_000 });
      const fresh = newGeneration({ createdAt: world.clock.now() });
      const gone = newGeneration({ createdAt: world.clock.now() - 20_000 });
      for (const one of [old, fresh, gone]) await generations.submit(one, { waiting: 20 });
      await generations.withdraw(gone.id);
      await world.enqueue({ createdAt: world.clock.now() - 20_000 });
      const found = await generations.unacknowledged(world.clock.now() - 10_000);
      expect(found.map(({ id }) => id)).toEqual([old.id]);
    });

    it('knows nothing of a request nobody made', async () => {
      expect(await world.store.generations.find('1')).toBeUndefined();
    });
  });
}
