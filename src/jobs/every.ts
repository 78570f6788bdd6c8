/** Work that is done again and again. */
export interface Repeated {
  /** Resolves when it was done for the first time. */
  readonly first: Promise<void>;
  /** Ends it; resolves once a run under way is over. */
  stop(): Promise<void>;
}

/**
 * Does the work now and then once in so many milliseconds, never twice at once: what is due while it is under way is
 * skipped.
 * @param work must not reject
 */
export function every(ms: number, work: () => Promise<void>): Repeated {
  let running: Promise<void> | undefined;
  function run(): Promise<void> {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  }
  const first = run();
  const timer = setInterval(() => void run(), ms);
  timer.unref();
  return {
    first,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
