import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { type BotError, ProviderFailedError, type ProviderFailure, RejectedError } from '../errors.ts';
import type { ImageProvider, Offer, ProviderRequest } from '../generation/provider.ts';
import { createAgent } from '../http/agent.ts';
import { type HttpAnswer, type HttpCall, postJson } from '../http/call.ts';
import { buildAllWithheld } from '../http/decode-batch.ts';
import { downloadPicture } from '../http/download-picture.ts';
import { getPaid } from '../http/get-paid.ts';
import { parseWith } from '../http/parse-answer.ts';
import { buildStatusFailure } from '../http/status-failure.ts';
import { buildUnreadable } from '../http/unreadable.ts';
import { currentClock } from '../job-clock.ts';
import { listOf } from './answer-list.ts';
import { readErrorBody } from './read-error-body.ts';

const LABEL = 'Novita';
const DEFAULT_STEPS = 4;
const POLL_EVERY_MS = 500;

/** Object stores whose links Novita has handed out (its docs and public clients, read 2026-11). */
const RESULT_HOSTS = [
  'r2.cloudflarestorage.com',
  'amazonaws.com',
  'r2.dev',
  'cloudfront.net',
  'novita.ai',
  'novitai.com',
];

/** One field, two names: Novita's docs have used both, and public clients send the older one (read 2026-11). */
export type ImageTypeField = 'response_image_type' | 'response_image_format';

export interface NovitaOptions {
  apiKey: string;
  /** Without a trailing slash. */
  baseUrl?: string;
  imageTypeField?: ImageTypeField;
  /** Hosts, each with everything below it, that result files may come from; the base URL's own origin always may. */
  resultHosts?: readonly string[];
  /** For the call, its polling and the download together. Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
  /** Default: connections of its own. */
  dispatcher?: Dispatcher;
}

const fluxSchnell: Offer = {
  provider: 'novita',
  providerLabel: LABEL,
  model: 'flux-schnell',
  modes: ['text-to-image'],
  // Any integer is legal; the model itself works in multiples of 16.
  sizes: { kind: 'grid', least: 64, most: 2048, multipleOf: 16 },
  inferenceSteps: { least: 1, most: 100, default: DEFAULT_STEPS },
  seed: 'ours',
  negativePrompt: false,
  // A call takes up to 8, but the seeds of the later ones are not documented.
  imagesPerCall: 1,
  promptCodePoints: 1024,
  // novita.ai/docs, "FLUX.1 [schnell] Text to Image", read 2026-11.
  price: ({ width, height, inferenceSteps = DEFAULT_STEPS }) =>
    (3_000 * width * height * inferenceSteps) / (1024 * 1024 * 4),
};

/** The same situation comes under different statuses, so the reason decides (novita.ai/docs, "API Error Codes", read 2026-11). */
const FAILURES = new Map<string, ProviderFailure>([
  ['MISSING_API_KEY', 'credentials'],
  ['FAILED_TO_AUTH', 'credentials'],
  ['INVALID_API_KEY', 'credentials'],
  ['BILLING_AUTH_FAILED', 'credentials'],
  ['BILLING_BALANCE_NOT_ENOUGH', 'money'],
  ['NOT_ENOUGH_BALANCE', 'money'],
  ['API_NOT_ALLOWED', 'not-allowed'],
  ['FEATURE_NOT_ALLOWED', 'not-allowed'],
  ['NEED_REAL_NAME_VERIFY', 'not-allowed'],
  ['INVALID_REQUEST_BODY', 'invalid-request'],
  ['INVALID_IMAGE_FORMAT', 'invalid-request'],
  ['INVALID_IMAGE_SIZE', 'invalid-request'],
  ['IMAGE_FILE_EXCEEDS_MAX_SIZE', 'invalid-request'],
  ['IMAGE_EXCEEDS_MAX_RESOLUTION', 'invalid-request'],
  ['API_NOT_FOUND', 'wrong-address'],
  ['RATE_LIMIT_EXCEEDED', 'rate-limited'],
  ['BILLING_FAILED', 'trouble'],
  ['CREATE_TASK_FAILED', 'trouble'],
  ['GET_RESULT_FAILED', 'trouble'],
  ['TASK_FAILED', 'trouble'],
  // A task they accepted and lost: the address is right.
  ['TASK_NOT_FOUND', 'trouble'],
]);

const images = listOf(z.object({ image_url: z.string().nullish() })).nullish();
const createdAnswer = z.object({ images, task: z.object({ task_id: z.string().nullish() }).nullish() });
const polledAnswer = z.object({ images, task: z.object({ status: z.string(), reason: z.string().nullish() }) });
const errorBody = z.object({ reason: z.string() });

