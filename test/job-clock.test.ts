import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { callHttp } from '../src/http/call.ts';
import { createJobClock } from '../src/job-clock.ts';

/** Answers after a while, in a thread of its own: it goes on while this one stands still. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => {
    parentPort.postMessage('asked');
    setTimeout(() => response.end(Buffer.alloc(1_500_000, 7)), 50);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** This thread does nothing for so long, as when its process is stopped. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('giving up', () => {
  it('happens after its time, and not once it is cleared', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const giveUp = vi.fn();
    const { giveUpAfter } = createJobClock();
    giveUpAfter(10, giveUp);
    vi.advanceTimersByTime(9);
    expect(giveUp).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledOnce();
    giveUpAfter(10, giveUp).clear();
    vi.advanceTimersByTime(1_000);
    expect(giveUp).toHaveBeenCalledOnce();
  });

  it('waits for what is left of its time while its clock is stopped', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const clock = createJobClock();
    const [first, second, anew] = [vi.fn(), vi.fn(), vi.fn()];
    clock.giveUpAfter(10, first);
    const timer = clock.giveUpAfter(10, anew);
    vi.advanceTimersByTime(4);
    clock.stop();
    clock.giveUpAfter(10, second);
    vi.advanceTimersByTime(60_000);
    expect([first, second, anew].map((giveUp) => giveUp.mock.calls.length)).toEqual([0, 0, 0]);
    clock.start();
    timer.refresh();
    vi.advanceTimersByTime(5);
    expect(first).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(first).toHaveBeenCalledOnce();
    expect([second, anew].map((giveUp) => giveUp.mock.calls.length)).toEqual([0, 0]);
    vi.advanceTimersByTime(4);
    expect([first, second, anew].map((giveUp) => giveUp.mock.calls.length)).toEqual([1, 1, 1]);
    expect([clock.now(), clock.stoppedMs()]).toEqual([performance.now() - 60_000, 60_000]);
  });

  it('leaves an answer its chance that came while the process stood still', async () => {
    const server = new Worker(SERVER, { eval: true });
    onTestFinished(() => void server.terminate());
    const next = () => new Promise<unknown>((resolve) => void server.once('message', resolve));
    const port = await next();
    const asked = next();
    const call = callHttp({
      provider: 'Novita',
      url: `http://127.0.0.1:${port}/`,
      signal: new AbortController().signal,
      deadlineMs: 1_000,
    });
    await asked;
    standStill(3_000);
    expect((await call).body).toHaveLength(1_500_000);
  });
});
