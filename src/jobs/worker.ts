import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Delivery } from '../discord/deliver.ts';
import { EDIT_WITHIN_MS } from '../discord/edit-progress.ts';
import { BotError, ProviderFailedError } from '../errors.ts';
import { MEMBER_WAITS_MS } from '../generation/generate.ts';
import { NotNowError, NotOursError } from '../generation/not-now.ts';
import type { CallNotice } from '../generation/paint.ts';
import type { Generation } from '../generation/record.ts';
import type { Result } from '../generation/result.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';
import { isPassing, patiently } from '../store/patiently.ts';
import type { HandBack } from '../store/queue.ts';
import { failureOf, outcomeOf, StoppedError } from './how-it-ended.ts';
import type { ProgressReporter } from './progress.ts';
import { workerName } from './worker-name.ts';

/** Found within this time even when no wake-up came. */
const POLL_MS = 1_000;
const RENEW_MS = 10_000;
/** Deliveries beyond the places for painting: nobody waits for a painter to be told that theirs was cancelled. */
const MOST_BESIDES = 4;
/** Claims at once; on PostgreSQL each takes a connection. */
const MOST_CLAIMS = 8;
/** How often a retryable failure is tried again, with a growing pause in between. */
const MOST_TRIES = 3;
/**
 * Begun more often than this, it is not begun again: whoever worked on it died, and probably because of it. Tries that
 * failed count too, but they alone never come so far; what was handed back untried does not count.
 */
const MOST_BEGUN = 5;
/** Junk where a picture should be may have been billed each time. */
const MOST_UNREADABLE = 2;
const PASSING_PAUSE_MS = 500;
const MOST_DELIVERY_PAUSE_MS = 60_000;
/** Claims after which a delivery is given up; with the pauses in between they take a day. */
const MOST_DELIVERY_CLAIMS = 24 * 60;
/** At a shutdown, once painting was stopped: for telling the members. */
const WIND_UP_MS = 5_000;

/** A generation that is over. */
export interface Finished {
  readonly generation: Generation;
  /** `token`, `bot`, or `nowhere`. */
  readonly route: string;
  /** Of its delivered pictures. */
  readonly bytes: number;
}

export interface WorkerOptions {
  store: Pick<Store, 'generations' | 'attempts' | 'ledger' | 'wakeUps'>;
  generate: (
    generation: Generation,
    call: {
      owner: string;
      signal: AbortSignal;
      onOffer: (notice: CallNotice) => Promise<void>;
      onCall: (notice: CallNotice) => void;
    },
  ) => Promise<Result>;
  /**
   * Closes the calls of a generation that was stopped, and says how it ends by what they left. `undefined`: nobody who
   * charges for it was asked.
   */
  conclude: (generation: Generation) => Promise<Result | undefined>;
  /** `pictures` absent: the store has them. */
  deliver: (generation: Generation, pictures?: Result['pictures']) => Promise<Delivery>;
  /** Runs a generation's work within what this process may hold in memory. */
  hold?: (generation: Generation, work: () => Promise<void>) => Promise<void>;
  progress: Pick<ProgressReporter, 'started' | 'held' | 'offered' | 'calling' | 'settled'>;
  /** Generations in flight in this process. */
  workers: number;
  /** Generations of one member at once, over all processes. */
  userRunning: number;
  /** Calls each provider may have in flight, over all processes. */
  slots?: Readonly<Record<string, number>>;
  /** Told of each generation once its member has been told. */
  onFinished?: (finished: Finished) => void;
  log: Logger;
  now?: () => number;
  /** 0 … 1, for jitter. */
  random?: () => number;
}

const UNTRIED: HandBack = { unclaim: true, unstart: true };

/** When a generation that is handed back may be claimed again, and what of this claim counts. */
interface NextTry {
  readonly at: number;
  readonly claim: HandBack;
}

/** What comes of a claim. */
type Ending =
  | { readonly kind: 'over'; readonly result: Result }
  | ({ readonly kind: 'back' } & NextTry)
  /** Someone else has it. */
  | { readonly kind: 'lost' };

/** A generation this process works on. */
interface Running {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** It is being given away. */
  isLeaving: boolean;
}

/** A generation whose outcome is stored, and what of it is still in memory. */
interface Settled {
  readonly generation: Generation;
  readonly pictures?: Result['pictures'];
}

