import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mintId, newGeneration } from '../support/generations.ts';
import type { Place, Report, Task } from '../support/store-process.ts';
import {
  createPostgresDatabase,
  createSqliteDatabase,
  TEST_DATABASE_URL,
  type TestDatabase,
} from '../support/stores.ts';

/** A process that has the store open. */
interface Colleague {
  ask(task: Task): Promise<Report>;
}

async function hire(place: Place): Promise<Colleague> {
  const child = fork(new URL('../support/store-process.ts', import.meta.url), [JSON.stringify(place)], {
    execArgv: [],
  });
  onTestFinished(() => leave(child));
  const [opened] = await heard(child);
  expect(opened).toBe('open');
  return {
    async ask(task) {
      child.send(task);
      const [report] = await heard(child);
      return report;
    },
  };
}

/** Its next word; throws when it dies instead. */
async function heard(child: ChildProcess): Promise<[Report]> {
  const stop = new AbortController();
  const died = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`the process ended with code ${code}`);
  });
  try {
    return await Promise.race([once(child, 'message', { signal: stop.signal }) as Promise<[Report]>, died]);
  } finally {
    stop.abort();
    await died.catch(() => {});
  }
}

async function leave(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.send({ do: 'leave' } satisfies Task);
  await gone;
}

const ENGINES: [string, () => Promise<{ database: TestDatabase; place: Place }>][] = [
  [
    'one file',
    async () => {
      const database = await createSqliteDatabase();
      return { database, place: { dataDir: database.dataDir } };
    },
  ],
];
if (TEST_DATABASE_URL !== undefined) {
  ENGINES.push([
    'one PostgreSQL',
    async () => {
      const database = await createPostgresDatabase();
      return { database, place: { dataDir: '', databaseUrl: database.databaseUrl } };
    },
  ]);
}

describe.each(ENGINES)('two processes on %s', (_name, create) => {
  async function start(processes = 2) {
    const { database, place } = await create();
    onTestFinished(() => database.drop());
    const colleagues = await Promise.all(Array.from({ length: processes }, () => hire(place)));
    const store = await database.open();
    onTestFinished(() => store.close());
    return { colleagues, store };
  }

  it('can both be the first to open it', async () => {
    const { store } = await start(3);
    expect(await store.generations.load()).toEqual({ queued: 0, running: 0, delivering: 0 });
  });

  it('take every request exactly once, and never more of a member than they may', async () => {
    const { colleagues, store } = await start();
    const ids: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      const request = newGeneration({ userId: `member-${index % 3}` });
      await store.generations.submit(request, { waiting: 100 });
      await store.generations.acknowledge(request.id, undefined);
      ids.push(request.id);
    }
    const reports = await Promise.all(
      colleagues.map((colleague, index) => colleague.ask({ do: 'work', owner: `w${index}`, userRunning: 1 })),
    );
    const claimed = reports.flatMap((report) =>
      typeof report === 'object' && 'claimed' in report ? report.claimed : [],
    );
    expect(claimed.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(claimed.every(({ running }) => running === 1)).toBe(true);
    expect(await store.generations.load()).toEqual({ queued: 0, running: 0, delivering: 0 });
  });

  it('together let a member have only so many unfinished requests', async () => {
    const { colleagues, store } = await start();
    const reports = await Promise.all(
      colleagues.map((colleague) =>
        colleague.ask({ do: 'submit', ids: Array.from({ length: 20 }, mintId), waiting: 15 }),
      ),
    );
    const kinds = reports.flatMap((report) => (typeof report === 'object' && 'kinds' in report ? report.kinds : []));
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(15);
    expect(kinds.filter((kind) => kind === 'too-many-waiting')).toHaveLength(25);
    expect(await store.generations.load()).toMatchObject({ queued: 15 });
  });
});
