import { type BusyError, ProviderFailedError, RejectedError } from '../errors.ts';
import { type CallResult, callOffer, type InitImageAt } from './call-offer.ts';
import { chooseOffers } from './choose-offer.ts';
import { fitSize } from './fit-size.ts';
import { lookAgain, type NotNowError, NotOursError, waitForOffer, waitForPace, waitForSlot } from './not-now.ts';
import { type BatchOutcome, type FailedOffer, PaintRun } from './paint-run.ts';
import type { ImageProvider, Offer } from './provider.ts';
import type { AspectRatio, GenerationRequest } from './request.ts';
import { priceOf, type RankedOffer, type Router } from './router.ts';

export type CallOpening =
  | { readonly kind: 'opened'; readonly number: number }
  | { readonly kind: 'no-slot' | 'resting' }
  | { readonly kind: 'not-ours' }
  | { readonly kind: 'over-budget'; readonly error: BusyError };

/**
 * Where calls are recorded. `open` is awaited before a provider is asked and `succeeded` or `failed` before the answer
 * is used, so that a crash in between leaves a trace of what may have been paid.
 */
export interface CallBook {
  /**
   * @param count pictures the call is for
   * @param priceMicroUsd what it will cost
   */
  open(offer: Offer, count: number, priceMicroUsd: number): Promise<CallOpening>;
  reference(call: number, reference: string): Promise<void>;
  succeeded(call: number, result: CallResult): Promise<void>;
  failed(call: number, error: unknown): Promise<void>;
}

/** Which offer is about to be asked, or is asked now. */
export interface CallNotice {
  readonly offer: Offer;
  /** The one that failed before it. */
  readonly instead?: FailedOffer;
  /** Pictures: of an offer all that are missing, of a call those it is for. */
  readonly count: number;
  /** Of all of them. */
  readonly priceMicroUsd: number;
}

export interface PaintOptions {
  request: GenerationRequest;
  /** The request's aspect, or the init image's. */
  aspect: AspectRatio;
  providers: readonly ImageProvider[];
  router: Pick<Router, 'rank'>;
  initImageAt?: InitImageAt;
  /** Pictures an earlier run has already brought. */
  have?: ReadonlySet<number>;
  /** How many others an earlier run asked for, and a safety filter held back. */
  withheld?: number;
  /** Offers that may be asked at all; absent: every one. */
  allows?: ((offer: Offer) => boolean) | undefined;
  /** Offers an earlier run asked in vain, and that are not asked again where others can be. */
  spent?: (offer: Offer) => boolean;
  /** An earlier run asked somebody in vain. */
  asked?: boolean;
  endUser?: string;
  book: CallBook;
  signal: AbortSignal;
  /** When the member should have an answer, milliseconds since 1970. */
  deadlineAt: number;
  now: () => number;
  /** Awaited before an offer is asked for anything, while nothing is reserved or spent. */
  onOffer?: ((notice: CallNotice) => Promise<void>) | undefined;
  /** Told of each call as it is made. */
  onCall?: ((notice: CallNotice) => void) | undefined;
}

export interface PaintReport {
  readonly withheld: number;
  readonly missing: number;
  /** The offer of the last call that brought pictures, and why it was chosen; absent when none was needed. */
  readonly chosen?: RankedOffer;
}

/** Enough for any hosted model. */
const CALL_MS = 60_000;
/** What a call gets even at the end of the time a member should wait. */
const LEAST_CALL_MS = 5_000;
/** What is left of that time to the next offer, while there is one: enough for a hosted model. */
const NEXT_CALL_MS = 20_000;

/**
 * Paints what a request asks for: the best offer is asked for all of it, in as few calls as it allows and as many at
 * once as it is trusted with; what it fails to bring the next best is asked for.
 *
 * Throws `InvalidInputError` when no offer can do it, `RejectedError` when all of it was refused, `NotNowError`,
 * `NotOursError`, `BusyError` when the money does not reach, `ProviderFailedError` when no picture came, or the
 * signal's reason.
 */
