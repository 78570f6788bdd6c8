import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isDeadWorker, workerName } from '../../src/jobs/worker-name.ts';

/** Elsewhere nobody can tell who lives. */
const isLinux = process.platform === 'linux';

/** The number of a process that is over. */
async function findFreePid(): Promise<number | undefined> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  return child.pid;
}

describe('a worker’s name', () => {
  it('tells two of one process apart', () => {
    expect(workerName('a')).not.toBe(workerName('b'));
  });

  it.runIf(isLinux)('tells that its process is gone', async () => {
    const [place] = workerName('a').split(':');
    expect(isDeadWorker(`${place}:${await findFreePid()}:a`)).toBe(true);
  });

  it.runIf(isLinux)('tells that its process is gone, whoever has yet to look', async () => {
    // The shell that started it becomes another program, which does not.
    const child = spawn('sh', ['-c', 'true & echo $!; exec sleep 60']);
    onTestFinished(() => void child.kill());
    const [pid] = (await once(child.stdout, 'data')).map(String);
    const [place] = workerName('a').split(':');
    await vi.waitFor(() => expect(isDeadWorker(`${place}:${pid?.trim()}:a`)).toBe(true), { timeout: 20_000 });
  });

  it('tells that its process lives', () => {
    const [place] = workerName('a').split(':');
    expect(isDeadWorker(`${place}:${process.ppid}:a`)).toBe(false);
  });

  it.runIf(isLinux)('with our own number is of a process before us: this one has taken no lease yet', () => {
    expect(isDeadWorker(workerName('a'))).toBe(true);
  });

  it.runIf(isLinux)('of another machine of the same name tells nothing, and before a restart neither', async () => {
    const [place = ''] = workerName('a').split(':');
    const [, namespace] = place.split('/');
    const pid = await findFreePid();
    for (const machine of [hostname(), randomUUID()]) {
      expect(isDeadWorker(`${machine}/${namespace}:${pid}:a`)).toBe(false);
    }
  });

  it.runIf(isLinux)('of another container tells nothing', async () => {
    const [place = ''] = workerName('a').split(':');
    const [machine] = place.split('/');
    expect(isDeadWorker(`${machine}/1:${await findFreePid()}:a`)).toBe(false);
  });
});
