import { expect, it } from 'vitest';
import { InvalidInputError } from '../../src/errors.ts';
import { createPrefetch } from '../../src/jobs/prefetch.ts';
import { createLog } from '../../src/log.ts';
import { createLogBook } from '../support/log-book.ts';
import { makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);

it('reads the pictures of those who still wait, and of nobody else', async () => {
  const { generations, images } = world.store;
  const from = (url: string) => ({ request: makeRequest({ mode: 'image-to-image', initImage: { url } }) });
  const running = await world.enqueue(from('https://cdn.discordapp.com/running.png'));
  await generations.claim({ owner: 'a', userRunning: 9 });
  const waiting = await world.enqueue(from('https://cdn.discordapp.com/waiting.png'));
  const gone = await world.enqueue(from('https://cdn.discordapp.com/gone.png'));
  const words = await world.enqueue();
  const read: string[] = [];
  const log = createLogBook();
  const prefetch = createPrefetch({
    store: world.store,
    async fetchPicture({ url = '' }) {
      read.push(url);
      if (url.includes('gone')) throw new InvalidInputError('gone', { sentence: { key: 'image-gone' } });
      return Buffer.from('a picture');
    },
    log: createLog('debug', log),
  });

  await Promise.all([running, waiting, gone, words, '1'].map(prefetch));
  expect(read.toSorted()).toEqual(['https://cdn.discordapp.com/gone.png', 'https://cdn.discordapp.com/waiting.png']);
  expect((await images.read(waiting, 'init'))[0]?.bytes).toEqual(Buffer.from('a picture'));
  // It waits on: the worker finds out for itself, and says so.
  expect(await generations.find(gone)).toMatchObject({ state: 'queued' });
  expect(await log.find({ generation: gone })).toMatchObject({ err: { name: 'InvalidInputError' } });
});
