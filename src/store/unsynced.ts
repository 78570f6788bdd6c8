import { AsyncLocalStorage } from 'node:async_hooks';

const unsynced = new AsyncLocalStorage<true>();

/**
 * Runs writes that nobody outside is told of before a later write has been synced. They need not wait for the disk
 * themselves: logs are written in order, so that a sync brings with it all that was committed before, and a power cut
 * in between takes them back together with all that came after them. A process that dies loses none of them.
 */
export function withoutSync<Result>(write: () => Promise<Result>): Promise<Result> {
  return unsynced.run(true, write);
}

/** Whether the write under way may go without a sync of its own. */
export function isUnsynced(): boolean {
  return unsynced.getStore() === true;
}
