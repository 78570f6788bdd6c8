import { beforeEach, describe, expect, it } from 'vitest';
import { createPictureFetcher } from '../../src/discord/fetch-picture.ts';
import { createBotRest } from '../../src/discord/rest.ts';
import type { Generation } from '../../src/generation/record.ts';
import { createByteBudget, currentHold } from '../../src/http/bytes-in-flight.ts';
import type { LocalDiscord } from '../../src/playground/discord/contract.ts';
import { storeFinished } from '../support/finished.ts';
import { mintId } from '../support/generations.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const SIZE = { mediaType: 'image/png', width: 64, height: 64 };
const never = new AbortController().signal;

let discord: LocalDiscord;
let reader: ReturnType<typeof createPictureFetcher>;

beforeEach(async () => {
  discord = await startLocalDiscord();
  const { apiUrl, token } = discord;
  reader = createPictureFetcher({ apiUrl, rest: createBotRest({ apiUrl, token }), images: world.store.images });
});

/** A finished generation with these pictures, each named by its bytes; those between were withheld. */
async function storePictures(...indices: readonly number[]): Promise<Generation> {
  const id = await world.enqueue();
  await world.store.generations.claim({ owner: 'painter', userRunning: 1_000 });
  const made = { generationId: id, provider: 'sketch', model: 'sketch', slots: 1_000 };
  const opening = await world.store.attempts.open(made);
  if (opening.kind !== 'opened') throw new Error(opening.kind);
  await world.store.attempts.close(id, opening.number, {
    state: 'succeeded',
    costMicroUsd: 0,
    images: indices.map((index) => ({ ...SIZE, index, bytes: Buffer.from(`picture ${index}`) })),
  });
  const generation = await world.store.generations.find(id);
  if (generation === undefined) throw new Error('it is not there');
  return generation;
}

describe('the picture a request starts from', () => {
  it('is the one its message shows at that place, also where one before it was withheld', async () => {
    const { id } = await storePictures(1, 3);
    const read = async (index: number) => String(await reader.fetchPicture({ generationId: id, index }, never));
    expect(await read(0)).toBe('picture 1');
    expect(await read(1)).toBe('picture 3');
    await expect(read(2)).rejects.toMatchObject({ sentence: { key: 'image-gone' } });
  });

  it('is the very one the first request started from, where that is kept', async () => {
    const { id } = await storePictures(0);
    const initImageOf = await world.enqueue();
    await world.store.images.keep(initImageOf, 'init', { ...SIZE, index: 0, bytes: Buffer.from('the start') });
    expect(String(await reader.fetchPicture({ generationId: id, index: 0, initImageOf }, never))).toBe('the start');
  });

  it('is gone with its message', async () => {
    const { id } = await storePictures(0);
    const { id: channelId } = discord.world.channels.general;
    const source = { generationId: id, index: 0, channelId, messageId: mintId() };
    await expect(reader.fetchPicture(source, never)).rejects.toMatchObject({ sentence: { key: 'image-gone' } });
  });
});

it('reads the pictures of a generation once there is room for them', async () => {
  const generation = await storeFinished(world.store);
  const budget = createByteBudget(100);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const other = budget.run(1, async () => {
    await currentHold()?.take(100);
    await gate.promise;
    order.push('let go');
  });
  const reading = budget.run(1, () => reader.readPictures(generation, never)).then(() => order.push('read'));
  // Longer than it takes to read them.
  for (let times = 0; times < 5; times += 1) await world.store.images.read(generation.id, 'output');
  gate.resolve();
  await Promise.all([other, reading]);
  expect(order).toEqual(['let go', 'read']);
});
