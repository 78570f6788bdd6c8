import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CopyOptions, copyStore } from '../../../src/store/copy/copy-store.ts';
import { openSource } from '../../../src/store/copy/open-source.ts';
import { DataError, NewerDataError, UnfinishedCopyError } from '../../../src/store/data-error.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { buildStore } from '../../../src/store/open-store.ts';
import { createLocalWakeUps } from '../../../src/store/wake-ups.ts';
import { fillFile } from '../../support/filled-file.ts';
import { newGeneration } from '../../support/generations.ts';
import { openPglite, pgliteDialect } from '../../support/stores.ts';

let pglite: PGlite;
beforeAll(async () => {
  pglite = await openPglite();
});
beforeEach(async () => {
  await pglite.exec('drop schema public cascade; create schema public');
});
afterAll(() => pglite.close());

async function makeSource(requests?: number) {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-copy-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const filled = await fillFile(dataDir, requests);
  onTestFinished(() => filled.store.close());
  const source = await openSource(dataDir);
  onTestFinished(() => source.destroy());
  return { ...filled, dataDir, source };
}

async function makeTarget(): Promise<Kysely<unknown>> {
  const target = new Kysely<unknown>({ dialect: pgliteDialect(pglite) });
  await migrate(target, 'postgres');
  return target;
}

function openTarget() {
  return buildStore({ engine: 'postgres', dialect: pgliteDialect(pglite), wakeUps: createLocalWakeUps() });
}

/** A copy that breaks off in the middle of a table. */
async function breakOff(options: Pick<CopyOptions, 'source' | 'target'>, table: string, after = 1): Promise<void> {
  const onProgress: CopyOptions['onProgress'] = (name, rows) => {
    if (name === table && rows >= after) throw new Error('the cable was pulled');
  };
  await expect(copyStore({ ...options, onProgress })).rejects.toThrow('the cable was pulled');
}

