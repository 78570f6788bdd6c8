import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataError } from '../../src/store/data-error.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { isPassing, patiently } from '../../src/store/patiently.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { newGeneration } from '../support/generations.ts';
import { makeRequest } from '../support/offers.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-file-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir });
  onTestFinished(() => store.close());
  return store;
}

/** Root may write anywhere, so it becomes nobody for this long. */
async function withoutPrivileges<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the embedded file', () => {
  it('is made, with its folder, where there is none', async () => {
    const dataDir = join(await makeFolder(), 'deep', 'down');
    const store = await open(dataDir);
    await store.generations.submit(newGeneration(), { waiting: 20 });
    expect(await readdir(dataDir)).toContain('easel.db');
  });

  it('keeps nothing of what was erased', async () => {
    const dataDir = await makeFolder();
    const store = await open(dataDir);
    const words = (name: string) => makeRequest({ prompt: `${name} `.repeat(400).trim() });
    const kept = newGeneration({ request: words('lighthouse') });
    const erased = newGeneration({ request: words('fox') });
    for (const made of [kept, erased]) await store.generations.submit(made, { waiting: 20 });
    await store.generations.erase(erased.id);
    await store.close();
    const file = await readFile(join(dataDir, 'easel.db'), 'latin1');
    expect(file).toContain('lighthouse lighthouse');
    expect(file).not.toContain('fox fox');
  });

  it('tells nobody of a write before its log is on the disk', async () => {
    const syncs: PromiseWithResolvers<void>[] = [];
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const dialect = await openSqlite(join(await makeFolder(), 'easel.db'), {
      syncLog(log) {
        const sync = Promise.withResolvers<void>();
        syncs.push(sync);
        ask();
        return sync.promise.then(() => log.datasync());
      },
    });
    const db = new Kysely<{ notes: { text: string } }>({ dialect });
    onTestFinished(() => db.destroy());
    const order: string[] = [];
    const write = (text: string) =>
      sql`create table if not exists ${sql.table(text)} (text text)`.execute(db).then(() => order.push(text));

    const first = write('first');
    await asked;
    const others = Promise.all([write('second'), write('third')]);
    // What is read is what was written, synced or not.
    expect((await sql`select name from sqlite_schema`.execute(db)).rows).toHaveLength(3);
    expect(order).toEqual([]);
    syncs[0]?.resolve();
    await first;
    expect(order).toEqual(['first']);
    await expect.poll(() => syncs.length).toBe(2);
    expect(order).toEqual(['first']);
    syncs[1]?.resolve();
    await others;
    expect([order, syncs.length]).toEqual([['first', 'second', 'third'], 2]);
  });

  it('says that a write can be repeated when its log could not be brought to the disk', async () => {
    let broken = true;
    const dialect = await openSqlite(join(await makeFolder(), 'easel.db'), {
      syncLog: (log) => (broken ? Promise.reject(new Error('EIO')) : log.datasync()),
    });
    const db = new Kysely({ dialect });
    onTestFinished(() => db.destroy());
    const write = () => sql`create table if not exists notes (text text)`.execute(db);
    expect(isPassing(await write().catch((error: unknown) => error))).toBe(true);
    broken = false;
    await write();
  });

  it('in a folder nobody may write to is refused in plain words', async () => {
    const dataDir = await makeFolder();
    await chmod(dataDir, 0o555);
    await withoutPrivileges(async () => {
      await expect(openStore({ dataDir })).rejects.toThrow(DataError);
      await expect(openStore({ dataDir })).rejects.toThrow(`DATA_DIR (${dataDir}) cannot be written.`);
      await expect(openStore({ dataDir: join(dataDir, 'below') })).rejects.toThrow('cannot be written.');
    });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('that may only be read is refused in plain words, and stays as it is', async () => {
    const dataDir = await makeFolder();
    const first = await openStore({ dataDir });
    await first.close();
    const file = join(dataDir, 'easel.db');
    const before = await readFile(file);
    await chmod(file, 0o444);
    await chmod(dataDir, 0o755);
    await withoutPrivileges(async () => {
      await expect(openStore({ dataDir })).rejects.toThrow('cannot be written.');
    });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('that is a folder, or whose folder is a file, is refused in plain words', async () => {
    const dataDir = await makeFolder();
    await mkdir(join(dataDir, 'easel.db'));
    await expect(openStore({ dataDir })).rejects.toThrow('cannot be written.');
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await expect(openStore({ dataDir: file })).rejects.toThrow('is not a folder');
    await expect(openStore({ dataDir: join(file, 'below') })).rejects.toThrow('cannot be written.');
  });

  it.each([
    ['no database at all', () => Buffer.from('Once upon a time, '.repeat(1_000))],
    ['a header with nothing behind it', (whole: Buffer) => whole.subarray(0, 100)],
    ['cut in the middle', (whole: Buffer) => whole.subarray(0, 8_192)],
    [
      'garbage behind its header',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xa5)]),
    ],
  ])('that is %s is refused in plain words, and nothing is overwritten', async (_what, damage) => {
    const dataDir = await makeFolder();
    const file = join(dataDir, 'easel.db');
    const whole = await openStore({ dataDir });
    await whole.generations.submit(newGeneration(), { waiting: 20 });
    await whole.close();
    const damaged = damage(await readFile(file));
    await writeFile(file, damaged);
    await expect(openStore({ dataDir })).rejects.toThrow(DataError);
    await expect(openStore({ dataDir })).rejects.toThrow('is damaged, or is not Easel');
    expect((await readFile(file)).equals(damaged)).toBe(true);
  });

  it('on a full disk takes nothing by halves, and goes on once there is room', async () => {
    const store = await open(await makeFolder());
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store.db);
    const limitPages = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(store.db);
    await limitPages(Number(rows[0]?.page_count));
    const { generations, attempts, images } = store;
    const { kind } = await attempts.open({ generationId: 'one', provider: 'novita', model: 'flux-schnell', slots: 1 });
    expect(kind).toBe('opened');
    const picture = { index: 0, mediaType: 'image/png', width: 8, height: 8, bytes: Buffer.alloc(200_000, 1) };
    const reference = 'job '.repeat(50_000);
    const close = () =>
      attempts.close('one', 0, { state: 'succeeded', costMicroUsd: 3_000, reference, images: [picture] });
    const refused = await close().catch((error: unknown) => error);
    expect(isPassing(refused)).toBe(true);
    expect(await attempts.of('one')).toMatchObject([{ state: 'open', costMicroUsd: 0 }]);
    expect(await images.list('one', 'output')).toEqual([]);

    let tries = 0;
    await patiently(async () => {
      tries += 1;
      if (tries === 2) await limitPages(1_000_000);
      await close();
    });
    expect(tries).toBe(2);
    expect((await images.read('one', 'output'))[0]?.bytes.equals(picture.bytes)).toBe(true);
    expect(await generations.submit(newGeneration(), { waiting: 20 })).toMatchObject({ kind: 'accepted' });
  });
});
