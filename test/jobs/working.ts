import { expect, onTestFinished } from 'vitest';
import type { Delivery } from '../../src/discord/deliver.ts';
import type { CallNotice } from '../../src/generation/paint.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { Result } from '../../src/generation/result.ts';
import { createSeeThrough, type Finished, type SeeThroughOptions } from '../../src/jobs/see-through.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../src/jobs/worker.ts';
import { createLog } from '../../src/log.ts';
import { PAINTED } from '../support/generations.ts';
import { createLogBook, type LogBook } from '../support/log-book.ts';
import { makeOffer } from '../support/offers.ts';
import type { StoreWorld } from '../support/store-world.ts';

export const DONE: Result = { outcome: 'done', painted: PAINTED };
/** A call that costs 0.3 cents. */
export const PAID: CallNotice = { offer: makeOffer(), count: 1, priceMicroUsd: 3_000 };

type Generate = SeeThroughOptions['generate'];

export interface WorkerWorld {
  readonly worker: Worker;
  readonly log: LogBook;
  /** Ids, in the order their painting began. */
  readonly painted: readonly string[];
  /** What was delivered, in order. */
  readonly delivered: readonly Generation[];
  /** What the worker told of progress: `started 1`, `calling 1`, `settled 1`. */
  readonly told: readonly string[];
  readonly finished: readonly Finished[];
  /** Resolves when this generation is over. */
  over(id: string): Promise<Finished>;
}

/** A worker that paints and delivers as it is told, on the store of a world. It stops with the test. */
export function employ(
  { store, clock }: Pick<StoreWorld, 'store' | 'clock'>,
  {
    generate = async () => DONE,
    conclude = async () => undefined,
    deliver = async () => ({ kind: 'delivered', messageId: 'message', route: 'token', bytes: 3 }),
    random = () => 0.5,
    ...options
  }: Partial<
    Pick<SeeThroughOptions, 'generate' | 'conclude' | 'deliver' | 'random'> &
      Pick<WorkerOptions, 'slots' | 'workers' | 'userRunning'>
  > = {},
): WorkerWorld {
  const log = createLogBook();
  const painted: string[] = [];
  const delivered: Generation[] = [];
  const told: string[] = [];
  const finished: Finished[] = [];
  const note = (what: string) => (of: Generation | string) => {
    told.push(`${what} ${typeof of === 'string' ? of : of.id}`);
  };
  const seeThrough = createSeeThrough({
    store,
    random,
    conclude,
    generate(generation, call) {
      painted.push(generation.id);
      return generate(generation, call);
    },
    deliver(generation): Promise<Delivery> {
      delivered.push(generation);
      return deliver(generation);
    },
    progress: {
      started: note('started'),
      held: note('held'),
      offered: async (id) => note('offered')(id),
      calling: note('calling'),
      settled: async (id) => note('settled')(id),
    },
    onFinished: (one) => finished.push(one),
    log: createLog('info', log),
    now: clock.now,
  });
  const worker = startWorker({
    store,
    seeThrough,
    workers: 4,
    userRunning: 4,
    ...options,
    log: createLog('info', log),
  });
  onTestFinished(() => worker.stop(0));
  return {
    worker,
    log,
    painted,
    delivered,
    told,
    finished,
    async over(id) {
      await log.find({ msg: 'generation finished', generation: id });
      const found = finished.find(({ generation }) => generation.id === id);
      if (found === undefined) throw new Error(`${id} is not over`);
      return found;
    },
  };
}

/** A `generate` that waits at a gate, so that a test can look while it paints. */
export function createGate(generate: Generate = async () => DONE) {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const waiting: { at: number; resolve: () => void }[] = [];
  const gated: Generate = async (generation, call) => {
    begun += 1;
    for (const { at, resolve } of waiting) if (begun >= at) resolve();
    await Promise.race([gate.promise, aborted(call.signal)]);
    return generate(generation, call);
  };
  return {
    generate: gated,
    open: gate.resolve,
    /** Resolves when so many wait at it. */
    async reached(count = 1): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ at: count, resolve });
      if (begun >= count) resolve();
      await promise;
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** What a generation is now; it must be there. */
export async function look({ store }: Pick<StoreWorld, 'store'>, id: string): Promise<Generation> {
  const found = await store.generations.find(id);
  expect(found).toBeDefined();
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}
