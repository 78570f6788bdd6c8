import type { LocalEvent, Waiting } from './contract.ts';

const DEFAULT_WAIT_MS = 20_000;

export interface Events {
  /** Listeners hear of it once the request that caused it is answered and recorded. */
  emit(event: LocalEvent): void;
  /** Something changed that is no event: those who wait look again. */
  nudge(): void;
  subscribe(listener: (event: LocalEvent) => void): () => void;
  /** See `LocalDiscord.until`. `describe` says in the rejection what was there instead. */
  until<Result>(check: () => Result | undefined, options?: Waiting, describe?: () => string): Promise<Result>;
  /** Rejects everyone who still waits. */
  close(): void;
}

interface Waiter {
  look(): void;
  fail(error: Error): void;
}

export function createEvents(): Events {
  const listeners = new Set<(event: LocalEvent) => void>();
  const waiters = new Set<Waiter>();
  let queue: LocalEvent[] = [];
  let isScheduled = false;

  function schedule(): void {
    if (!isScheduled) setImmediate(flush);
    isScheduled = true;
  }

  function flush(): void {
    const events = queue;
    queue = [];
    isScheduled = false;
    for (const event of events) for (const listener of [...listeners]) listener(event);
    for (const waiter of [...waiters]) waiter.look();
  }

  return {
    emit(event) {
      queue.push(event);
      schedule();
    },
    nudge: schedule,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    until<Result>(
      check: () => Result | undefined,
      { withinMs = DEFAULT_WAIT_MS }: Waiting = {},
      describe: () => string = () => '',
    ) {
      return new Promise<Result>((resolve, reject) => {
        const waiter: Waiter = {
          look() {
            try {
              const result = check();
              if (result === undefined) return;
              stop();
              resolve(result);
            } catch (error) {
              waiter.fail(error instanceof Error ? error : new Error(String(error)));
            }
          },
          fail(error) {
            stop();
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          // It may have come true just now, before anybody was told.
          waiter.look();
          if (waiters.has(waiter))
            waiter.fail(new Error(`Nothing came of it within ${withinMs} ms. ${describe()}`.trim()));
        }, withinMs);
        function stop(): void {
          clearTimeout(timer);
          waiters.delete(waiter);
        }
        waiters.add(waiter);
        waiter.look();
      });
    },
    close() {
      for (const waiter of [...waiters]) waiter.fail(new Error('The local Discord was closed.'));
      listeners.clear();
    },
  };
}
