import { ProviderFailedError } from '../errors.ts';
import { MEMBER_WAITS_MS } from '../generation/generate.ts';
import { NotNowError } from '../generation/not-now.ts';
import type { Generation } from '../generation/record.ts';
import type { HandBack } from '../store/queue.ts';

/** How often a retryable failure is tried again, with a growing pause in between. */
const MOST_TRIES = 3;
/** Junk where a picture should be may have been billed each time. */
const MOST_UNREADABLE = 2;

/** A claim that came to nothing is as if it had never been. */
export const UNTRIED: HandBack = { unclaim: true, unstart: true };

/** When a generation that is handed back may be claimed again, and what of this claim counts. */
export interface NextTry {
  readonly at: number;
  readonly claim: HandBack;
}

/**
 * Whether a generation that ended with `error` is tried again; `undefined`: this is how it ends.
 * @param now milliseconds since 1970
 * @param random 0 … 1, for jitter
 */
export function nextTry(
  error: unknown,
  { claims, startedAt }: Pick<Generation, 'claims' | 'startedAt'>,
  { now, random }: { now: number; random: number },
): NextTry | undefined {
  const giveUpAt = (startedAt ?? now) + MEMBER_WAITS_MS;
  if (error instanceof NotNowError) {
    const { at, waitsFor, waitsUntil = Number.POSITIVE_INFINITY } = error;
    // In line for a slot as it was for a worker: the time a member waits for an answer has not begun.
    if (error.failure === undefined) return { at, claim: { ...UNTRIED, waitsFor, waitsUntil } };
    if (at > giveUpAt) return undefined;
    // However long the line for that slot is, its member is told in time.
    return { at, claim: { unclaim: true, waitsFor, waitsUntil: Math.min(waitsUntil, giveUpAt) } };
  }
  if (!(error instanceof ProviderFailedError) || !error.retryable) return undefined;
  if (claims >= (error.failure === 'unreadable' ? MOST_UNREADABLE : MOST_TRIES)) return undefined;
  // A call that was sent and never answered may well have been painted and billed: asking the same vendor again is
  // for its member to decide. One that was answered with an error was not.
  if (error.failure === 'timeout') return undefined;
  // "At once", or a time that is past by our clock, is no pause: ours stands.
  const at = now + (error.retryAfterMs || 1_000 * 2 ** claims * (0.5 + random));
  return at > giveUpAt ? undefined : { at, claim: {} };
}
