import type { Logger } from 'pino';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';

const EVERY_MS = 10 * 60_000;
/** It looks at every file there is. */
const SWEEP_EVERY_MS = 24 * 3_600_000;
/** An interaction's token is worthless after 15 minutes. Source: Discord docs, Receiving and Responding, 2026-08. */
const TOKEN_MS = 15 * 60_000;
/** A form left open for this long is forgotten. */
const DRAFT_MS = 24 * 3_600_000;

interface HousekeepingOptions {
  store: Pick<Store, 'generations' | 'images' | 'drafts' | 'turns'>;
  imageRetentionHours: number;
  now: () => number;
}

/** Deletes what has served its purpose: expired tokens, delivered pictures, old forms. Harmless to run twice. */
export async function keepHouse({ store, imageRetentionHours, now }: HousekeepingOptions): Promise<void> {
  const time = now();
  await store.drafts.deleteOlderThan(time - DRAFT_MS);
  await store.generations.forget({
    tokensBefore: time - TOKEN_MS,
    imagesBefore: time - imageRetentionHours * 3_600_000,
  });
  if (await store.turns.take('sweep', SWEEP_EVERY_MS)) await store.images.sweep();
}

/** Runs it every ten minutes, in one process of all. @returns what stops it, once a run under way is over */
export function startHousekeeping({ log, ...options }: HousekeepingOptions & { log: Logger }): () => Promise<void> {
  async function run(): Promise<void> {
    try {
      if (await options.store.turns.take('housekeeping', EVERY_MS)) await keepHouse(options);
    } catch (error) {
      log.warn({ err: describeError(error) }, 'housekeeping failed');
    }
  }
  let running = run();
  const timer = setInterval(() => {
    running = run();
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
