import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { ImageProvider, Offer, ProviderRequest, ProviderResult } from '../generation/provider.ts';
import { MOST_GUIDANCE_SCALE, MOST_PROMPT_CHARACTERS } from '../generation/request.ts';
import { createAgent } from '../http/agent.ts';
import { type HttpAnswer, postJson } from '../http/call.ts';
import { buildAllWithheld, decodeBatch } from '../http/decode-batch.ts';
import { readPicture } from '../http/decode-picture.ts';
import { parseWith } from '../http/parse-answer.ts';
import { buildStatusFailure } from '../http/status-failure.ts';
import { sniffMediaType } from '../pixels/media-type.ts';
import { listOf } from './answer-list.ts';
import { reportedSeed } from './reported-seed.ts';

const LABEL = 'Fireworks';
const DEFAULT_BASE_URL = 'https://api.fireworks.ai';
const PATH = '/inference/v1/workflows/accounts/fireworks/models/flux-1-schnell-fp8/text_to_image';
const DEFAULT_STEPS = 4;

/** The names Fireworks has used for one thing: the older ones (`seed`) can say more, the page today lists `current`. */
export type FireworksDialect = 'seed' | 'current';

export interface FireworksOptions {
  apiKey: string;
  /** Without a trailing slash. */
  baseUrl?: string;
  dialect: FireworksDialect;
  /** Lets Fireworks withhold pictures. Default false, as theirs; the current dialect has no such switch. */
  safetyCheck?: boolean;
  /** Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
  /** Default: connections of its own. */
  dispatcher?: Dispatcher;
}

const common = {
  provider: 'fireworks',
  providerLabel: LABEL,
  model: 'flux-schnell',
  modes: ['text-to-image'],
  // The docs name no upper end; schnell gains nothing from more.
  inferenceSteps: { least: 1, most: 50, default: DEFAULT_STEPS },
  seed: 'ours',
  guidanceScale: { least: 0, most: MOST_GUIDANCE_SCALE },
  // A call takes several samples in the seed dialect, but reports one seed and one finish reason for all of them: none
  // could be painted again by itself, and one that is filtered would take the others with it.
  imagesPerCall: 1,
  // The docs name no limit.
  promptCodePoints: MOST_PROMPT_CHARACTERS,
  // lumenfall.ai, quoting Fireworks' price list, read 2026-11: $0.00035 per step, whatever the size.
  price: ({ inferenceSteps = DEFAULT_STEPS }) => 350 * inferenceSteps,
} as const satisfies Partial<Offer>;

const OFFERS: Readonly<Record<FireworksDialect, Offer>> = {
  seed: {
    ...common,
    negativePrompt: true,
    sizes: {
      kind: 'pairs',
      pairs: [
        [1024, 1024],
        [1152, 896],
        [896, 1152],
        [1216, 832],
        [832, 1216],
        [1344, 768],
        [768, 1344],
        [1536, 640],
        [640, 1536],
      ],
    },
  },
  current: {
    ...common,
    negativePrompt: false,
    // The sizes behind the ratios are not documented: those of replicate/cog-flux, July 2025, for the same model.
    sizes: {
      kind: 'aspects',
      sizes: {
        '1:1': [1024, 1024],
        '21:9': [1536, 640],
        '16:9': [1344, 768],
        '3:2': [1216, 832],
        '5:4': [1088, 896],
        '4:5': [896, 1088],
        '2:3': [832, 1216],
        '9:16': [768, 1344],
        '9:21': [640, 1536],
        '4:3': [1152, 896],
        '3:4': [896, 1152],
      },
    },
  },
};

const answerBody = z.object({
  id: z.string().optional().catch(undefined),
  // A list in the schema and the examples, a string in a sentence of the page.
  base64: z.union([z.string().transform((one) => [one]), listOf(z.string())]).nullish(),
  finishReason: z.string().nullish(),
  seed: reportedSeed,
});

/** Never mixes two names for one thing. Several samples can be asked for in the seed dialect only. */
export function buildFireworksBody(request: ProviderRequest, dialect: FireworksDialect, safetyCheck: boolean) {
  const {
    prompt,
    negativePrompt,
    width,
    height,
    aspect,
    seed,
    inferenceSteps = DEFAULT_STEPS,
    guidanceScale,
    count,
  } = request;
  if (dialect === 'current') {
    return {
      prompt,
      aspect_ratio: aspect,
      num_inference_steps: inferenceSteps,
      seed,
      guidance_scale: guidanceScale,
    };
  }
  return {
    prompt,
    width,
    height,
    steps: inferenceSteps,
    seed,
    samples: count,
    safety_check: safetyCheck,
    negative_prompt: negativePrompt,
    cfg_scale: guidanceScale,
  };
}

export function createFireworks(options: FireworksOptions): ImageProvider {
  const { apiKey, baseUrl = DEFAULT_BASE_URL, dialect, safetyCheck = false, deadlineMs, idleMs } = options;
  const { dispatcher = createAgent() } = options;
  return {
    id: 'fireworks',
    label: LABEL,
    offers: [OFFERS[dialect]],
    async generate(request, { signal }) {
      const answer = await postJson({
        provider: LABEL,
        url: baseUrl + PATH,
        headers: { authorization: `Bearer ${apiKey}`, ...acceptHeaders(request, dialect) },
        json: buildFireworksBody(request, dialect, safetyCheck),
        signal,
        dispatcher,
        deadlineMs,
        idleMs,
      });
      if (answer.status === 200) return isJson(answer) ? readJson(answer, request) : readBinary(answer, request);
      // docs.fireworks.ai, "Inference Error Codes", read 2026-11: 412 is an account suspended for its bills.
      throw buildStatusFailure({ provider: LABEL, answer, ...(answer.status === 412 ? { failure: 'money' } : {}) });
    },
    close: () => dispatcher.close(),
  };
}

/** A binary answer holds one picture and needs no decoding; several come as JSON. */
function acceptHeaders({ count }: ProviderRequest, dialect: FireworksDialect): Record<string, string> {
  return count === 1 || dialect === 'current'
    ? { accept: 'image/png' }
    : { accept: 'application/json', 'json-return-image-accept': 'image/png' };
}

function isJson({ headers, body }: HttpAnswer): boolean {
  return sniffMediaType(body) === undefined && headers['content-type']?.includes('json') === true;
}

function readBinary({ headers, body }: HttpAnswer, request: ProviderRequest): ProviderResult {
  refuseFiltered(headers['finish-reason']);
  const seed = reportedSeed.parse(headers.seed) ?? request.seed;
  return { pictures: [{ ...readPicture(body, LABEL), seed }], withheld: 0 };
}

function readJson(answer: HttpAnswer, request: ProviderRequest): ProviderResult {
  const { id, base64, finishReason, seed = request.seed } = parseWith(answerBody, answer, LABEL);
  refuseFiltered(finishReason);
  // Which seeds the later samples got is not documented.
  const entries = (base64 ?? [])
    .slice(0, request.count)
    .map((one, index) => ({ base64: one, seed: index === 0 ? seed : undefined }));
  return { ...decodeBatch(entries, LABEL), reference: id };
}

/** What comes along with this reason is black or nothing. */
function refuseFiltered(finishReason: string | null | undefined): void {
  if (finishReason === 'CONTENT_FILTERED') throw buildAllWithheld(LABEL);
}