export function buildNovitaBody(request: ProviderRequest, imageTypeField: ImageTypeField) {
  return {
    prompt: request.prompt,
    seed: request.seed,
    steps: request.inferenceSteps ?? DEFAULT_STEPS,
    width: request.width,
    height: request.height,
    image_num: request.count,
    [imageTypeField]: 'png',
  };
}

/** FLUX.1 [schnell] at novita.ai: one call, whose answer links to the picture in an object store. */
export function createNovita(options: NovitaOptions): ImageProvider {
  const { apiKey, baseUrl = 'https://api.novita.ai', imageTypeField = 'response_image_type' } = options;
  const { resultHosts = RESULT_HOSTS, deadlineMs = 120_000, idleMs } = options;
  const { dispatcher = createAgent() } = options;
  const headers = { authorization: `Bearer ${apiKey}` };

  return {
    id: 'novita',
    label: LABEL,
    offers: [fluxSchnell],
    async generate(request, { signal, onReference }) {
      const clock = currentClock();
      const endsAt = clock.now() + deadlineMs;
      // Once the time is up, the next exchange times out at once.
      const exchange = (): Exchange => {
        const left = Math.max(1, endsAt - clock.now());
        return { provider: LABEL, signal, dispatcher, idleMs, deadlineMs: left };
      };

      const json = buildNovitaBody(request, imageTypeField);
      const answer = await postJson({ ...exchange(), url: `${baseUrl}/v3beta/flux-1-schnell`, headers, json });
      if (answer.status !== 200) throw readFailure(answer);
      const { images, task } = parseWith(createdAnswer, answer, LABEL);
      const reference = task?.task_id ?? undefined;
      if (reference !== undefined) await onReference?.(reference);

      const poll = () => {
        const url = `${baseUrl}/v3/async/task-result?${new URLSearchParams({ task_id: reference ?? '' })}`;
        return pollTask(() => getPaid({ ...exchange(), url, headers }), signal);
      };
      if (!images && reference === undefined) throw buildUnreadable(LABEL, 'neither pictures nor a task in the answer');
      const links = (images ?? (await poll())).flatMap((image) => image?.image_url ?? []);
      if (links.length === 0) throw buildUnreadable(LABEL, 'no picture in the answer');
      const from = { allowedHosts: resultHosts, ownOrigin: new URL(baseUrl).origin };
      const pictures = await Promise.all(
        links.slice(0, request.count).map((url) => downloadPicture({ ...exchange(), ...from, url })),
      );
      return {
        pictures: pictures.map((picture, index) => (index === 0 ? { ...picture, seed: request.seed } : picture)),
        withheld: 0,
        reference,
      };
    },
    close: () => dispatcher.close(),
  };
}

type Exchange = Pick<HttpCall, 'provider' | 'signal' | 'dispatcher' | 'idleMs' | 'deadlineMs'>;

/** Asks until the task is done. Every failure counts as possibly billed: the task was accepted. */
async function pollTask(ask: () => Promise<HttpAnswer>, signal: AbortSignal) {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 200) throw readFailure(answer, 'possibly');
    const { images, task } = parseWith(polledAnswer, answer, LABEL);
    if (task.status === 'TASK_STATUS_SUCCEED') return images ?? [];
    if (task.status === 'TASK_STATUS_FAILED') throw readTaskFailure(task.reason ?? '');
    await sleep(POLL_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function readFailure(answer: HttpAnswer, billed?: 'possibly'): BotError {
  // An error page has none; then the status decides.
  const { reason } = readErrorBody(errorBody, answer) ?? { reason: '' };
  const failure = FAILURES.get(reason);
  return readRefusal(reason, billed) ?? buildStatusFailure({ provider: LABEL, answer, failure, billed });
}

/** A task that was accepted and then failed; its reason is one of the same constants, or free text. */
function readTaskFailure(reason: string): BotError {
  const failure = FAILURES.get(reason);
  return (
    readRefusal(reason, 'possibly') ??
    new ProviderFailedError(`${LABEL}: task failed`, {
      provider: LABEL,
      failure: failure ?? 'trouble',
      billed: 'possibly',
      detail: failure === undefined ? {} : { reason },
    })
  );
}

function readRefusal(reason: string, billed?: 'possibly'): RejectedError | undefined {
  if (reason === 'ILLEGAL_PROMPT') {
    return new RejectedError(`${LABEL}: prompt refused`, {
      sentence: { key: 'rejected', values: { provider: LABEL } },
      billed,
    });
  }
  // No picture of ours is ever sent, so it is the painted one that was illegal.
  return reason === 'ILLEGAL_IMAGE_CONTENT' ? buildAllWithheld(LABEL) : undefined;
}
