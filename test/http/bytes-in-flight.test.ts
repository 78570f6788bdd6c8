import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent } from 'undici';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createByteBudget, currentHold } from '../../src/http/bytes-in-flight.ts';
import { callHttp } from '../../src/http/call.ts';
import { downloadPicture } from '../../src/http/download-picture.ts';
import { getPaid } from '../../src/http/get-paid.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import { type StandInAnswer, startStandIn } from '../support/stand-ins/stand-in.ts';

/** A job that takes so many bytes at once, says so, and ends when it is told to. */
function startJob(budget: ReturnType<typeof createByteBudget>, bytes: number, pictures = 1) {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let entered = false;
  const done = budget.run(pictures, async () => {
    await currentHold()?.take(bytes);
    entered = true;
    await over;
  });
  return {
    done,
    isIn: () => entered,
    async end() {
      end();
      await done;
      await nextTurn();
    },
  };
}

it('lets jobs in, first come, first served, as far as there is room', async () => {
  const budget = createByteBudget(100);
  const [first, second, large, small] = [60, 40, 50, 10].map((bytes) => startJob(budget, bytes));
  await nextTurn();
  expect([first, second, large, small].map((job) => job?.isIn())).toEqual([true, true, false, false]);
  await second?.end();
  // The small one would fit, and waits its turn.
  expect([large?.isIn(), small?.isIn(), budget.held()]).toEqual([false, false, 60]);
  await first?.end();
  expect([large?.isIn(), small?.isIn(), budget.held()]).toEqual([true, true, 60]);
  await large?.end();
  await small?.end();
  expect(budget.held()).toBe(0);
});

it('gives nothing to what a job left running, and so never lacks it', async () => {
  const budget = createByteBudget(100);
  const left = await budget.run(1, async () => currentHold());
  const job = startJob(budget, 60);
  expect([left?.take(40), left?.take(40), budget.held()]).toEqual([undefined, undefined, 60]);
  await job.end();
  expect(budget.held()).toBe(0);
});

it('makes room for all pictures of a job at once, so that no two jobs wait for each other', async () => {
  const budget = createByteBudget(100);
  const take = (bytes: number) => currentHold()?.take(bytes);
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const four = budget.run(4, async () => {
    await take(20);
    await Promise.all([take(20), take(25), take(20)]);
    expect(budget.held()).toBe(85);
    await over;
  });
  const other = startJob(budget, 30);
  await nextTurn();
  expect(other.isIn()).toBe(false);
  end();
  await four;
  await nextTurn();
  expect(other.isIn()).toBe(true);
  await other.end();
});

it('lets one larger than the whole budget go alone', async () => {
  const budget = createByteBudget(100);
  const small = startJob(budget, 10);
  const huge = startJob(budget, 500);
  await nextTurn();
  expect(huge.isIn()).toBe(false);
  await small.end();
  expect(huge.isIn()).toBe(true);
  await huge.end();
});

it('forgets a job that ends while it waits', async () => {
  const budget = createByteBudget(100);
  const first = startJob(budget, 100);
  const failed = budget.run(1, async () => {
    void currentHold()?.take(100);
    throw new Error('stopped');
  });
  await expect(failed).rejects.toThrow('stopped');
  await first.end();
  expect(budget.held()).toBe(0);
});

it.each([
  ['announced', (response: ServerResponse) => response.setHeader('content-length', 1_000)],
  ['of unknown length', (response: ServerResponse) => response.flushHeaders()],
])('leaves a body %s with its vendor until there is room, and reads it whole then', async (_what, begin) => {
  const server = createServer((_request, response) => {
    begin(response);
    response.end(Buffer.alloc(1_000, 'x'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  const dispatcher = new Agent();
  onTestFinished(async () => {
    await dispatcher.destroy();
    server.close();
  });
  const call = () => {
    const signal = new AbortController().signal;
    return callHttp({ provider: 'Novita', url: `http://127.0.0.1:${port}`, signal, dispatcher, idleMs: 1_000 });
  };
  const budget = createByteBudget(1_500);
  const first = startJob(budget, 1_000);
  let arrived = 0;
  const calling = budget.run(1, async () => {
    arrived = (await call()).body.byteLength;
  });
  // Two more exchanges with the same server have come and gone: the answer is there, and is not read.
  await call();
  await call();
  expect(arrived).toBe(0);
  await first.end();
  await calling;
  expect([arrived, budget.held()]).toEqual([1_000, 0]);
});

const picture = await createPainter('png')(64, 64, 1);
const MINUTE = 60_000;

/** From here on the time of all clocks passes as the test says. */
function holdTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

it.each([
  ['a body', '/picture', (url: string, signal: AbortSignal) => callHttp({ provider: 'Novita', url, signal })],
  [
    'one that is cut and asked for again',
    '/cut',
    (url: string, signal: AbortSignal) => getPaid({ provider: 'Novita', url, signal, backOffMs: [0] }),
  ],
  [
    'a redirect and the picture behind it',
    '/hop',
    (url: string, signal: AbortSignal) =>
      downloadPicture({ provider: 'Novita', url, signal, allowedHosts: [], ownOrigin: new URL(url).origin }),
  ],
])('stops the clocks while %s waits', async (_what, path, read) => {
  const standIn = await startStandIn({
    handle(request): StandInAnswer {
      // Each answer takes a second.
      vi.advanceTimersByTime(1_000);
      return request.path === '/hop'
        ? { status: 302, headers: { location: '/picture' }, body: 'moved' }
        : { headers: { 'content-type': 'image/png' }, body: picture };
    },
  });
  onTestFinished(() => standIn.close());
  standIn.failNext('cut-body', (request) => request.path === '/cut');
  holdTime();
  const budget = createByteBudget(1_000_000);
  const first = startJob(budget, 1_000_000);
  let found: unknown;
  const reading = budget.run(1, async () => {
    found = await read(standIn.url + path, new AbortController().signal);
  });
  while (budget.waiting() === 0) await nextTurn();
  vi.advanceTimersByTime(10 * MINUTE);
  await first.end();
  await reading;
  expect(found).toMatchObject(path === '/hop' ? { bytes: picture } : { status: 200, body: picture });
});

it('lets the clocks run again once there is room', async () => {
  const standIn = await startStandIn({ handle: () => ({ body: picture }) });
  onTestFinished(() => standIn.close());
  standIn.failAlways('stall-in-body');
  holdTime();
  const budget = createByteBudget(1_000_000);
  const first = startJob(budget, 1_000_000);
  const signal = new AbortController().signal;
  const reading = budget.run(1, () => callHttp({ provider: 'Novita', url: standIn.url, signal }));
  const failed = expect(reading).rejects.toMatchObject({ failure: 'timeout' });
  while (budget.waiting() === 0) await nextTurn();
  vi.advanceTimersByTime(10 * MINUTE);
  await first.end();
  vi.advanceTimersByTime(MINUTE);
  await failed;
});
