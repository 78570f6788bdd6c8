import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeDataDir } from '../../src/store/data-dir.ts';
import { DataError } from '../../src/store/data-error.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-data-dir-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function failureOf(dataDir: string): unknown {
  try {
    makeDataDir(dataDir);
    return undefined;
  } catch (error) {
    return error;
  }
}

it('makes the folder and those it stands in, and takes one that is there', async () => {
  const folder = join(await makeFolder(), 'a', 'b', 'c');
  makeDataDir(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
  expect(failureOf(folder)).toBeUndefined();
});

it.skipIf(process.platform === 'win32')('lets nobody else of this machine look into what it makes', async () => {
  const folder = join(await makeFolder(), 'a', 'b');
  makeDataDir(folder);
  for (const made of [folder, join(folder, '..')]) expect((await stat(made)).mode & 0o077).toBe(0);
});

it('takes a link to a folder', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'real'));
  await symlink(join(folder, 'real'), join(folder, 'link'));
  expect(failureOf(join(folder, 'link'))).toBeUndefined();
});

it('says that a file is no folder', async () => {
  const file = join(await makeFolder(), 'file');
  await writeFile(file, '');
  expect(failureOf(file)).toEqual(
    new DataError(`DATA_DIR: ${file} is not a folder. Set DATA_DIR to one, or to where one can be made.`),
  );
});

it.each([
  ['a link to nowhere', async (folder: string) => symlink('/nowhere/to/be/found', join(folder, 'data'))],
  ['a folder in a file', async (folder: string) => writeFile(join(folder, 'data'), '').then(() => 'data/inside')],
])('says of %s that it cannot be written', async (_what, make) => {
  const folder = await makeFolder();
  const data = join(folder, (await make(folder)) ?? 'data');
  const error = failureOf(data);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toContain(`DATA_DIR (${data}) cannot be written.`);
});

// Node's own recursive mkdir hangs there.
it.runIf(process.platform === 'linux')(
  'says of a place where nobody may make folders that it cannot be written',
  () => {
    expect(String(failureOf('/proc/easel'))).toContain('DATA_DIR (/proc/easel) cannot be written.');
  },
);
