import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { openPictureFiles } from '../../src/store/picture-files.ts';
import { newGeneration } from '../support/generations.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-pictures-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function openWorld() {
  const dataDir = await makeFolder();
  const store = await openStore({ dataDir });
  onTestFinished(() => store.close());
  const { id } = newGeneration();
  async function paint(bytes: Buffer): Promise<void> {
    await store.generations.submit({ ...newGeneration(), id }, { waiting: 20 });
    await store.generations.acknowledge(id, 'message');
    await store.generations.claim({ owner: 'a', userRunning: 1 });
    await store.attempts.open({ generationId: id, provider: 'novita', model: 'flux-schnell', slots: 1 });
    const image = { index: 0, mediaType: 'image/png', width: 8, height: 8, bytes };
    await store.attempts.close(id, 0, { state: 'succeeded', images: [image] });
  }
  const list = () => readdir(join(dataDir, 'pictures'));
  return { store, id, paint, list, folder: join(dataDir, 'pictures') };
}

it('writes, reads and removes a file, and leaves one that is there as it is', async () => {
  const files = openPictureFiles(join(await makeFolder(), 'deep'));
  onTestFinished(() => files.close());
  expect(await files.read('one')).toBeUndefined();
  expect(await files.listOlderThan(0)).toEqual([]);
  await files.write('one', Buffer.from('first'));
  await files.write('one', Buffer.from('second'));
  expect((await files.read('one'))?.toString()).toBe('first');
  expect(await files.listOlderThan(-10_000)).toEqual(['one']);
  expect(await files.listOlderThan(3_600_000)).toEqual([]);
  await files.remove(['one', 'none']);
  expect(await files.read('one')).toBeUndefined();
});

it('finds a folder that could not be made before', async () => {
  const folder = await makeFolder();
  const path = join(folder, 'pictures');
  await writeFile(path, '');
  const files = openPictureFiles(path);
  onTestFinished(() => files.close());
  await expect(files.write('one', Buffer.from('bytes'))).rejects.toThrow();
  await rm(path);
  await files.write('one', Buffer.from('bytes'));
  expect((await files.read('one'))?.toString()).toBe('bytes');
});

it('keeps the pictures of the embedded file beside it, and deletes them with what they belong to', async () => {
  const { store, id, paint, list } = await openWorld();
  const bytes = Buffer.alloc(100_000, 7);
  await paint(bytes);
  expect(await list()).toHaveLength(1);
  expect((await store.images.read(id, 'output'))[0]?.bytes.equals(bytes)).toBe(true);
  await store.generations.erase(id);
  expect(await list()).toEqual([]);
  expect(await store.images.read(id, 'output')).toEqual([]);
  expect(await store.images.list(id, 'output')).toHaveLength(1);
});

it('sweeps up what a crash left behind, once it is old, and nothing else', async () => {
  const { store, id, paint, list, folder } = await openWorld();
  await paint(Buffer.from('kept'));
  await writeFile(join(folder, `${id}-output-9-0`), 'never recorded');
  await writeFile(join(folder, '12345-output-0-0'), 'just being written');
  const long = new Date(Date.now() - 7_200_000);
  for (const name of await list()) if (!name.startsWith('12345')) await utimes(join(folder, name), long, long);
  await store.images.sweep();
  expect((await list()).toSorted()).toEqual(['12345-output-0-0', `${id}-output-0-0`].toSorted());
});
