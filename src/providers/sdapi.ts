import { z } from 'zod';
import type { ProviderFailedError } from '../errors.ts';
import type { ImageProvider, Offer, ProviderRequest, ProviderResult } from '../generation/provider.ts';
import { MOST_PROMPT_CHARACTERS, STRENGTH_RANGE } from '../generation/request.ts';
import { createAgent } from '../http/agent.ts';
import { type HttpAnswer, postJson } from '../http/call.ts';
import { decodeBatch } from '../http/decode-batch.ts';
import { parseWith } from '../http/parse-answer.ts';
import { buildStatusFailure } from '../http/status-failure.ts';
import { listOf } from './answer-list.ts';
import { readErrorBody } from './read-error-body.ts';
import { reportedSeed } from './reported-seed.ts';
import { requireInitImage, requireMask } from './request-picture.ts';

/** It works on one job at a time and lets the others wait without a word, on whatever GPU there is. */
const DEADLINE_MS = 10 * 60_000;

export interface SdapiOptions {
  /** Without a trailing slash: `http://127.0.0.1:7860`. */
  url: string;
  /** `user:password`, as the server's `--api-auth` has it. */
  auth?: string;
  /** What members pick. Default `local`: the server paints with whichever model it has loaded. */
  model?: string;
  /** As members read it. Default `Local server`. */
  label?: string;
  /** Steps when the member names none: 4 suits FLUX.1 [schnell]. Default 20, for FLUX.1 [dev]. */
  defaultSteps?: number;
  /** Default ten minutes. */
  deadlineMs?: number;
  idleMs?: number;
}

const answerBody = z.object({ images: listOf(z.string()).nullish(), info: z.unknown() });
const info = z.object({ seed: reportedSeed, all_seeds: z.array(reportedSeed).optional().catch(undefined) });
const errorBody = z.object({ detail: z.string() });

/** Strength runs as ours does; white of the mask is repainted. */
export function buildSdapiBody(request: ProviderRequest, defaultSteps: number) {
  const { mode, prompt, width, height, seed, count, strength = STRENGTH_RANGE.variation } = request;
  return {
    prompt,
    width,
    height,
    seed,
    batch_size: count,
    steps: request.inferenceSteps ?? defaultSteps,
    // FLUX is distilled: at Forge's default of 7 its pictures burn out.
    cfg_scale: 1,
    ...(mode === 'text-to-image'
      ? {}
      : { init_images: [requireInitImage(request).bytes.toString('base64')], denoising_strength: strength }),
    ...(mode === 'inpaint'
      ? {
          mask: requireMask(request).bytes.toString('base64'),
          inpainting_mask_invert: 0,
          // Starts from what lies under the mask, rather than from a smear of its surroundings.
          inpainting_fill: 1,
          // Off, or only the mask's surroundings are painted and enlarged.
          inpaint_full_res: false,
        }
      : {}),
  };
}

/** Stable Diffusion WebUI Forge, AUTOMATIC1111 or stable-diffusion.cpp's sd-server, on a machine of one's own. */
export function createSdapi(options: SdapiOptions): ImageProvider {
  const { url, auth, model = 'local', label = 'Local server', defaultSteps = 20 } = options;
  const { deadlineMs = DEADLINE_MS, idleMs } = options;
  const dispatcher = createAgent();
  const headers: Record<string, string> =
    auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
  const offer: Offer = {
    provider: 'sdapi',
    providerLabel: label,
    model,
    modes: ['text-to-image', 'image-to-image', 'inpaint'],
    // These servers take any size; more than 1536 asks too much of most graphics cards.
    sizes: { kind: 'grid', least: 256, most: 1536, multipleOf: 64 },
    inferenceSteps: { least: 1, most: 150, default: defaultSteps },
    seed: 'ours',
    negativePrompt: false,
    strength: { least: 0, most: 1 },
    imagesPerCall: 1,
    promptCodePoints: MOST_PROMPT_CHARACTERS,
    concurrency: 1,
    patienceMs: deadlineMs,
    price: () => 0,
  };

  return {
    id: 'sdapi',
    label,
    offers: [offer],
    async generate(request, { signal }) {
      const answer = await postJson({
        provider: label,
        url: `${url}/sdapi/v1/${request.mode === 'text-to-image' ? 'txt2img' : 'img2img'}`,
        headers,
        json: buildSdapiBody(request, defaultSteps),
        signal,
        dispatcher,
        deadlineMs,
        idleMs,
      });
      if (answer.status === 200) return readResult(answer, request, label);
      throw buildFailure(answer, label);
    },
    close: () => dispatcher.close(),
  };
}

function readResult(answer: HttpAnswer, request: ProviderRequest, label: string): ProviderResult {
  const body = parseWith(answerBody, answer, label);
  const { seed = request.seed, all_seeds = [] } = readInfo(body.info);
  // Forge can add grids and control maps behind the pictures.
  const pictures = (body.images ?? []).slice(0, request.count);
  return decodeBatch(
    pictures.map((base64, index) => ({ base64, seed: all_seeds[index] ?? (index === 0 ? seed : undefined) })),
    label,
  );
}

/** JSON within the JSON. sd-server's document says it is empty, so it may well be. */
function readInfo(text: unknown): z.output<typeof info> {
  try {
    return info.parse(typeof text === 'string' ? JSON.parse(text) : text);
  } catch {
    return {};
  }
}

function buildFailure(answer: HttpAnswer, label: string): ProviderFailedError {
  // Forge says so under 500, and would say so again.
  const brokenPicture = readErrorBody(errorBody, answer)?.detail === 'Invalid encoded image';
  return buildStatusFailure({ provider: label, answer, failure: brokenPicture ? 'invalid-request' : undefined });
}
