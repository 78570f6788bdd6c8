import { AsyncLocalStorage } from 'node:async_hooks';
import { createJobClock, runByClock } from '../job-clock.ts';

/*
 * The jobs of a process hold their pictures in memory from the vendor's first byte until Discord has the last one. A
 * budget bounds what they hold together: bodies wait at the vendor's end of the connection instead of piling up here.
 *
 * A job waits once, before its first body, for room for as many pictures of that size as it will have; after that it
 * gets whatever it asks for. So no two jobs wait for each other, and the budget is exceeded by no more than a
 * job's pictures differ in size. While it waits its clock is stopped: the vendor has answered, and the wait is ours.
 */

/** What one job holds. */
interface Hold {
  /** Asks for so many more bytes: a promise of room for them, `undefined` when it is there already. */
  take(bytes: number): Promise<void> | undefined;
}

const current = new AsyncLocalStorage<Hold>();

/** The hold of the job this runs for, whichever vendor's code it is in; `undefined` outside of any. */
export function currentHold(): Hold | undefined {
  return current.getStore();
}

export type ByteBudget = ReturnType<typeof createByteBudget>;

interface Place {
  readonly bytes: number;
  enter(): void;
}

export function createByteBudget(mostBytes: number) {
  const waiting = new Set<Place>();
  let held = 0;

  /** One larger than the whole budget goes alone. */
  function hasRoom(bytes: number): boolean {
    return held === 0 || held + bytes <= mostBytes;
  }

  function letIn(): void {
    for (const place of waiting) {
      if (!hasRoom(place.bytes)) return;
      waiting.delete(place);
      place.enter();
    }
  }

  return {
    /** Bytes held now. */
    held: () => held,
    /** Jobs that wait for room. */
    waiting: () => waiting.size,

    /**
     * Runs a job; what it takes is free again when it ends.
     * @param pictures how many it will have
     */
    async run<Result>(pictures: number, job: () => Promise<Result>): Promise<Result> {
      let taken = 0;
      let granted = 0;
      let ended = false;
      let entering: Promise<void> | undefined;
      let place: Place | undefined;
      const clock = createJobClock();
      function grant(bytes: number): void {
        granted += bytes;
        held += bytes;
      }
      const hold: Hold = {
        take(bytes) {
          // What a job left running, such as a read ahead, outlives it.
          if (ended) return undefined;
          const isFirst = taken === 0;
          taken += bytes;
          if (!isFirst) {
            if (taken > granted && place === undefined) grant(taken - granted);
            return entering;
          }
          const wanted = bytes * pictures;
          if (waiting.size === 0 && hasRoom(wanted)) {
            grant(wanted);
            return undefined;
          }
          const { promise, resolve } = Promise.withResolvers<void>();
          place = {
            bytes: wanted,
            enter() {
              place = undefined;
              entering = undefined;
              clock.start();
              grant(Math.max(wanted, taken));
              resolve();
            },
          };
          waiting.add(place);
          clock.stop();
          entering = promise;
          return promise;
        },
      };
      try {
        return await current.run(hold, () => runByClock(clock, job));
      } finally {
        if (place !== undefined) waiting.delete(place);
        clock.start();
        ended = true;
        held -= granted;
        letIn();
      }
    },
  };
}
