import { sql } from 'kysely';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { patiently } from '../../src/store/patiently.ts';
import { createLocalWakeUps, type WakeUpTopic } from '../../src/store/wake-ups.ts';
import { newGeneration } from '../support/generations.ts';
import { createPostgresDatabase, type OpenOptions, runSql, TEST_DATABASE_URL } from '../support/stores.ts';
import { until } from '../support/until.ts';

describe('wake-ups in one process', () => {
  it('reach everyone who listens, until they stop', () => {
    const wakeUps = createLocalWakeUps();
    const heard: string[] = [];
    const stop = wakeUps.listen((topic) => heard.push(`first ${topic}`));
    wakeUps.listen((topic) => heard.push(`second ${topic}`));
    wakeUps.send('work');
    stop();
    wakeUps.send('cancel:1');
    expect(heard).toEqual(['first work', 'second work', 'second cancel:1']);
  });

  it('reach nobody once closed', async () => {
    const wakeUps = createLocalWakeUps();
    const listener = vi.fn();
    wakeUps.listen(listener);
    await wakeUps.close();
    wakeUps.send('work');
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('a PostgreSQL that is not there', () => {
  it('is refused with its reason, and nothing goes on trying', async () => {
    const databaseUrl = 'postgres://easel@127.0.0.1:1/easel';
    await expect(openStore({ databaseUrl, dataDir: '' })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe.runIf(TEST_DATABASE_URL !== undefined)('PostgreSQL', () => {
  const LISTENERS = `select pid from pg_stat_activity where datname = current_database() and query = 'listen easel_wake' and state = 'idle'`;

  async function start() {
    const database = await createPostgresDatabase();
    onTestFinished(() => database.drop());
    const { databaseUrl } = database;

    async function open(options: OpenOptions = {}): Promise<Store> {
      const store = await database.open(options);
      onTestFinished(() => store.close());
      return store;
    }

    /** The server processes that listen for wake-ups, but for these, once there are so many. */
    async function listeners(count: number, except: ReadonlySet<number> = new Set()): Promise<number[]> {
      return until(async () => {
        const { rows } = await runSql(databaseUrl, LISTENERS);
        const pids = rows.map((row) => Number(row.pid)).filter((pid) => !except.has(pid));
        expect(pids).toHaveLength(count);
        return pids;
      });
    }

    return { databaseUrl, open, listeners };
  }

  function hear({ wakeUps }: Store): Promise<WakeUpTopic> {
    const { promise, resolve } = Promise.withResolvers<WakeUpTopic>();
    const stop = wakeUps.listen((topic) => {
      stop();
      resolve(topic);
    });
    return promise;
  }

  it('wakes every process at once, the sender among them', async () => {
    const { open, listeners } = await start();
    const [gateway, worker] = [await open(), await open()];
    await listeners(2);
    const heard = Promise.all([hear(gateway), hear(worker)]);
    gateway.wakeUps.send('work');
    expect(await heard).toEqual(['work', 'work']);
    const cancelled = hear(worker);
    gateway.wakeUps.send('cancel:1400000000000000001');
    expect(await cancelled).toBe('cancel:1400000000000000001');
  });

  it('passes on only what it knows', async () => {
    const { databaseUrl, open, listeners } = await start();
    const store = await open();
    await listeners(1);
    const heard = hear(store);
    await runSql(databaseUrl, `select pg_notify('easel_wake', 'nonsense')`);
    store.wakeUps.send('work');
    expect(await heard).toBe('work');
  });

  it('listens anew when its connection was ended, as often as that happens', async () => {
    const { databaseUrl, open, listeners } = await start();
    const store = await open();
    const seen = new Set<number>();
    for (let round = 0; round < 3; round += 1) {
      const [pid] = await listeners(1, seen);
      seen.add(Number(pid));
      const heard = hear(store);
      store.wakeUps.send('work');
      expect(await heard).toBe('work');
      await runSql(databaseUrl, 'select pg_terminate_backend($1)', [pid]);
    }
    await listeners(1, seen);
  });

  it('leaves no connection behind, even when it is closed while it is still connecting', async () => {
    const { databaseUrl, open } = await start();
    const store = await open();
    await store.generations.load();
    await store.close();
    await until(async () => {
      const others =
        'select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
      expect((await runSql(databaseUrl, others)).rows).toEqual([{ count: 0 }]);
    });
  });

  it('goes on after every connection was ended while nobody used it', async () => {
    const lost: Error[] = [];
    const { databaseUrl, open, listeners } = await start();
    const store = await open({ onConnectionError: (error) => lost.push(error) });
    await listeners(1);
    await store.generations.load();
    await runSql(
      databaseUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await until(() => expect(lost.length).toBeGreaterThan(0));
    expect(await store.generations.load()).toEqual({ queued: 0, running: 0, delivering: 0 });
  });

  it.each(['between two statements', 'under a statement'])(
    'loses nothing when a connection ends inside a transaction, %s, and the write is repeated',
    async (moment) => {
      const endings: Promise<unknown>[] = [];
      const { databaseUrl, open } = await start();
      const store = await open({
        async onTransition({ to }, tx) {
          if (to !== 'delivering' || endings.length > 0) return;
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
          endings.push(runSql(databaseUrl, 'select pg_terminate_backend($1, 5000)', [rows[0]?.pid]));
          if (moment === 'between two statements') await Promise.all(endings);
        },
      });
      const made = newGeneration();
      await store.generations.submit(made, { waiting: 20 });
      await store.generations.acknowledge(made.id, undefined);
      await store.generations.claim({ owner: 'a', userRunning: 2 });
      expect(await patiently(() => store.generations.settle(made.id, 'a', { outcome: 'failed' }))).toBe(true);
      expect(await Promise.all(endings)).toHaveLength(1);
      expect(await store.generations.find(made.id)).toMatchObject({ state: 'delivering', outcome: 'failed' });
    },
  );

  it('ends the transaction of a process that froze in it, so that its locks are free again', async () => {
    const { open } = await start();
    const { db } = await open();
    const { rows } =
      await sql`select setting from pg_settings where name = 'idle_in_transaction_session_timeout'`.execute(db);
    expect(rows).toEqual([{ setting: '10000' }]);
  });

  it('reads 64-bit columns as numbers', async () => {
    const { open } = await start();
    const store = await open();
    const made = newGeneration({ createdAt: 1_790_000_000_123 });
    await store.generations.submit(made, { waiting: 20 });
    expect((await store.generations.find(made.id))?.createdAt).toBe(1_790_000_000_123);
  });
});