export async function paint(options: PaintOptions): Promise<PaintReport> {
  const { request, aspect, router, have = new Set<number>(), withheld: before = 0, asked = false } = options;
  const { deadlineAt, now } = options;
  const candidates = findCandidates(options);
  const run = new PaintRun(request.count, have, before);
  let ranked: RankedOffer[] = [];
  while (run.missing.length > 0 && !run.isRefused && (run.failed === undefined || now() < deadlineAt)) {
    ranked = await router.rank(candidates, request, aspect);
    const askable = ranked.filter(({ offer, notBefore }) => notBefore <= now() && run.mayAsk(offer));
    const [best] = askable;
    if (best === undefined) break;
    const wave = batches(run.missing, best.offer.imagesPerCall).slice(0, Math.max(1, best.atOnce));
    const notice = noticeOf(best.offer);
    await options.onOffer?.(notice);
    const patienceMs = patienceFor(best, askable.length > 1, deadlineAt - now());
    const calls = wave.map((indices) => ask({ ...options, notice, indices, patienceMs }));
    run.take(best, wave, await all(calls));
  }

  const { brought, withheld, missing, failures, refusal, overBudget, chosen } = run;
  if (brought === 0 && refusal !== undefined) throw refusal.error;
  if (missing.length > 0 && refusal === undefined) {
    const wait = reasonToWait();
    if (brought === 0) throw wait ?? mostHopeful(failures) ?? overBudget;
    if (wait !== undefined && wait.at < deadlineAt) throw wait;
  }
  return {
    withheld,
    missing: Math.max(0, request.count - brought - withheld),
    chosen,
  };

  function noticeOf(offer: Offer): CallNotice {
    return {
      offer,
      count: run.missing.length,
      priceMicroUsd: priceOf(offer, request, aspect) * run.missing.length,
      instead: run.failed,
    };
  }

  /** Why it is worth coming back soon, beyond what failed. */
  function reasonToWait(): NotNowError | undefined {
    const time = now();
    const busy = run.passedFor('no-slot');
    const onTrial = run.passedFor('resting');
    const inVain = run.passedFor('failed');
    const failure = mostHopeful(failures);
    const resting = ranked.filter(({ offer, notBefore }) => onTrial.includes(offer) || notBefore > time);
    if (busy.length > 0) {
      const failed = ranked.filter(({ offer }) => inVain.includes(offer)).filter((one) => !resting.includes(one));
      return waitForSlot(busy, { resting, failed, failure, asked }, time);
    }
    if (failure === undefined) return waitForOffer(resting, time);
    if (onTrial.length > 0) return lookAgain(time, failure);
    // Who brought some of them was only asked too fast. With nothing at all, the failure itself says when to try again.
    const tooFast = run.brought === 0 ? undefined : failures.find((one) => one.failure === 'rate-limited');
    return tooFast === undefined ? undefined : waitForPace(tooFast, time);
  }
}

function findCandidates({
  request,
  providers,
  allows = () => true,
  spent = () => false,
}: PaintOptions): readonly Offer[] {
  const able = chooseOffers(
    request,
    providers.flatMap((provider) => provider.offers.filter(allows)),
  );
  const unspent = able.filter((offer) => !spent(offer));
  return unspent.length === 0 ? able : unspent;
}

/** Consecutive indices, at most `most` together. */
function batches(indices: readonly number[], most: number): number[][] {
  const found: number[][] = [];
  for (const index of indices) {
    const last = found.at(-1);
    if (last !== undefined && last.length < most && last.at(-1) === index - 1) last.push(index);
    else found.push([index]);
  }
  return found;
}

/**
 * How long a call may take, milliseconds. Nobody waits for one that hangs while another offer could still be in time;
 * the last one, or the only one, has as long as it needs.
 * @param leftMs until the member should have an answer
 */
export function patienceFor({ offer, patienceMs }: RankedOffer, others: boolean, leftMs: number): number {
  if (others) return Math.min(patienceMs, Math.max(LEAST_CALL_MS, leftMs - NEXT_CALL_MS));
  return offer.patienceMs ?? Math.min(CALL_MS, Math.max(LEAST_CALL_MS, leftMs));
}

/** Waits for all of them, then throws what the first of them threw. */
async function all<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

interface AskOptions extends PaintOptions {
  notice: CallNotice;
  indices: readonly number[];
  patienceMs: number;
}

/** One call, recorded before it is made and when it is over. */
async function ask({ notice, indices, patienceMs, ...options }: AskOptions): Promise<BatchOutcome> {
  const { offer } = notice;
  const { request, aspect, providers, initImageAt, endUser, book, signal, onCall } = options;
  signal.throwIfAborted();
  const provider = providers.find(({ id }) => id === offer.provider);
  if (provider === undefined) throw new TypeError(`an offer of nobody: ${offer.provider}`);
  const start = (await initImageAt?.(fitSize(offer.sizes, aspect))) ?? {};
  const priceMicroUsd = priceOf(offer, request, aspect) * indices.length;
  const opening = await book.open(offer, indices.length, priceMicroUsd);
  if (opening.kind === 'not-ours') throw new NotOursError();
  if (opening.kind !== 'opened') return opening;
  onCall?.({ ...notice, count: indices.length, priceMicroUsd });
  const { number } = opening;
  try {
    const onReference = (reference: string) => book.reference(number, reference);
    const call = { provider, offer, request, aspect, indices, start, endUser, signal, patienceMs, onReference };
    const result = await callOffer(call);
    await book.succeeded(number, result);
    return { kind: 'brought', pictures: result.pictures.length, withheld: result.withheld };
  } catch (error) {
    await book.failed(number, error);
    signal.throwIfAborted();
    if (error instanceof RejectedError) return { kind: 'rejected', error };
    if (error instanceof ProviderFailedError) return { kind: 'failed', error };
    throw error;
  }
}

/** Of several failures the one that may pass soonest: it decides whether, and when, to try again. */
function mostHopeful(failures: readonly ProviderFailedError[]): ProviderFailedError | undefined {
  const delay = ({ failure, retryable, retryAfterMs = 0 }: ProviderFailedError) =>
    retryable && failure !== 'timeout' ? retryAfterMs : Number.MAX_VALUE;
  return failures.toSorted((one, other) => delay(one) - delay(other))[0];
}
