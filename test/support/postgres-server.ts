import { execFile } from 'node:child_process';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

/** A PostgreSQL to measure on and to crash things on. */
export interface PostgresServer {
  /** What `interrupt` does, in words. */
  readonly interruption: string;
  /** The URL of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  /** Takes the database away from everyone who uses it, in the middle of their work; it comes back. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** One of our own where PostgreSQL's programs are installed, else the one at `TEST_DATABASE_URL`; `undefined` without either. */
export async function openPostgres(): Promise<PostgresServer | undefined> {
  const programs = await findPrograms();
  if (programs !== undefined) return startOwn(programs);
  const url = process.env.TEST_DATABASE_URL;
  return url === undefined ? undefined : useOther(url);
}

async function findPrograms(): Promise<string | undefined> {
  const versions = existsSync(DEBIAN) ? await readdir(DEBIAN) : [];
  const folders = versions
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(DEBIAN, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

async function startOwn(programs: string): Promise<PostgresServer> {
  // PostgreSQL refuses to run as root.
  const account = process.getuid?.() === 0 ? findAccount('postgres') : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'easel-postgres-'));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const port = await findFreePort();
  const call = (program: string, ...args: string[]) => run(join(programs, program), args, { cwd: folder, ...account });
  const control = (...args: string[]) => call('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), ...args);
  await call('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  await control('-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start');
  const url = `postgres://postgres@127.0.0.1:${port}`;
  return {
    interruption: 'immediate shutdown and restart of the server',
    createDatabase: (name) => createDatabase(`${url}/postgres`, name),
    async interrupt() {
      await control('-m', 'immediate', 'stop');
      await sleep(2_000);
      await control('-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start');
    },
    async close() {
      await control('-m', 'immediate', 'stop');
      await rm(folder, { recursive: true });
    },
  };
}

async function useOther(url: string): Promise<PostgresServer> {
  const created: string[] = [];
  return {
    interruption: 'pg_terminate_backend on all connections, five times',
    async createDatabase(name) {
      const unique = `${name}_${process.pid}`;
      created.push(unique);
      return createDatabase(url, unique);
    },
    async interrupt() {
      for (let round = 0; round < 5; round += 1) {
        await query(url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)`, [created]);
        await sleep(300);
      }
    },
    async close() {
      for (const name of created) await query(url, `drop database if exists "${name}" with (force)`);
    },
  };
}

async function createDatabase(url: string, name: string): Promise<string> {
  await query(url, `create database "${name}"`);
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

function findAccount(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`there is no account ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}

async function findFreePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}
