import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderFailedError } from '../errors.ts';
import { currentClock } from '../job-clock.ts';
import { callHttp, type HttpAnswer, type HttpCall } from './call.ts';
import { readRetryAfter } from './retry-after.ts';
import { failureForStatus } from './status-failure.ts';

/** Before the second and the third try, where the vendor names no time. */
const BACK_OFF_MS = [250, 1_000] as const;
/** A vendor that asks for a longer pause is not waited for: another one has painted the picture by then. */
const MOST_PAUSE_MS = 10_000;
/** With less time left another try is not begun. Timers count whole milliseconds: a deadline may pass a little early. */
const SHORTEST_TRY_MS = 10;

export interface PaidGet extends Omit<HttpCall, 'method' | 'body' | 'paid'> {
  /** Before each further try. Default 250 and 1000. */
  backOffMs?: readonly number[];
}

/**
 * `callHttp` for what is paid already, such as a finished picture: not to get it would mean to buy it again. What may
 * pass (a lost connection, a cut or stalled body, 408, 429, 5xx) is tried again, within the one deadline. The last
 * answer or error stands; every error is possibly billed.
 */
export async function getPaid({
  backOffMs = BACK_OFF_MS,
  deadlineMs = 120_000,
  ...call
}: PaidGet): Promise<HttpAnswer> {
  const clock = currentClock();
  const endsAt = clock.now() + deadlineMs;
  const leftMs = () => endsAt - clock.now();
  const get = () => callHttp({ ...call, deadlineMs: Math.max(1, leftMs()), paid: true });
  for (const pauseMs of backOffMs) {
    const got = get();
    const askedMs = await got.then(pauseAfterAnswer, pauseAfterError);
    if (askedMs === undefined || askedMs > MOST_PAUSE_MS) return got;
    const waitMs = Math.max(pauseMs, askedMs);
    if (leftMs() - waitMs < SHORTEST_TRY_MS) return got;
    await sleep(waitMs, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  }
  return get();
}

/** The pause the vendor asks for, 0 where it names none; `undefined`: another try would end the same. */
function pauseAfterAnswer({ status, headers }: HttpAnswer): number | undefined {
  const failure = failureForStatus(status);
  if (failure !== 'trouble' && failure !== 'rate-limited') return undefined;
  return readRetryAfter(headers['retry-after'], Date.now()) ?? 0;
}

function pauseAfterError(error: unknown): number | undefined {
  if (!(error instanceof ProviderFailedError)) return undefined;
  return error.retryable && error.detail.oversized !== true ? 0 : undefined;
}
