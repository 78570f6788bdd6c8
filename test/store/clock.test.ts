import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { newGeneration } from '../support/generations.ts';
import type { Report, Task } from '../support/store-process.ts';
import { createPostgresDatabase, createSqliteDatabase, TEST_DATABASE_URL } from '../support/stores.ts';

const AHEAD_MS = 40_000;
/** Longer than any machine takes for a test, and less than the clocks are apart. */
const NEARLY_MS = 20_000;

/** From here to the end of the test the clock of this process is wrong. */
function moveClock(): void {
  const time = Date.now();
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ['Date'], now: time + AHEAD_MS });
}

/** The time whatever this process's clock says. */
function trueTime(): number {
  return performance.timeOrigin + performance.now();
}

describe.runIf(TEST_DATABASE_URL !== undefined)('on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  beforeAll(async () => {
    database = await createPostgresDatabase();
  });
  afterAll(() => database.drop());

  it('the time is the database’s, and who runs a machine with another is told', async () => {
    moveClock();
    const told: number[] = [];
    const store = await database.open({ onClockApart: (aheadMs) => void told.push(aheadMs) });
    onTestFinished(() => store.close());
    expect(Math.abs(store.now() - trueTime())).toBeLessThan(NEARLY_MS);
    expect(Number.isInteger(store.now())).toBe(true);
    expect(told).toHaveLength(1);
    expect(Math.abs((told[0] ?? 0) - AHEAD_MS)).toBeLessThan(NEARLY_MS);
  });

  it('nothing is told where the two agree, and a clock that is moved later moves nothing', async () => {
    const told: number[] = [];
    const store = await database.open({ onClockApart: (aheadMs) => void told.push(aheadMs) });
    onTestFinished(() => store.close());
    moveClock();
    expect(Math.abs(store.now() - trueTime())).toBeLessThan(NEARLY_MS);
    expect(told).toEqual([]);
  });

  it('a process whose clock is ahead does not take what another is at work on', async () => {
    const store = await database.open();
    onTestFinished(() => store.close());
    const request = newGeneration();
    await store.generations.submit(request, { waiting: 1 });
    await store.generations.acknowledge(request.id, undefined);
    expect((await store.generations.claim({ owner: 'a', userRunning: 1 }))?.id).toBe(request.id);

    const place = JSON.stringify({ databaseUrl: database.databaseUrl, dataDir: '' });
    const ahead = fork(new URL('../support/store-process.ts', import.meta.url), [place], {
      execArgv: ['--import', new URL('../crash/move-clock.ts', import.meta.url).href],
      env: { ...process.env, CLOCK_AHEAD_MS: String(AHEAD_MS) },
    });
    const gone = once(ahead, 'exit');
    onTestFinished(async () => {
      ahead.kill();
      await gone;
    });
    expect(await once(ahead, 'message')).toMatchObject({ 0: 'open' });
    const answer = once(ahead, 'message');
    ahead.send({ do: 'work', owner: 'b', userRunning: 1 } satisfies Task);
    const [report] = (await answer) as [Report];
    expect(report).toEqual({ claimed: [] });
  });
});

it('on the embedded file the time is this machine’s', async () => {
  moveClock();
  const database = await createSqliteDatabase();
  const store = await database.open();
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  expect(store.now() - trueTime()).toBeGreaterThan(NEARLY_MS);
});
