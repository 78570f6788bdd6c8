import { ConsecutiveBreaker } from 'cockatiel';
import { ProviderFailedError, type ProviderFailure, SETUP_FAILURES } from '../errors.ts';
import type { HealthEvent, OfferHealth } from '../store/health.ts';

/*
 * The circuit breaker of an offer, as functions of what the store knows of it: all processes share one circuit and one
 * clock. cockatiel's breaker decides when it opens; its own timers and half-open state are left aside, because they
 * belong to one process.
 */

/** What a broken vendor may cost: this many failures in a row open the circuit. */
const FAILURES_TO_OPEN = 2;
/** How long it stays open, each time a call that tried it failed: back within two minutes of recovering. */
const PAUSES_MS = [15_000, 30_000, 60_000] as const;
/** What only the operator can mend is tried again after this: a refusal costs nothing. */
const SETUP_PAUSE_MS = 110_000;
/** After a 429 that named no time, doubled with each further one, plus up to a quarter at random. */
const LIMITED_MS = { first: 4_000, most: 64_000 } as const;
/** No vendor is believed to mean more than this. */
const MOST_RETRY_AFTER_MS = 60 * 60_000;
/** An offer that last answered longer ago has to prove itself before many calls at once are trusted to it. */
const PROVEN_MS = 10 * 60_000;
/** How many recent answers its speed is judged by. */
const REMEMBERED = 20;

const BREAKING: ReadonlySet<string> = new Set(['trouble', 'unreadable', 'network', 'timeout']);

/** closed: asked as usual. open: not asked. half-open: its pause is over, and one call at a time tries it. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export function stateOf({ openUntil }: OfferHealth, time: number): CircuitState {
  if (openUntil === 0) return 'closed';
  return time < openUntil ? 'open' : 'half-open';
}

/** It must not be asked before then, milliseconds since 1970; in the past when it may be asked. */
export function restsUntil({ openUntil, limitedUntil }: OfferHealth): number {
  return Math.max(openUntil, limitedUntil);
}

/**
 * How many more calls it may get now; `Infinity`: as many as there are slots. While it has yet to prove itself, calls
 * in flight count as the failures they may become, so that it never gets more than a broken vendor may cost.
 * @param sentAt of its calls in flight, milliseconds since 1970
 */
export function roomFor(health: OfferHealth, sentAt: readonly number[], time: number): number {
  if (restsUntil(health) > time) return 0;
  const isProven = health.failures === 0 && time - health.succeededAt < PROVEN_MS && !isOverdue(health, sentAt, time);
  if (isProven) return Number.POSITIVE_INFINITY;
  const bearable = stateOf(health, time) === 'half-open' ? 1 : FAILURES_TO_OPEN - health.failures;
  return Math.max(0, bearable - sentAt.length);
}

/** Whether a call has been under way for much longer than usual, and none has succeeded since it was sent. */
export function isOverdue(health: OfferHealth, sentAt: readonly number[], time: number): boolean {
  const usualMs = medianOf(health.latencies);
  const afterMs = usualMs === undefined ? 15_000 : Math.max(5_000, 3 * usualMs);
  return sentAt.some((at) => time - at > afterMs && health.succeededAt < at);
}

/** A call brought pictures: whatever was wrong is over. */
export function afterSuccess(
  { failure: _failure, slots, ...health }: OfferHealth,
  { sentAt, time }: HealthEvent,
  mostSlots: number,
): OfferHealth {
  return {
    ...health,
    failures: 0,
    openUntil: 0,
    refusals: 0,
    // After a 429 the pace comes back call by call.
    ...(slots === undefined || slots + 1 >= mostSlots ? {} : { slots: slots + 1 }),
    latencies: [...health.latencies, time - sentAt].slice(-REMEMBERED),
    succeededAt: time,
  };
}

/**
 * A call ended without pictures. What says nothing about the vendor leaves its health as it is: a call that was
 * aborted, content that was refused, a request of ours it did not understand.
 * @param random 0 … 1
 */
export function afterFailure(health: OfferHealth, error: unknown, event: HealthEvent, random: number): OfferHealth {
  if (!(error instanceof ProviderFailedError)) return health;
  const { retryAfterMs } = error;
  const failure = failureOf(error);
  const { sentAt, time, inFlight } = event;
  if (failure === 'rate-limited') {
    const growingMs = Math.min(LIMITED_MS.most, LIMITED_MS.first * 2 ** health.refusals) * (1 + random / 4);
    const limitedUntil = time + Math.min(retryAfterMs || growingMs, MOST_RETRY_AFTER_MS);
    // One of many that were refused together: the first has slowed us down already.
    if (sentAt < health.limitedUntil) return { ...health, limitedUntil: Math.max(health.limitedUntil, limitedUntil) };
    const slots = Math.max(1, Math.min(Math.floor(inFlight / 2), health.slots ?? Number.POSITIVE_INFINITY));
    return { ...health, refusals: health.refusals + 1, limitedUntil, slots };
  }
  // It was sent before the circuit opened, and tells nothing new.
  if (sentAt < health.openUntil) return health;
  if (SETUP_FAILURES.includes(failure)) {
    return { ...health, failures: FAILURES_TO_OPEN, failure, openUntil: time + SETUP_PAUSE_MS };
  }
  if (!BREAKING.has(failure)) return health;
  const breaker = new ConsecutiveBreaker(FAILURES_TO_OPEN);
  breaker.state = health.failures;
  const opens = breaker.failure();
  const failures = breaker.state;
  const pauseMs = PAUSES_MS[Math.min(failures - FAILURES_TO_OPEN, PAUSES_MS.length - 1)] ?? 0;
  return { ...health, failures, failure, ...(opens ? { openUntil: time + pauseMs } : {}) };
}

/** A 5xx speaks against the vendor, also where its words put it down to our request. */
function failureOf({ failure, status = 0 }: ProviderFailedError): ProviderFailure {
  return failure === 'invalid-request' && status >= 500 ? 'trouble' : failure;
}

/** The upper one of two in the middle; `undefined` of nothing. */
export function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
