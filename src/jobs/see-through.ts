import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Delivery } from '../discord/deliver.ts';
import { EDIT_WITHIN_MS } from '../discord/edit-progress.ts';
import { BotError } from '../errors.ts';
import { NotNowError, NotOursError } from '../generation/not-now.ts';
import type { CallNotice } from '../generation/paint.ts';
import type { Offer } from '../generation/provider.ts';
import type { Generation } from '../generation/record.ts';
import type { Result } from '../generation/result.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';
import { isPassing, patiently } from '../store/patiently.ts';
import { failureOf, outcomeOf, StoppedError } from './how-it-ended.ts';
import { type NextTry, nextTry, UNTRIED } from './next-try.ts';
import type { ProgressReporter } from './progress.ts';

const RENEW_MS = 10_000;
/**
 * Begun more often than this, it is not begun again: whoever worked on it died, and probably because of it. Tries that
 * failed count too, but they alone never come so far; what was handed back untried does not count.
 */
const MOST_BEGUN = 5;
const PASSING_PAUSE_MS = 500;
const MOST_DELIVERY_PAUSE_MS = 60_000;
/** Claims after which a delivery is given up; with the pauses in between they take a day. */
const MOST_DELIVERY_CLAIMS = 24 * 60;

/** A generation that is over. */
export interface Finished {
  readonly generation: Generation;
  /** `token`, `bot`, or `nowhere`. */
  readonly route: string;
  /** Of its delivered pictures. */
  readonly bytes: number;
}

export interface SeeThroughOptions {
  store: Pick<Store, 'generations' | 'attempts' | 'ledger'>;
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
  progress: Pick<ProgressReporter, 'started' | 'held' | 'offered' | 'calling' | 'settled'>;
  /** Told of each generation once its member has been told. */
  onFinished?: (finished: Finished) => void;
  log: Logger;
  now?: () => number;
  /** 0 … 1, for jitter. */
  random?: () => number;
}

/** Whoever claimed a generation, and is to know how far it is. */
export interface Holder {
  /** Of its lease. */
  readonly owner: string;
  /** Stops the work; the reason is a {@link StoppedError}. */
  readonly stop: AbortController;
  /** It is about to be given away: from here on anyone may claim it. */
  onLeaving(toWaitForSlot?: boolean): void;
  /** No provider works on it any more, long before its pictures are delivered. */
  onPainted(): void;
}

/** What comes of a claim. */
type Ending =
  | { readonly kind: 'over'; readonly result: Result }
  | ({ readonly kind: 'back' } & NextTry)
  /** Someone else has it. */
  | { readonly kind: 'lost' };

/** A generation whose outcome is stored, and what of it is still in memory. */
interface Settled {
  readonly generation: Generation;
  readonly pictures?: Result['pictures'];
}

/**
 * Sees a claimed generation through, from where it is: painting, settling, delivery. It ends finished, back in the
 * queue, or with another owner. Rejects if the database stays away: the lease then runs out.
 */
export function createSeeThrough({
  store,
  generate,
  conclude,
  deliver,
  progress,
  onFinished,
  log,
  now = Date.now,
  random = Math.random,
}: SeeThroughOptions) {
  async function renew(id: string, { owner, stop }: Holder): Promise<void> {
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
  async function paintAndSettle(claimed: Generation, holder: Holder): Promise<Settled | undefined> {
    const { id } = claimed;
    const ending = await paint(claimed, holder);
    if (ending.kind === 'lost') return undefined;
    if (ending.kind === 'back') return handBack(id, ending, holder);
    const { result } = ending;
    if (!(await patiently(() => store.generations.settle(id, holder.owner, result)))) return undefined;
    const generation = await patiently(() => store.generations.find(id));
    return generation === undefined ? undefined : { generation, pictures: result.pictures };
  }

  async function paint(claimed: Generation, { owner, stop: { signal } }: Holder): Promise<Ending> {
    const { id } = claimed;
    let last: Offer | undefined;
    function onCall(notice: CallNotice): void {
      if (notice.priceMicroUsd > 0) last = notice.offer;
      progress.calling(id, notice);
    }
    const onOffer = (notice: CallNotice) => progress.offered(id, notice);
    try {
      if (claimed.claims > MOST_BEGUN) return { kind: 'over', result: await giveUp(claimed, signal) };
      return { kind: 'over', result: await generate(claimed, { owner, signal, onOffer, onCall }) };
    } catch (error) {
      return endingOf(error, claimed, last);
    }
  }

  /** What comes of a claim that ended with an error. */
  async function endingOf(error: unknown, claimed: Generation, last: Offer | undefined): Promise<Ending> {
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
    const next = nextTry(error, claimed, { now: now(), random: random() });
    if (next !== undefined) {
      const pauseMs = next.at - now();
      // Nobody was asked: whatever it waits for was logged when it came about.
      if (error instanceof NotNowError) child.debug({ code: 'wait', pauseMs }, 'waiting for a provider');
      else if (reason instanceof BotError)
        child.warn(
          { code: 'retry', pauseMs, err: describeError(reason), ...reason.detail },
          'provider failed, trying again',
        );
      return { kind: 'back', ...next };
    }
    const calls = await patiently(() => store.attempts.of(id));
    const chargedMicroUsd = await patiently(() => store.ledger.chargedFor(id));
    if (reason instanceof BotError)
      child.info({ code: reason.code, reason: reason.message, ...reason.detail }, 'generation failed');
    else if (!(reason instanceof StoppedError)) child.error({ err: describeError(reason) }, 'generation failed');
    return {
      kind: 'over',
      result: { outcome: outcomeOf(reason), failure: failureOf(reason, id, { calls, chargedMicroUsd, last }) },
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

  /** Back in line, once no word about it is under way any more that could reach its member after a later one. */
  async function handBack(id: string, { at, claim }: NextTry, holder: Holder): Promise<undefined> {
    await progress.settled(id);
    holder.onLeaving(claim.waitsFor !== undefined);
    await patiently(() => store.generations.handBack(id, holder.owner, at, claim));
  }

  async function show({ generation, pictures }: Settled, { owner, onLeaving }: Holder): Promise<void> {
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
      onLeaving();
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

  return async function seeThrough(claimed: Generation, holder: Holder): Promise<void> {
    const { id } = claimed;
    const renewal = setInterval(() => void renew(id, holder), RENEW_MS);
    progress.started(claimed);
    try {
      // Taken over or tried again: its member may have cancelled it meanwhile, before any more is paid.
      if (claimed.claims > 1 && claimed.state === 'running') await renew(id, holder);
      const settled = claimed.state === 'delivering' ? { generation: claimed } : await paintAndSettle(claimed, holder);
      holder.onPainted();
      if (settled !== undefined) await show(settled, holder);
    } finally {
      clearInterval(renewal);
      await progress.settled(id);
    }
  };
}
