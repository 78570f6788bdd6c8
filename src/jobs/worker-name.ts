import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Where our process number means us: one start of one machine, and of its containers, which each count their processes
 * from 1, one. `undefined`: not Linux, so nobody can tell.
 */
const PLACE = findPlace();

function findPlace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
    return `${boot}/${namespace}`;
  } catch {
    return undefined;
  }
}

/** Names a worker so that another process in the same place can tell whether it still lives. */
export function workerName(unique: string): string {
  return `${PLACE ?? 'somewhere'}:${process.pid}:${unique}`;
}

/** Whether a worker of this place is certainly gone; of one elsewhere nobody can tell. */
export function isDeadWorker(name: string): boolean {
  const [place, pid] = name.split(':');
  if (PLACE === undefined || place !== PLACE) return false;
  // Our own number under another name: a process before us had it.
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return isZombie(Number(pid));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** It has ended, and whoever started it has not looked yet: until then its number is taken. */
function isZombie(pid: number): boolean {
  const [, state] = /\) (\w) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state === 'Z';
}
