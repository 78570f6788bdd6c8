import { ProviderFailedError, type ProviderFailure, SETUP_FAILURES } from '../errors.ts';
import type { Offer } from './provider.ts';
import type { RankedOffer } from './router.ts';

/** A slot, or the outcome of the call that tries an offer, may be there as soon as that. */
const LOOK_AGAIN_MS = 500;
/** An offer that failed, and is in rotation all the same, may be asked again after this where it names no time. */
const ASK_AGAIN_MS = 2_000;
/** It may be painted and billed already: the same offer is not asked again while another could do it. */
const MAYBE_PAINTED: readonly ProviderFailure[] = ['timeout', 'unreadable'];

/** What is still missing can be asked for later: come back at `at`, milliseconds since 1970. */
export class NotNowError extends Error {
  readonly at: number;
  /** What a member who cannot wait so long is told. Absent: it only waits for a slot, as in any queue. */
  readonly failure: ProviderFailedError | undefined;
  /** The only provider that is in line for it, all its slots taken: coming back before one is free is in vain. */
  readonly waitsFor: string | undefined;
  /** From then on it is not, because another offer may be asked again. Absent: no other can do it. */
  readonly waitsUntil: number | undefined;

  constructor(at: number, failure?: ProviderFailedError, slot: { waitsFor?: string; waitsUntil?: number } = {}) {
    super('nobody can be asked just now');
    this.name = 'NotNowError';
    this.at = at;
    this.failure = failure;
    this.waitsFor = slot.waitsFor;
    this.waitsUntil = slot.waitsUntil;
  }
}

/** The generation is over, or someone else's by now: whoever works on it has to stop. */
export class NotOursError extends Error {
  constructor() {
    super('the generation is not ours any more');
    this.name = 'NotOursError';
  }
}

/** An offer is just being tried by another request: what comes of it is seen soon. */
export function lookAgain(time: number, failure: ProviderFailedError): NotNowError {
  return new NotNowError(time + LOOK_AGAIN_MS, failure);
}

/** An offer answered that it is asked too often. */
export function waitForPace(failure: ProviderFailedError, time: number): NotNowError {
  return new NotNowError(time + Math.max(LOOK_AGAIN_MS, failure.retryAfterMs || ASK_AGAIN_MS), failure);
}

/** Offers that could do it have no free slot. What becomes of the others decides how long that is waited for. */
export function waitForSlot(
  busy: readonly Offer[],
  {
    resting,
    failed,
    failure,
    asked,
  }: {
    /** Offers that fail, or asked for a pause. */
    resting: readonly RankedOffer[];
    /** Offers that failed just now, and are in rotation all the same. */
    failed: readonly RankedOffer[];
    /** The failure that may pass soonest. */
    failure: ProviderFailedError | undefined;
    /** Somebody was asked in vain before: the time of the member runs. */
    asked: boolean;
  },
  time: number,
): NotNowError {
  const soon = time + LOOK_AGAIN_MS;
  const isPassing = failure?.retryable === true && !MAYBE_PAINTED.includes(failure.failure);
  const backAt = [
    ...resting.map(({ notBefore }) => Math.max(notBefore, soon)),
    ...(isPassing && failed.length > 0 ? [time + (failure.retryAfterMs || ASK_AGAIN_MS)] : []),
  ];
  const [provider, ...more] = new Set(busy.map((offer) => offer.provider));
  const slot = {
    ...(provider === undefined || more.length > 0 ? {} : { waitsFor: provider }),
    ...(backAt.length === 0 ? {} : { waitsUntil: Math.min(...backAt) }),
  };
  return new NotNowError(soon, failure ?? (asked ? busyFailure(busy) : undefined), slot);
}

function busyFailure([offer]: readonly Offer[]): ProviderFailedError {
  const provider = offer?.providerLabel ?? '';
  return new ProviderFailedError('all its slots are taken', { provider, failure: 'rate-limited', billed: 'no' });
}

/** Offers that fail, or asked for a pause: the one that may be asked first is waited for. */
export function waitForOffer(resting: readonly RankedOffer[], time: number): NotNowError | undefined {
  const [soonest] = resting.toSorted((one, other) => one.notBefore - other.notBefore);
  if (soonest === undefined) return undefined;
  const { offer, notBefore, failure } = soonest;
  const at = Math.max(notBefore, time + LOOK_AGAIN_MS);
  const isLimited = failure === undefined && notBefore > 0;
  return new NotNowError(
    at,
    new ProviderFailedError(isLimited ? 'it asked for a pause' : 'its circuit is open', {
      provider: offer.providerLabel,
      failure: isLimited ? 'rate-limited' : (SETUP_FAILURES.find((setup) => setup === failure) ?? 'trouble'),
      billed: 'no',
      retryAfterMs: at - time,
    }),
  );
}
