import { z } from 'zod';
import { type BotError, type ProviderFailure, RejectedError } from '../../errors.ts';
import type { HttpAnswer } from '../../http/call.ts';
import { buildStatusFailure, failureForStatus } from '../../http/status-failure.ts';
import { readErrorBody } from '../read-error-body.ts';

export const LABEL = 'fal.ai';

const field = z.union([z.string(), z.number()]);
/** The model's own errors, a list; and those of what runs the model, a sentence with a type. */
const modelErrors = z.object({
  detail: z.array(z.object({ type: z.string(), loc: z.array(field).nullish() })).min(1),
});
const runErrors = z.object({ detail: z.string(), error_type: z.string().nullish() });

/** fal.ai/docs, "Request errors", read 2026-11: `runner_…` and anything else as its status says. */
const RUN_FAILURES = new Map<string, ProviderFailure>([
  ['bad_request', 'invalid-request'],
  ['client_cancelled', 'trouble'],
  ['internal_error', 'trouble'],
  ['request_timeout', 'trouble'],
  ['startup_timeout', 'trouble'],
]);

export function readFailure(answer: HttpAnswer): BotError {
  const errors = readErrorBody(modelErrors, answer)?.detail;
  const refusal = errors?.find(({ type }) => type === 'content_policy_violation');
  if (refusal !== undefined) {
    const ofPicture = refusal.loc?.some((part) => part === 'image_url' || part === 'mask_url') === true;
    return new RejectedError(`${LABEL}: content refused`, {
      sentence: { key: ofPicture ? 'image-rejected' : 'rejected', values: { provider: LABEL } },
      billed: billedFor(answer.status),
    });
  }
  return buildStatusFailure({
    provider: LABEL,
    answer,
    failure: errors === undefined ? readRunFailure(answer) : readModelFailure(answer),
    billed: billedFor(answer.status),
    detail: { requestId: answer.headers['x-fal-request-id'] },
  });
}

/**
 * docs.fal.ai, "Reliability", read 2026-11: no charge for 5xx. A redirect, which is never followed, is not the model's answer. A 422 is the model's own, so a runner has worked on it.
 */
function billedFor(status: number): 'no' | 'possibly' {
  return status < 300 || status === 408 || status === 422 ? 'possibly' : 'no';
}

/** Only the header says whether another try could end differently, whatever the status. */
function readModelFailure({ status, headers }: HttpAnswer): ProviderFailure {
  const usual = failureForStatus(status);
  if (usual !== 'trouble' && usual !== 'invalid-request') return usual;
  return headers['x-fal-retryable'] === 'true' ? 'trouble' : 'invalid-request';
}

function readRunFailure(answer: HttpAnswer): ProviderFailure | undefined {
  const { detail, error_type } = readErrorBody(runErrors, answer) ?? { detail: '' };
  // An account without credit is told so in words only.
  if (answer.status === 403 && /balance/i.test(detail)) return 'money';
  return RUN_FAILURES.get(answer.headers['x-fal-error-type'] ?? error_type ?? '');
}
