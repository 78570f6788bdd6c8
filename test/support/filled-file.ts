import { openStore, type Store } from '../../src/store/open-store.ts';
import { complete, newGeneration, OFFER_RECORD } from './generations.ts';

/** What was put into a file, to look for it elsewhere. */
export interface FilledFile {
  /** Still open: not all of it is in the main file yet. */
  readonly store: Store;
  /** A finished request with its picture, one that waits, one that was erased. */
  readonly done: string;
  readonly waiting: string;
  readonly erased: string;
  readonly picture: Buffer;
}

/** An embedded file with something in every table. */
export async function fillFile(dataDir: string, requests = 30): Promise<FilledFile> {
  const store = await openStore({ dataDir });
  const picture = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
  const [done, waiting, erased] = [
    await finish(store, 'a “fox” in 東京 🦊\n\u0001', picture),
    await submit(store, 'a wolf'),
    await finish(store, 'a secret', picture),
  ];
  for (let index = 3; index < requests; index += 1)
    await finish(store, `picture ${index}`, picture.subarray(0, index * 1_000));
  await store.generations.erase(erased);
  await store.drafts.keep('draft-1', { prompt: 'half written' });
  await store.turns.take('housekeeping', 1_000);
  await store.offers.record([OFFER_RECORD]);
  return { store, done, waiting, erased, picture };
}

async function submit({ generations }: Store, prompt: string): Promise<string> {
  const base = newGeneration();
  const request = { ...base.request, prompt };
  await generations.submit({ ...base, request }, { waiting: 1_000, priceMicroUsd: 3_000 });
  return base.id;
}

async function finish(store: Store, prompt: string, bytes: Buffer): Promise<string> {
  const id = await submit(store, prompt);
  await store.generations.acknowledge(id, `message-${id}`);
  await store.generations.claim({ owner: 'a', userRunning: 1_000 });
  await store.attempts.open({
    generationId: id,
    provider: 'novita',
    model: 'flux-schnell',
    slots: 1_000,
    priceMicroUsd: 3_000,
  });
  const image = { index: 0, mediaType: 'image/png', width: 640, height: 480, seed: 4_294_967_295, bytes };
  await store.attempts.close(id, 0, { state: 'succeeded', costMicroUsd: 3_000, images: [image] });
  await complete(store, id, 'a');
  return id;
}
