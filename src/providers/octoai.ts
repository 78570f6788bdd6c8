import { z } from 'zod';
import { RejectedError } from '../errors.ts';
import type { ImageProvider, Offer, ProviderRequest, ProviderResult } from '../generation/provider.ts';
import { seedAt } from '../generation/request.ts';
import { createAgent } from '../http/agent.ts';
import { type HttpAnswer, postJson } from '../http/call.ts';
import { decodeBatch } from '../http/decode-batch.ts';
import { parseWith } from '../http/parse-answer.ts';
import { buildStatusFailure } from '../http/status-failure.ts';
import { listOf } from './answer-list.ts';
import { readErrorBody } from './read-error-body.ts';
import { reportedSeed } from './reported-seed.ts';
import { requireInitImage, requireMask } from './request-picture.ts';

const LABEL = 'OctoAI';
const DEFAULT_BASE_URL = 'https://image.octoai.run';

export interface OctoAiOptions {
  token: string;
  /** Without a trailing slash. OctoAI itself ended in October 2024: any endpoint that speaks its protocol. */
  baseUrl?: string;
  /** Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
}

const common = {
  provider: 'octoai',
  providerLabel: LABEL,
  // octoml/fern-config, image-gen OpenAPI file, head of 2024-10, read 2026-11; so are the ranges below.
  sizes: {
    kind: 'pairs',
    pairs: [
      [512, 512],
      [576, 1024],
      [640, 1536],
      [768, 1024],
      [768, 1344],
      [832, 1216],
      [896, 1152],
      [1024, 576],
      [1024, 768],
      [1024, 1024],
      [1152, 896],
      [1216, 832],
      [1344, 768],
      [1536, 640],
    ],
  },
  seed: 'ours',
  // 0 itself is refused.
  guidanceScale: { least: 0.1, most: 50 },
  negativePrompt: false,
  // `num_images` goes to 16, and every picture of the answer carries its seed.
  imagesPerCall: 4,
  promptCodePoints: 10_000,
} as const;

const schnell: Offer = {
  ...common,
  model: 'flux-schnell',
  // Later editions of its page add pictures; the first does not.
  modes: ['text-to-image'],
  ...stepsAndPrice(4, 2_000),
};

const dev: Offer = {
  ...common,
  model: 'flux-dev',
  modes: ['text-to-image', 'image-to-image', 'inpaint'],
  strength: { least: 0.05, most: 1 },
  ...stepsAndPrice(30, 20_000),
};

/**
 * What a picture of one megapixel costs at the model's own steps; others in proportion (octoml/fern-config, "Pricing &
 * billing", read 2026-11).
 */
function stepsAndPrice(ownSteps: number, microUsd: number): Pick<Offer, 'inferenceSteps' | 'price'> {
  return {
    inferenceSteps: { least: 1, most: 200, default: ownSteps },
    price: ({ width, height, inferenceSteps = ownSteps }) =>
      microUsd * ((width * height) / (1024 * 1024)) * (inferenceSteps / ownSteps),
  };
}

const answerBody = z.object({
  images: listOf(
    z.object({
      image_b64: z.string().nullish(),
      removed_for_safety: z.boolean().nullish(),
      seed: reportedSeed,
    }),
  ).nullish(),
});
const refusal = z.object({ message: z.string() });

/**
 * Strength runs as ours does: 1 forgets the picture. White of the mask is repainted. Pictures go as bare base64, and
 * never reach the 10 MB that a request may have (octoml/fern-config, "Inference" API page, read 2026-11).
 */
export function buildOctoAiBody(request: ProviderRequest) {
  const { mode, prompt, width, height, seed, count, inferenceSteps, guidanceScale, strength } = request;
  return {
    prompt,
    width,
    height,
    num_images: count,
    // A list must have as many entries as there are pictures.
    seed: count === 1 ? seed : Array.from({ length: count }, (_, index) => seedAt(seed, index)),
    steps: inferenceSteps,
    cfg_scale: guidanceScale,
    ...(mode === 'text-to-image' ? {} : { init_image: requireInitImage(request).bytes.toString('base64'), strength }),
    ...(mode === 'inpaint' ? { mask_image: requireMask(request).bytes.toString('base64') } : {}),
  };
}

export function createOctoAi(options: OctoAiOptions): ImageProvider {
  const { token, baseUrl = DEFAULT_BASE_URL, deadlineMs, idleMs } = options;
  const dispatcher = createAgent();
  return {
    id: 'octoai',
    label: LABEL,
    offers: [schnell, dev],
    async generate(request, { signal }) {
      const answer = await postJson({
        provider: LABEL,
        url: `${baseUrl}/generate/${request.model}`,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        json: buildOctoAiBody(request),
        signal,
        dispatcher,
        deadlineMs,
        idleMs,
      });
      if (answer.status !== 200) throw buildRefusal(answer);
      return readResult(answer, request);
    },
    close: () => dispatcher.close(),
  };
}

function readResult(answer: HttpAnswer, { seed, count }: ProviderRequest): ProviderResult {
  const { images } = parseWith(answerBody, answer, LABEL);
  return decodeBatch(
    (images ?? []).slice(0, count).map((image, index) => ({
      base64: image?.image_b64,
      seed: image?.seed ?? seedAt(seed, index),
      withheld: image?.removed_for_safety === true,
    })),
    LABEL,
  );
}

// octoml/fern-config, "Trust & Safety API responses", read 2026-11: 400 with a message that names the policy.
function buildRefusal(answer: HttpAnswer): Error {
  if (answer.status === 400 && /acceptable use policy/i.test(readErrorBody(refusal, answer)?.message ?? '')) {
    return new RejectedError(`${LABEL}: prompt refused`, {
      sentence: { key: 'rejected', values: { provider: LABEL } },
    });
  }
  return buildStatusFailure({ provider: LABEL, answer });
}