describe('copying the embedded file to PostgreSQL', () => {
  it('brings over everything, to the last byte', async () => {
    const { source, store, done, waiting, erased, picture } = await makeSource();
    const { kind, tables } = await copyStore({ source, target: await makeTarget() });
    expect(kind).toBe('copied');
    const copy = await openTarget();
    for (const id of [done, waiting, erased]) {
      expect(await copy.generations.find(id)).toEqual(await store.generations.find(id));
      expect(await copy.attempts.of(id)).toEqual(await store.attempts.of(id));
    }
    expect((await copy.images.read(done, 'output'))[0]?.bytes.equals(picture)).toBe(true);
    expect(await copy.images.read(erased, 'output')).toEqual([]);
    expect(await copy.drafts.find('draft-1')).toEqual({ prompt: 'half written' });
    expect(await copy.offers.all()).toEqual(await store.offers.all());
    expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toMatchObject({
      generations: 30,
      attempts: 29,
      images: 29,
      drafts: 1,
      offers: 1,
      counters: 2,
    });
  });

  it('leaves out no table there is', async () => {
    const { source } = await makeSource(3);
    const target = await makeTarget();
    const { tables } = await copyStore({ source, target });
    const all = (await target.introspection.getTables()).map(({ name }) => name);
    expect(tables.map(({ name }) => name)).toEqual(all.toSorted());
  });

  it('does not change the file', async () => {
    const { source, dataDir, store } = await makeSource(5);
    const before = await readFile(join(dataDir, 'easel.db'));
    const log = await readFile(join(dataDir, 'easel.db-wal'));
    await copyStore({ source, target: await makeTarget() });
    expect((await readFile(join(dataDir, 'easel.db'))).equals(before)).toBe(true);
    expect((await readFile(join(dataDir, 'easel.db-wal'))).equals(log)).toBe(true);
    await expect(sql`delete from generations`.execute(source)).rejects.toThrow(/readonly/);
    expect(await store.generations.load()).toMatchObject({ queued: 1 });
  });

  it('goes on where it was interrupted, without sending anew what had arrived', async () => {
    const { source, done } = await makeSource();
    const target = await makeTarget();
    await breakOff({ source, target }, 'images', 8);
    const written = async () =>
      (
        await sql<{ version: string }>`select xmin::text as version from images where generation_id = ${done}`.execute(
          target,
        )
      ).rows;
    const first = await written();
    expect(first).toHaveLength(1);
    expect((await copyStore({ source, target })).kind).toBe('copied');
    expect(await written()).toEqual(first);
  });

  it('lets no bot start on a copy that was interrupted', async () => {
    const { source } = await makeSource(5);
    const target = await makeTarget();
    await breakOff({ source, target }, 'images');
    await expect(openTarget()).rejects.toThrow(UnfinishedCopyError);
    await copyStore({ source, target });
    expect(await (await openTarget()).generations.load()).toMatchObject({ queued: 1 });
  });

  it('brings up to date what changed, and removes what is gone, since it was interrupted', async () => {
    const { source, store, waiting } = await makeSource(5);
    const target = await makeTarget();
    await breakOff({ source, target }, 'images');
    await store.generations.cancel(waiting);
    await store.drafts.deleteOlderThan(Number.MAX_SAFE_INTEGER);
    const added = newGeneration();
    await store.generations.submit(added, { waiting: 1_000 });
    await copyStore({ source, target });
    const copy = await openTarget();
    expect(await copy.generations.find(waiting)).toMatchObject({ state: 'delivering', outcome: 'cancelled' });
    expect(await copy.generations.find(added.id)).toMatchObject({ state: 'queued' });
    expect(await copy.drafts.find('draft-1')).toBeUndefined();
  });

  it('says so when the target had it all before', async () => {
    const { source } = await makeSource(5);
    const target = await makeTarget();
    const { tables } = await copyStore({ source, target });
    expect(await copyStore({ source, target })).toEqual({ kind: 'already', tables });
  });

  it('refuses a target that holds other data, and leaves it as it is', async () => {
    const { source } = await makeSource(5);
    const target = await makeTarget();
    const other = await openTarget();
    const theirs = newGeneration();
    await other.generations.submit(theirs, { waiting: 20 });
    await expect(copyStore({ source, target })).rejects.toThrow('That database holds other data.');
    expect(await other.generations.find(theirs.id)).toMatchObject({ state: 'queued' });
    expect(await other.drafts.find('draft-1')).toBeUndefined();
  });

  it('refuses a target in which the bot has worked since it was copied', async () => {
    const { source, waiting } = await makeSource(5);
    const target = await makeTarget();
    await copyStore({ source, target });
    const copy = await openTarget();
    await copy.generations.cancel(waiting);
    await expect(copyStore({ source, target })).rejects.toThrow('That database holds other data.');
    expect(await copy.generations.find(waiting)).toMatchObject({ state: 'delivering' });
  });

  it('refuses a target with an unfinished copy of another file', async () => {
    const [one, other] = [await makeSource(5), await makeSource(5)];
    const target = await makeTarget();
    await breakOff({ source: one.source, target }, 'images');
    // Two files made in the same millisecond would pass for one.
    await sql`update kysely_migration set timestamp = '2020-01-01T00:00:00.000Z'`.execute(other.store.db);
    await expect(copyStore({ source: other.source, target })).rejects.toThrow('an unfinished copy of other data');
  });

  it('does not call it done when the bot wrote to the file meanwhile', async () => {
    const { source, store } = await makeSource(5);
    const target = await makeTarget();
    const added = newGeneration();
    let isFirst = true;
    const copying = copyStore({
      source,
      target,
      onProgress: () => {
        if (isFirst) void store.generations.submit(added, { waiting: 1_000 });
        isFirst = false;
      },
    });
    await expect(copying).rejects.toThrow('Easel wrote to the embedded file while it was being copied.');
    await expect(openTarget()).rejects.toThrow(UnfinishedCopyError);
    await copyStore({ source, target });
    expect(await (await openTarget()).generations.find(added.id)).toMatchObject({ state: 'queued' });
  });

  it('finds a row that arrived changed', async () => {
    const { source } = await makeSource(5);
    const target = await makeTarget();
    await pglite.exec(`
      create function garble() returns trigger language plpgsql as 'begin new.bytes := substring(new.bytes from 2); return new; end';
      create trigger garble before insert or update on images for each row when (new.number = 0) execute function garble();
    `);
    await expect(copyStore({ source, target })).rejects.toThrow('The copy differs from the original in: images.');
    await expect(openTarget()).rejects.toThrow(UnfinishedCopyError);
  });

  it('refuses a file of another version', async () => {
    const { source, store } = await makeSource(3);
    const target = await makeTarget();
    const migrations = () =>
      sql<{
        name: string;
        timestamp: string;
      }>`select name, timestamp from kysely_migration order by name desc limit 1`.execute(store.db);
    const last = (await migrations()).rows[0];
    await sql`delete from kysely_migration where name = ${last?.name}`.execute(store.db);
    await expect(copyStore({ source, target })).rejects.toThrow('written by an older Easel');
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01T00:00:00.000Z')`.execute(
      store.db,
    );
    await expect(copyStore({ source, target })).rejects.toThrow(NewerDataError);
    await expect(copyStore({ source, target })).rejects.toThrow(DataError);
  });
});
