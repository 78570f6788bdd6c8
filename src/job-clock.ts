import { AsyncLocalStorage } from 'node:async_hooks';

/** A timer that is later than this found the whole process standing still. */
const LATE_MS = 1_000;
/** What arrived meanwhile is read within this time. */
const GRACE_MS = 5_000;

export interface GiveUpTimer {
  /** Begins anew. */
  refresh(): void;
  clear(): void;
}

/**
 * The time a job gives to others. It stops while the job waits for something of our own, such as memory: nobody is to
 * be given up for that.
 */
export interface JobClock {
  /** Milliseconds since some moment. */
  now(): number;
  /** How long it has been stopped so far, milliseconds. */
  stoppedMs(): number;
  stop(): void;
  start(): void;
  /**
   * Calls `giveUp` after so many milliseconds. A process that stood still (stopped, swapped out, its machine asleep)
   * finds expired timers and arrived answers at the same moment: then the answers get some seconds more.
   */
  giveUpAfter(ms: number, giveUp: () => void): GiveUpTimer;
}

export function createJobClock(): JobClock {
  const timers = new Set<{ start(): void; stop(): void }>();
  let stoppedMs = 0;
  let stoppedAt: number | undefined;
  const now = () => (stoppedAt ?? performance.now()) - stoppedMs;

  return {
    now,
    stoppedMs: () => performance.now() - now(),
    stop() {
      stoppedAt ??= performance.now();
      for (const timer of timers) timer.stop();
    },
    start() {
      if (stoppedAt === undefined) return;
      stoppedMs += performance.now() - stoppedAt;
      stoppedAt = undefined;
      for (const timer of timers) timer.start();
    },
    giveUpAfter(ms, giveUp) {
      let dueAt = now() + ms;
      let timeout: NodeJS.Timeout | undefined;
      const timer = {
        start() {
          if (stoppedAt === undefined) timeout = setTimeout(check, dueAt - now());
        },
        stop: () => clearTimeout(timeout),
      };
      function clear(): void {
        timer.stop();
        timers.delete(timer);
      }
      function check(): void {
        if (now() - dueAt > LATE_MS) dueAt = now() + GRACE_MS;
        // It may also have begun anew.
        if (now() < dueAt) {
          timer.start();
          return;
        }
        clear();
        giveUp();
      }
      timers.add(timer);
      timer.start();
      return {
        refresh() {
          dueAt = now() + ms;
        },
        clear,
      };
    },
  };
}

const current = new AsyncLocalStorage<JobClock>();
/** Outside of any job nothing of ours is waited for. */
const running = createJobClock();

/** The clock of the job this runs for. Work that others call back, such as a socket's, takes it along from its start. */
export function currentClock(): JobClock {
  return current.getStore() ?? running;
}

/** Runs a job by a clock of its own. */
export function runByClock<Result>(clock: JobClock, job: () => Promise<Result>): Promise<Result> {
  return current.run(clock, job);
}
