import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fillFile } from '../../support/filled-file.ts';
import { createPostgresDatabase, runSql, TEST_DATABASE_URL } from '../../support/stores.ts';

const COMMAND = fileURLToPath(new URL('../../../src/db-copy.ts', import.meta.url));

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-db-copy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function start(dataDir: string, to: readonly string[]): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...to], { env: { DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(dataDir: string, ...to: string[]): Promise<{ code: number; out: string; error: string }> {
  const child = start(dataDir, to);
  const [out, error, [code]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: Number(code), out, error };
}

async function makeFile(requests?: number) {
  const dataDir = await makeFolder();
  const { store, ...filled } = await fillFile(dataDir, requests);
  await store.close();
  return { dataDir, ...filled };
}

describe('the command db:copy', () => {
  it.each([
    ['no target', [], 'Say where to copy to.'],
    ['a target that is no PostgreSQL', ['--to', 'mysql://localhost/easel'], '--to must be a postgres:// address;'],
    ['an argument it does not know', ['--from', 'here'], 'Usage: npm run db:copy'],
  ])('explains itself when it is given %s', async (_what, given, sentence) => {
    const { code, out, error } = await run(await makeFolder(), ...given);
    expect([code, out]).toEqual([1, '']);
    expect(error).toContain(sentence);
    expect(error).toContain('Usage: npm run db:copy -- --to postgres://');
  });

  it('says so when there is nothing to copy', async () => {
    const dataDir = await makeFolder();
    const { code, error } = await run(dataDir, '--to', 'postgres://127.0.0.1:1/easel');
    expect([code, error]).toEqual([1, `There is no easel.db in DATA_DIR (${dataDir}): nothing to copy.\n`]);
  });

  it('does not copy what an Easel has open, be it idle', async () => {
    const dataDir = await makeFolder();
    const { store } = await fillFile(dataDir, 3);
    onTestFinished(() => store.close());
    const { code, error } = await run(dataDir, '--to', 'postgres://127.0.0.1:1/easel');
    expect([code, error]).toEqual([1, 'Another Easel has that file open. Stop it, then run the same command again.\n']);
  });

  it('says so when the file is damaged', async () => {
    const dataDir = await makeFolder();
    await writeFile(join(dataDir, 'easel.db'), 'Once upon a time, '.repeat(1_000));
    const { code, error } = await run(dataDir, '--to', 'postgres://127.0.0.1:1/easel');
    expect(code).toBe(1);
    expect(error).toContain('is damaged, or is not Easel');
  });

  it('says so when the server cannot be reached, and keeps the password to itself', async () => {
    const { dataDir } = await makeFile(3);
    const { code, out, error } = await run(dataDir, '--to', 'postgres://easel:hunter2@127.0.0.1:1/easel');
    expect(code).toBe(1);
    expect(error).toContain('PostgreSQL cannot be reached');
    expect(out + error).not.toContain('hunter2');
  });
});

describe.runIf(TEST_DATABASE_URL !== undefined)('the command db:copy, to a server', () => {
  async function makeTarget() {
    const database = await createPostgresDatabase();
    onTestFinished(() => database.drop());
    return database;
  }

  it('copies, compares and says both, and a second time that it is all there', async () => {
    const { dataDir, done, picture } = await makeFile();
    const target = await makeTarget();
    const before = await readFile(join(dataDir, 'easel.db'));
    const first = await run(dataDir, '--to', target.databaseUrl);
    expect([first.code, first.error]).toEqual([0, '']);
    expect(first.out).toMatch(/generations +30 rows {2}SHA-256 [0-9a-f]{64}/);
    expect(first.out).toContain('Copied and compared: both hold the same.');
    const second = await run(dataDir, '--to', target.databaseUrl);
    expect([second.code, second.error]).toEqual([0, '']);
    expect(second.out).toContain('That database holds it all already.');
    expect((await readFile(join(dataDir, 'easel.db'))).equals(before)).toBe(true);

    const copy = await target.open();
    onTestFinished(() => copy.close());
    expect((await copy.images.read(done, 'output'))[0]?.bytes.equals(picture)).toBe(true);
    expect(await copy.generations.claim({ owner: 'a', userRunning: 2 })).toBeUndefined();
  });

  it('goes on after it was killed in the middle', async () => {
    const { dataDir, done, picture } = await makeFile();
    const target = await makeTarget();
    const { databaseUrl } = target;
    // Holds the copy where it comes to the pictures, so that it dies there.
    await (await target.open()).close();
    await runSql(
      databaseUrl,
      `
      create function hold() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(42); return new; end';
      create trigger hold before insert on images for each row when (new.generation_id <> '${done}') execute function hold();
    `,
    );
    const ours = await holdLock(databaseUrl);
    const child = start(dataDir, ['--to', databaseUrl]);
    const waiting = `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    await vi.waitFor(async () => expect((await runSql(databaseUrl, waiting)).rows).toEqual([{ count: 1 }]), 20_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await ours.release();
    await expect(target.open()).rejects.toThrow('an unfinished copy');
    await vi.waitFor(async () => expect((await runSql(databaseUrl, waiting)).rows).toEqual([{ count: 0 }]), 20_000);

    expect(await run(dataDir, '--to', databaseUrl)).toMatchObject({ code: 0, error: '' });
    const copy = await target.open();
    onTestFinished(() => copy.close());
    expect((await copy.images.read(done, 'output'))[0]?.bytes.equals(picture)).toBe(true);
  });

  it('refuses a database with other data', async () => {
    const { dataDir } = await makeFile(3);
    const target = await makeTarget();
    const other = await target.open();
    await other.drafts.keep('theirs', {});
    await other.close();
    const { code, error } = await run(dataDir, '--to', target.databaseUrl);
    expect([code, error]).toEqual([
      1,
      'That database holds other data. Name an empty one; nothing was changed there.\n',
    ]);
  });

  it('does not run twice at once', async () => {
    const { dataDir } = await makeFile(3);
    const target = await makeTarget();
    const ours = await holdLock(target.databaseUrl, 4_711_202_611);
    const { code, error } = await run(dataDir, '--to', target.databaseUrl);
    await ours.release();
    expect([code, error]).toEqual([1, 'Another copy into that database is under way.\n']);
  });

  it('says so when there is no such database', async () => {
    const { dataDir } = await makeFile(3);
    const target = await makeTarget();
    const { code, error } = await run(dataDir, '--to', `${target.databaseUrl}_missing`);
    expect([code, error]).toEqual([
      1,
      '--to: There is no such database on that server. Create it, or name another one.\n',
    ]);
  });

  /** Holds an advisory lock on a connection of its own until it is told to let go. */
  async function holdLock(databaseUrl: string, key = 42): Promise<{ release: () => Promise<void> }> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [key]);
    return { release: () => client.end() };
  }
});