export type Worker = ReturnType<typeof startWorker>;

/** Takes generations from the queue, paints them and delivers them, until it is stopped. */
export function startWorker({
  store,
  generate,
  conclude,
  deliver,
  hold = (_generation, work) => work(),
  progress,
  workers,
  userRunning,
  slots = {},
  onFinished,
  log,
  now = Date.now,
  random = Math.random,
}: WorkerOptions) {
  const owner = workerName(randomUUID());
  const running = new Map<string, Running>();
  let stopping = false;
  let claiming = false;
  /** Requests that a wake-up told of and nobody here has looked for. */
  let announced = 0;
  /** There may be others: left from before, or waiting for a place or for their member's limit. */
  let unsure = true;
  /** Requests of ours went back to wait for a slot of a provider. */
  let waitsForSlots = false;

  const stopListening = store.wakeUps.listen((topic) => {
    if (topic === 'work') {
      announced += 1;
      void fill();
    } else running.get(topic.slice('cancel:'.length))?.stop.abort(new StoppedError('cancelled'));
  });
  const poll = setInterval(() => look(), POLL_MS);
  poll.unref();

  /** Looks for work that nobody told of. */
  function look(): void {
    unsure = true;
    void fill();
  }

  /** Claims what was announced, and until nothing is left where that is not known, as far as there are places. */
  async function fill(): Promise<void> {
    if (claiming) return;
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
      if (!stopping && running.size >= workers) await deliverBesides();
    } catch (error) {
      unsure = false;
      log.error({ err: describeError(error) }, 'could not claim');
    } finally {
      claiming = false;
    }
  }

  async function deliverBesides(): Promise<void> {
    while (running.size < workers + MOST_BESIDES) {
      const generation = await store.generations.claim({ owner, userRunning, deliveries: true });
      if (generation === undefined) return;
      take(generation);
    }
  }

  function take(generation: Generation): void {
    const ours = running.get(generation.id);
    // Just given away by us: its last steps here come first.
    if (ours?.isLeaving) void ours.done.then(() => (stopping ? undefined : begin(generation)));
    // Still ours: its lease ran out while this process stood still; now it is renewed, and its work goes on.
    else if (ours === undefined) begin(generation);
  }

  /** Claims side by side, so that they share a write to the disk. `false`: there was less than that. */
  async function claimSome(count: number): Promise<boolean> {
    const claims = await Promise.allSettled(
      Array.from({ length: count }, () => store.generations.claim({ owner, userRunning, slots })),
    );
    for (const claim of claims) {
      if (claim.status === 'fulfilled' && claim.value !== undefined) take(claim.value);
    }
    for (const claim of claims) if (claim.status === 'rejected') throw claim.reason;
    return claims.every((claim) => claim.status === 'fulfilled' && claim.value !== undefined);
  }

  function begin(generation: Generation): void {
    const stop = new AbortController();
    const done = hold(generation, () => work(generation, stop))
      .catch((error: unknown) =>
        log.error({ generation: generation.id, err: describeError(error) }, 'generation left to its lease'),
      )
      .finally(() => {
        running.delete(generation.id);
        look();
      });
    running.set(generation.id, { done, stop, isLeaving: false });
  }

  async function work(claimed: Generation, stop: AbortController): Promise<void> {
    const { id } = claimed;
    const renewal = setInterval(() => void renew(id, stop), RENEW_MS);
    progress.started(claimed);
    try {
      // Taken over or tried again: its member may have cancelled it meanwhile, before any more is paid.
      if (claimed.claims > 1 && claimed.state === 'running') await renew(id, stop);
      const settled = claimed.state === 'delivering' ? { generation: claimed } : await paintAndSettle(claimed, stop);
      // A slot is free again, long before its pictures are delivered.
      if (waitsForSlots) look();
      if (settled !== undefined) await show(settled);
    } finally {
      clearInterval(renewal);
      await progress.settled(id);
    }
  }

  async function renew(id: string, stop: AbortController): Promise<void> {
    try {
      await store.attempts.renew(id);
      const renewedAt = now();
      const lease = await store.generations.renew(id, owner);
      if (lease === 'lost') stop.abort(new StoppedError('lease-lost'));
      else progress.held(id, renewedAt);
      if (lease === 'cancel') stop.abort(new StoppedError('cancelled'));
    } catch (error) {
      // The lease outlives two missed renewals; a third and someone else takes over.
      log.warn({ generation: id, err: describeError(error) }, 'could not renew the lease');
    }
  }

  /** Paints and records how it ended. `undefined`: it was handed back, or is someone else's by now. */
  async function paintAndSettle(claimed: Generation, stop: AbortController): Promise<Settled | undefined> {
    const { id } = claimed;
    const ending = await paint(claimed, stop.signal);
    if (ending.kind === 'lost') return undefined;
    if (ending.kind === 'back') return handBack(id, ending.at, ending.claim);
    const { result } = ending;
    if (!(await patiently(() => store.generations.settle(id, owner, result)))) return undefined;
    const generation = await patiently(() => store.generations.find(id));
    return generation === undefined ? undefined : { generation, pictures: result.pictures };
  }

  async function paint(claimed: Generation, signal: AbortSignal): Promise<Ending> {
    const { id } = claimed;
    // The offer that was asked last and may charge for it, and how much.
    let asked: CallNotice | undefined;
    function onCall(notice: CallNotice): void {
      if (notice.priceMicroUsd > 0) {
        const before = asked?.offer === notice.offer ? asked.priceMicroUsd : 0;
        asked = { ...notice, priceMicroUsd: before + notice.priceMicroUsd };
      }
      progress.calling(id, notice);
    }
    const onOffer = (notice: CallNotice) => progress.offered(id, notice);
    try {
      if (claimed.claims > MOST_BEGUN) return { kind: 'over', result: await giveUp(claimed, signal) };
      return { kind: 'over', result: await generate(claimed, { owner, signal, onOffer, onCall }) };
    } catch (error) {
      return endingOf(error, claimed, asked);
    }
  }

  /** What comes of a claim that ended with an error. */
  async function endingOf(error: unknown, claimed: Generation, asked: CallNotice | undefined): Promise<Ending> {
    const { id } = claimed;
    const child = log.child({ generation: id });
    if (error instanceof NotOursError) return { kind: 'lost' };
    if (error instanceof StoppedError && error.reason === 'lease-lost') return { kind: 'lost' };
    if (isPassing(error)) {
      // The database was away. What was painted is kept, and the next claim goes on from there.
      child.warn({ err: describeError(error) }, 'database away, trying again');
      return { kind: 'back', at: now() + PASSING_PAUSE_MS, claim: UNTRIED };
    }
    if (error instanceof StoppedError && error.reason === 'shutdown') {
      const result = await patiently(() => conclude(claimed));
      return result === undefined ? { kind: 'back', at: now(), claim: UNTRIED } : { kind: 'over', result };
    }
    const reason = error instanceof NotNowError ? (error.failure ?? error) : error;
    const next = nextTry(error, claimed);
    if (next !== undefined) {
      const pauseMs = next.at - now();
      if (reason instanceof BotError)
        child.warn({ code: 'retry', pauseMs, err: describeError(reason) }, 'provider failed, trying again');
      return { kind: 'back', ...next };
    }
    const calls = await patiently(() => store.attempts.of(id));
    const charged = await patiently(() => store.ledger.mayBeCharged(id));
    if (reason instanceof BotError)
      child.info({ code: reason.code, reason: reason.message, ...reason.detail }, 'generation failed');
    else if (!(reason instanceof StoppedError)) child.error({ err: describeError(reason) }, 'generation failed');
    return {
      kind: 'over',
      result: { outcome: outcomeOf(reason), failure: failureOf(reason, id, { calls, charged, last: asked }) },
    };
  }

  /** How it ends without being painted: by what its calls left, where any was made. */
  async function giveUp(claimed: Generation, signal: AbortSignal): Promise<Result> {
    const { id, claims } = claimed;
    log.error({ generation: id, claims }, 'given up: its workers died');
    const concluded = await conclude(claimed);
    if (concluded !== undefined) return concluded;
    signal.throwIfAborted();
    return {
      outcome: 'failed',
      failure: { code: 'given-up', sentence: { key: 'given-up', values: { reference: id } } },
    };
  }

  /** From here on anyone may claim it. */
  function leave(id: string): void {
    const ours = running.get(id);
    if (ours !== undefined) ours.isLeaving = true;
  }

  /** Back in line, once no word about it is under way any more that could reach its member after a later one. */
  async function handBack(id: string, availableAt: number, claim: HandBack): Promise<undefined> {
    await progress.settled(id);
    leave(id);
    if (claim.waitsFor !== undefined) waitsForSlots = true;
    await patiently(() => store.generations.handBack(id, owner, availableAt, claim));
  }

  /** `undefined`: this is how it ends. */
  function nextTry(error: unknown, { claims, startedAt }: Generation): NextTry | undefined {
    const time = now();
    const giveUpAt = (startedAt ?? time) + MEMBER_WAITS_MS;
    if (error instanceof NotNowError) {
      const { at, waitsFor, waitsUntil = Number.POSITIVE_INFINITY } = error;
      // In line for a slot as it was for a worker: the time a member waits for an answer has not begun.
      if (error.failure === undefined) return { at, claim: { ...UNTRIED, waitsFor, waitsUntil } };
      if (at > giveUpAt) return undefined;
      // However long the line for that slot is, its member is told in time.
      return { at, claim: { unclaim: true, waitsFor, waitsUntil: Math.min(waitsUntil, giveUpAt) } };
    }
    if (!(error instanceof ProviderFailedError) || !error.retryable) return undefined;
    // Junk where a picture should be may have been billed each time.
    if (claims >= (error.failure === 'unreadable' ? MOST_UNREADABLE : MOST_TRIES)) return undefined;
    // A call that was sent and never answered may well have been painted and billed: asking the same vendor again is
    // for its member to decide. One that was answered with an error was not.
    if (error.failure === 'timeout') return undefined;
    const at = time + (error.retryAfterMs ?? 1_000 * 2 ** claims * (0.5 + random()));
    return at > giveUpAt ? undefined : { at, claim: {} };
  }

  async function show({ generation, pictures }: Settled): Promise<void> {
    const { id } = generation;
    await progress.settled(id);
    // Another process may have been telling this member their place in line a moment ago.
    const overtaken = (generation.progressAt ?? 0) + EDIT_WITHIN_MS - now();
    if (overtaken > 0) await delay(Math.min(overtaken, EDIT_WITHIN_MS));
    const delivery = await deliver(generation, pictures).catch((error: unknown): Delivery => {
      log.error({ generation: id, err: describeError(error) }, 'could not deliver');
      return { kind: 'later', reason: 'an error of ours' };
    });
    if (delivery.kind === 'later' && generation.claims < MOST_DELIVERY_CLAIMS) {
      const pause = Math.min(MOST_DELIVERY_PAUSE_MS, 1_000 * 2 ** Math.min(generation.claims, 6)) * (0.5 + random());
      log.warn({ generation: id, reason: delivery.reason, pauseMs: pause }, 'delivery postponed');
      leave(id);
      await store.generations.postpone(id, owner, now() + pause);
      return;
    }
    await patiently(() =>
      store.generations.finish(id, owner, delivery.kind === 'delivered' ? delivery.messageId : undefined),
    );
    const { painted, createdAt } = generation;
    const delivered = delivery.kind === 'delivered';
    onFinished?.({ generation, route: delivered ? delivery.route : 'nowhere', bytes: delivered ? delivery.bytes : 0 });
    log.info(
      {
        generation: id,
        outcome: generation.outcome,
        delivery: delivery.kind === 'delivered' ? delivery.route : delivery.reason,
        provider: painted?.provider,
        model: painted?.model,
        costMicroUsd: painted?.costMicroUsd,
        paintingMs: painted?.paintingMs,
        totalMs: now() - createdAt,
      },
      'generation finished',
    );
  }

  look();
  return {
    /** Generations in flight here. */
    running: () => running.size,
    /**
     * Takes nothing new and lets running generations finish for up to `graceMs`, then stops them: what no provider
     * was asked for goes back to the queue, the rest ends with the pictures it has, or as `unknown`. What Discord or
     * the database still hold up then is left to its lease.
     */
    async stop(graceMs: number): Promise<void> {
      stopping = true;
      clearInterval(poll);
      stopListening();
      const all = () => Promise.all([...running.values()].map(({ done }) => done));
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
