import { describe, expect, it } from 'vitest';
import type { Sentence } from '../../../src/language/index.ts';
import type { NewImage } from '../../../src/store/images.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { LEASE_MS } from '../../../src/store/queue.ts';
import { mintId } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function attempts(world: StoreWorld): void {
  const open = ({ attempts: calls }: Store, generationId: string, provider = 'novita', slots = 3) =>
    calls.open({ generationId, provider, model: 'flux-schnell', slots });

  const picture = (index: number, bytes = Buffer.from([0, 255, index])): NewImage => ({
    index,
    mediaType: 'image/png',
    width: 640,
    height: 480,
    seed: 4_294_967_295,
    bytes,
  });

  describe('attempts', () => {
    it('takes exactly the slots there are, whoever asks at the same moment', async () => {
      const stores = [world.store, await world.peer()];
      const openings = await Promise.all(
        Array.from({ length: 12 }, (_, index) => open(stores[index % 2] ?? world.store, `generation-${index}`)),
      );
      expect(openings.filter(({ kind }) => kind === 'opened')).toHaveLength(3);
      expect(openings.filter(({ kind }) => kind === 'no-slot')).toHaveLength(9);
      expect(await open(world.store, 'generation-0', 'fireworks')).toMatchObject({ kind: 'opened' });
    });

    it('frees a slot when its attempt closes, and when its lease expires', async () => {
      const { store, clock } = world;
      await open(store, 'one', 'novita', 2);
      await open(store, 'two', 'novita', 2);
      expect(await open(store, 'three', 'novita', 2)).toEqual({ kind: 'no-slot' });
      await store.attempts.close('one', 0, { state: 'failed', failure: 'trouble' });
      expect(await open(store, 'three', 'novita', 2)).toMatchObject({ kind: 'opened', number: 0 });
      clock.advance(LEASE_MS);
      expect(await open(store, 'four', 'novita', 2)).toMatchObject({ kind: 'opened', number: 0 });
    });

    it('keeps the slots of a generation whose lease is renewed', async () => {
      const { store, clock } = world;
      await open(store, 'one', 'novita', 1);
      clock.advance(LEASE_MS - 1);
      await store.attempts.renew('one');
      clock.advance(LEASE_MS - 1);
      expect(await open(store, 'two', 'novita', 1)).toEqual({ kind: 'no-slot' });
    });

    it('numbers a generation’s calls, to whichever provider and however many at once', async () => {
      const stores = [world.store, await world.peer()];
      const openings = await Promise.all(
        ['novita', 'fireworks', 'octoai', 'deepinfra', 'novita', 'fireworks'].map((provider, index) =>
          open(stores[index % 2] ?? world.store, 'one', provider),
        ),
      );
      const numbers = openings.flatMap((opening) => (opening.kind === 'opened' ? [opening.number] : []));
      expect(numbers.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
      expect((await world.store.attempts.of('one')).map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('records that it was sent with the attempt itself, and its reference as soon as there is one', async () => {
      const { store, clock } = world;
      await open(store, 'one');
      await store.attempts.recordReference('one', 0, 'task-1');
      expect(await store.attempts.of('one')).toEqual([
        {
          generationId: 'one',
          number: 0,
          provider: 'novita',
          model: 'flux-schnell',
          state: 'open',
          sentAt: clock.now(),
          reference: 'task-1',
          costMicroUsd: 0,
          withheld: 0,
        },
      ]);
    });

    it('keeps what an attempt brought together with how it ended', async () => {
      const { store } = world;
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
      await open(store, 'one');
      await store.attempts.close('one', 0, {
        state: 'succeeded',
        costMicroUsd: 2_999.6,
        images: [picture(1), picture(0, bytes)],
      });
      expect(await store.attempts.of('one')).toMatchObject([{ state: 'succeeded', costMicroUsd: 3_000 }]);
      const [first, second] = await store.images.read('one', 'output');
      expect(first).toMatchObject({ index: 0, width: 640, height: 480, seed: 4_294_967_295, byteLength: 70_000 });
      expect(first?.bytes.equals(bytes)).toBe(true);
      expect(second?.bytes).toEqual(Buffer.from([0, 255, 1]));
    });

    it('keeps what was withheld, and the words of a refusal', async () => {
      const { store } = world;
      const refusal: Sentence = { key: 'all-withheld', values: { provider: 'Novita' } };
      await open(store, 'one');
      await open(store, 'one');
      await store.attempts.close('one', 0, { state: 'succeeded', withheld: 1, images: [picture(0)] });
      await store.attempts.close('one', 1, { state: 'unknown', failure: 'rejected', withheld: 2, refusal });
      expect(await store.attempts.of('one')).toMatchObject([
        { state: 'succeeded', withheld: 1 },
        { state: 'unknown', withheld: 2, refusal },
      ]);
    });

    it('records neither the end nor a picture when one of the pictures cannot be stored', async () => {
      const { store } = world;
      await open(store, 'one');
      const broken = { ...picture(1), width: Number.NaN };
      await expect(
        store.attempts.close('one', 0, { state: 'succeeded', costMicroUsd: 3_000, images: [picture(0), broken] }),
      ).rejects.toThrow();
      expect(await store.attempts.of('one')).toMatchObject([{ state: 'open', costMicroUsd: 0 }]);
      expect(await store.images.list('one', 'output')).toEqual([]);
    });

    it('ends once: a second word on the same attempt changes nothing', async () => {
      const { store } = world;
      await open(store, 'one');
      await store.attempts.close('one', 0, { state: 'succeeded', costMicroUsd: 3_000, images: [picture(0)] });
      await store.attempts.close('one', 0, { state: 'unknown', failure: 'answer-lost' });
      const late = { ...picture(0), bytes: Buffer.from('another') };
      await store.attempts.close('one', 0, { state: 'succeeded', costMicroUsd: 9_000, images: [late] });
      expect(await store.attempts.of('one')).toMatchObject([{ state: 'succeeded', costMicroUsd: 3_000 }]);
      expect((await store.images.read('one', 'output')).map(({ bytes }) => bytes)).toEqual([picture(0).bytes]);
    });

    it('knows of no attempts where none were made', async () => {
      expect(await world.store.attempts.of(mintId())).toEqual([]);
    });
  });

  describe('pictures to start from', () => {
    it('are kept once, apart from results', async () => {
      const { images } = world.store;
      await images.keep('one', 'init', picture(0));
      await images.keep('one', 'init', { ...picture(0), bytes: Buffer.from('another') });
      await images.keep('one', 'mask', {
        index: 0,
        mediaType: 'image/png',
        width: 1,
        height: 1,
        bytes: Buffer.from('mask'),
      });
      expect((await images.read('one', 'init')).map(({ bytes }) => bytes)).toEqual([picture(0).bytes]);
      expect(await images.list('one', 'mask')).toEqual([
        { generationId: 'one', role: 'mask', index: 0, mediaType: 'image/png', width: 1, height: 1, byteLength: 4 },
      ]);
      expect(await images.read('one', 'output')).toEqual([]);
    });
  });
}
