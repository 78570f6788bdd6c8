import { z } from 'zod';
import { ProviderFailedError, type ProviderFailure } from '../errors.ts';
import type { HttpAnswer } from './call.ts';
import { readRetryAfter } from './retry-after.ts';

const FAILURES: Readonly<Record<number, ProviderFailure>> = {
  401: 'credentials',
  402: 'money',
  403: 'not-allowed',
  404: 'wrong-address',
  405: 'wrong-address',
  408: 'trouble',
  409: 'trouble',
  423: 'trouble',
  429: 'rate-limited',
};

/** What a status other than success usually means; a vendor's own body or habits may know better. */
export function failureForStatus(status: number): ProviderFailure {
  if (status >= 500) return 'trouble';
  if (status >= 400) return FAILURES[status] ?? 'invalid-request';
  return status >= 300 ? 'wrong-address' : 'unreadable';
}

interface StatusFailureOptions {
  provider: string;
  answer: HttpAnswer;
  /** Where the vendor's body or habits say otherwise than `failureForStatus`. */
  failure?: ProviderFailure;
  /** Default: `no` for 3xx and 4xx but 408, which is said when the vendor has worked on it for too long. */
  billed?: 'no' | 'possibly';
  /** More for the log, already without secrets and prompts. */
  detail?: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds, to read a `Retry-After` date against. */
  now?: number;
}

/**
 * The error for an answer whose status is not success. Its detail holds the vendor's codes and never its sentences,
 * which can quote the prompt.
 */
export function buildStatusFailure(options: StatusFailureOptions): ProviderFailedError {
  const { provider, answer, failure, billed, detail, now = Date.now() } = options;
  const { status, headers } = answer;
  return new ProviderFailedError(`${provider}: status ${status}`, {
    provider,
    failure: failure ?? failureForStatus(status),
    billed: billed ?? (status >= 300 && status < 500 && status !== 408 ? 'no' : 'possibly'),
    status,
    retryAfterMs: readRetryAfter(headers['retry-after'], now),
    detail: { codes: findVendorCodes(answer), ...detail },
  });
}

/** A constant such as `NOT_FOUND` or `value_error.missing`; anything longer or with spaces could be someone's prompt. */
const constant = z.union([z.string().regex(/^[\w.:-]{1,64}$/), z.int().transform(String)]);
const codes = z.object({
  code: constant.optional().catch(undefined),
  reason: constant.optional().catch(undefined),
  type: constant.optional().catch(undefined),
  param: constant.optional().catch(undefined),
  loc: z
    .array(constant)
    .transform((path) => path.join('.'))
    .optional()
    .catch(undefined),
});
const errorBody = codes.extend({
  error: codes.optional().catch(undefined),
  detail: z
    .union([codes.transform((one) => [one]), z.array(codes)])
    .optional()
    .catch(undefined),
});

/** The codes in an error body of any shape the vendors use: `{error: {code}}`, `{detail: [{loc, type}]}`, `{reason}`. */
function findVendorCodes({ body }: HttpAnswer): string[] {
  try {
    const { error, detail = [], ...top } = errorBody.parse(JSON.parse(body.toString('utf8')));
    return [top, error ?? {}, ...detail]
      .flatMap((found) => Object.entries(found))
      .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`))
      .slice(0, 12);
  } catch {
    // An error page, or nothing at all: the status has to do.
    return [];
  }
}
