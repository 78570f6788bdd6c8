import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type FetchPicture, keepInitImage } from '../generation/init-image.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';

/** A worker that is free takes the request, and reads its picture, within this time. */
const AFTER_MS = 2_000;
const READ_WITHIN_MS = 30_000;

interface PrefetchOptions {
  store: Pick<Store, 'generations' | 'images'>;
  fetchPicture: FetchPicture;
  log: Logger;
}

/**
 * Reads the picture a waiting request starts from while its link is fresh: Discord deletes what members attach to a
 * command before long. When that fails the worker tries again, and says why.
 */
export function createPrefetch({ store, fetchPicture, log }: PrefetchOptions): (generationId: string) => Promise<void> {
  return async (generationId) => {
    await delay(AFTER_MS, undefined, { ref: false });
    try {
      const generation = await store.generations.find(generationId);
      if (generation?.state !== 'queued' || generation.request.initImage === undefined) return;
      const signal = AbortSignal.timeout(READ_WITHIN_MS);
      await keepInitImage(generationId, 'init', generation.request.initImage, { store, fetchPicture, signal });
    } catch (error) {
      log.debug({ generation: generationId, err: describeError(error) }, 'could not read a picture ahead');
    }
  };
}
