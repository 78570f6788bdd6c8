import { z } from 'zod';
import { ProviderFailedError } from '../../errors.ts';
import type { ProviderRequest, ProviderResult } from '../../generation/provider.ts';
import type { HttpAnswer } from '../../http/call.ts';
import { decodeBatch } from '../../http/decode-batch.ts';
import { parseWith } from '../../http/parse-answer.ts';
import { listOf } from '../answer-list.ts';
import { reportedSeed } from '../reported-seed.ts';
import { LABEL, type Route } from './route.ts';

export const DEFAULT_STEPS = 4;

/** DeepInfra's own API: the one with a seed, steps and the price of every call. */
export const native: Route = {
  path: '/v1/inference/black-forest-labs/FLUX-1-schnell',
  buildBody,
  readAnswer,
};

/** Pictures and the filter's word on them matter: whatever else is not as documented is as good as absent. */
const nativeAnswer = z.object({
  images: listOf(z.string()).nullish(),
  nsfw_content_detected: z.array(z.boolean().nullable()).nullish(),
  seed: reportedSeed,
  request_id: z.string().optional().catch(undefined),
  inference_status: z
    .object({
      status: z.string().optional().catch(undefined),
      // In dollars; 0 beside pictures is a figure that is not known yet, and the list price counts.
      cost: z.number().nonnegative().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

function buildBody(request: ProviderRequest) {
  return {
    prompt: request.prompt,
    num_images: request.count,
    // Always sent: DeepInfra's own default is a single step (deepinfra.com, FLUX-1-schnell API page, read 2026-11).
    num_inference_steps: request.inferenceSteps ?? DEFAULT_STEPS,
    width: request.width,
    height: request.height,
    seed: request.seed,
  };
}

function readAnswer(answer: HttpAnswer, request: ProviderRequest): ProviderResult {
  const body = parseWith(nativeAnswer, answer, LABEL);
  const { images, nsfw_content_detected, seed = request.seed, request_id, inference_status } = body;
  if (inference_status?.status === 'failed') {
    throw new ProviderFailedError(`${LABEL}: inference failed`, {
      provider: LABEL,
      failure: 'trouble',
      billed: 'possibly',
    });
  }
  const pictures = images ?? [];
  const flags = nsfw_content_detected ?? [];
  const batch = decodeBatch(
    Array.from({ length: Math.max(pictures.length, flags.length) }, (_, index) => ({
      base64: pictures[index],
      // One seed is reported for the whole call: which ones the later pictures got is not documented.
      seed: index === 0 ? seed : undefined,
      withheld: flags[index] === true,
    })),
    LABEL,
  );
  const costMicroUsd = Math.round((inference_status?.cost ?? 0) * 1_000_000);
  return {
    ...batch,
    ...(costMicroUsd === 0 ? {} : { costMicroUsd }),
    reference: request_id,
  };
}
