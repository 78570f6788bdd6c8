import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Generation } from '../generation/record.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';
import { StoppedError } from './how-it-ended.ts';
import type { Holder } from './see-through.ts';
import { workerName } from './worker-name.ts';

/** Found within this time even when no wake-up came. */
const POLL_MS = 1_000;
/** Deliveries beyond the places for painting: nobody waits for a painter to be told that theirs was cancelled. */
const MOST_BESIDES = 4;
/** Claims at once; on PostgreSQL each takes a connection. */
const MOST_CLAIMS = 8;
/**
 * Claimed so often by workers that died, it may be why they did: no two such are begun side by side, so that whichever
 * it is ends its process without using up the others' tries.
 */
const SUSPECT_CLAIMS = 2;
/** At a shutdown, once painting was stopped: for telling the members. */
const WIND_UP_MS = 5_000;

export interface WorkerOptions {
  store: Pick<Store, 'generations' | 'wakeUps'>;
  /** Everything that is to be done for a generation, once it is claimed. */
  seeThrough: (generation: Generation, holder: Holder) => Promise<void>;
  /** Runs a generation's work within what this process may hold in memory. */
  hold?: (generation: Generation, work: () => Promise<void>) => Promise<void>;
  /** Generations in flight in this process. */
  workers: number;
  /** Generations of one member at once, over all processes. */
  userRunning: number;
  /** Calls each provider may have in flight, over all processes. */
  slots?: Readonly<Record<string, number>>;
  log: Logger;
}

/** A generation this process works on. */
interface Running {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  readonly isSuspect: boolean;
  /** It is being given away. */
  isLeaving: boolean;
}

export type Worker = ReturnType<typeof startWorker>;

/** Takes generations from the queue and sees them through, until it is stopped. */
export function startWorker({
  store,
  seeThrough,
  hold = (_generation, work) => work(),
  workers,
  userRunning,
  slots = {},
  log,
}: WorkerOptions) {
  const owner = workerName(randomUUID());
  const running = new Map<string, Running>();
  let stopping = false;
  let claiming = false;
  /** The last look for work; over, or under way. */
  let filling = Promise.resolve();
  /** Requests that a wake-up told of and nobody here has looked for. */
  let announced = 0;
  /** There may be others: left from before, or waiting for a place or for their member's limit. */
  let unsure = true;
  /** Requests of ours went back to wait for a slot of a provider. */
  let waitsForSlots = false;

  const stopListening = store.wakeUps.listen((topic) => {
    if (topic === 'work') {
      announced += 1;
      fill();
    } else running.get(topic.slice('cancel:'.length))?.stop.abort(new StoppedError('cancelled'));
  });
  const poll = setInterval(() => look(), POLL_MS);
  poll.unref();

  /** Looks for work that nobody told of. */
  function look(): void {
    unsure = true;
    fill();
  }

  function fill(): void {
    if (!claiming && !stopping) filling = claimAll();
  }

  /** Claims what was announced, and until nothing is left where that is not known, as far as there are places. */
  async function claimAll(): Promise<void> {
    claiming = true;
    try {
      let atOnce = 1;
      while (!stopping && running.size < workers && (announced > 0 || unsure)) {
        const count = Math.min(Math.max(announced, unsure ? atOnce : 1), MOST_CLAIMS, workers - running.size);
        announced = Math.max(0, announced - count);
        const foundAll = await claimSome(count);
        if (!foundAll) unsure = false;
        atOnce *= 2;
      }
      if (running.size >= workers) await deliverBesides();
    } catch (error) {
      unsure = false;
      log.error({ err: describeError(error) }, 'could not claim');
    } finally {
      claiming = false;
    }
  }

  /** Of what a claim may take: a suspect, while none is here and this claim is `alone` in that. */
  function suspects(alone = true): { begunBelow?: number } {
    const mayTake = alone && ![...running.values()].some(({ isSuspect }) => isSuspect);
    return mayTake ? {} : { begunBelow: SUSPECT_CLAIMS };
  }

  async function deliverBesides(): Promise<void> {
    while (!stopping && running.size < workers + MOST_BESIDES) {
      const generation = await store.generations.claim({ owner, userRunning, deliveries: true, ...suspects() });
      if (generation === undefined) return;
      take(generation);
    }
  }

  function take(generation: Generation): void {
    const ours = running.get(generation.id);
    // Just given away by us: its last steps here come first.
    if (ours?.isLeaving) void ours.done.then(() => begin(generation));
    // Still ours: its lease ran out while this process stood still; now it is renewed, and its work goes on.
    else if (ours === undefined) begin(generation);
  }

  /** Claims side by side, so that they share a write to the disk. `false`: there was less than that. */
  async function claimSome(count: number): Promise<boolean> {
    const claims = await Promise.allSettled(
      Array.from({ length: count }, (_, index) =>
        store.generations.claim({ owner, userRunning, slots, ...suspects(index === 0) }),
      ),
    );
    for (const claim of claims) {
      if (claim.status === 'fulfilled' && claim.value !== undefined) take(claim.value);
    }
    for (const claim of claims) if (claim.status === 'rejected') throw claim.reason;
    return claims.every((claim) => claim.status === 'fulfilled' && claim.value !== undefined);
  }

  function begin(generation: Generation): void {
    const stop = new AbortController();
    // Its claim was under way when we were stopped: nobody is asked to paint it, and it goes back to the others.
    if (stopping) stop.abort(new StoppedError('shutdown'));
    const holder: Holder = {
      owner,
      stop,
      onLeaving(toWaitForSlot = false) {
        ours.isLeaving = true;
        waitsForSlots ||= toWaitForSlot;
      },
      onPainted() {
        if (waitsForSlots) look();
      },
    };
    const done = hold(generation, () => seeThrough(generation, holder))
      .catch((error: unknown) =>
        log.error({ generation: generation.id, err: describeError(error) }, 'generation left to its lease'),
      )
      .finally(() => {
        running.delete(generation.id);
        look();
      });
    const ours: Running = { done, stop, isSuspect: generation.claims > SUSPECT_CLAIMS, isLeaving: false };
    running.set(generation.id, ours);
  }

  look();
  return {
    /** Generations in flight here. */
    running: () => running.size,
    /**
     * Takes nothing new and lets running generations finish for up to `graceMs`, then stops them: what no provider
     * was asked for goes back to the queue, the rest ends with the pictures it has, or as `unknown`. What was just being
     * claimed goes back at once. What Discord or the database still hold up then is left to its lease.
     */
    async stop(graceMs: number): Promise<void> {
      stopping = true;
      clearInterval(poll);
      stopListening();
      const all = async () => {
        await filling;
        while (running.size > 0) await Promise.all([...running.values()].map(({ done }) => done));
      };
      const finished = new AbortController();
      const { signal } = finished;
      const grace = async () => {
        await delay(graceMs, undefined, { signal });
        for (const { stop } of running.values()) stop.abort(new StoppedError('shutdown'));
        await delay(WIND_UP_MS, undefined, { signal });
      };
      await Promise.race([all(), grace()]);
      finished.abort();
    },
  };
}
