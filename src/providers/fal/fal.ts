import { z } from 'zod';
import type { ImageProvider, Offer, Picture, ProviderRequest, ProviderResult } from '../../generation/provider.ts';
import { MOST_PROMPT_CHARACTERS, type Mode, type Size } from '../../generation/request.ts';
import { createAgent } from '../../http/agent.ts';
import { type HttpAnswer, postJson } from '../../http/call.ts';
import { buildAllWithheld } from '../../http/decode-batch.ts';
import { decodeBase64Picture } from '../../http/decode-picture.ts';
import { downloadPicture } from '../../http/download-picture.ts';
import { parseWith } from '../../http/parse-answer.ts';
import { buildUnreadable } from '../../http/unreadable.ts';
import { currentClock } from '../../job-clock.ts';
import { listOf } from '../answer-list.ts';
import { reportedSeed } from '../reported-seed.ts';
import { buildFalCall } from './call.ts';
import { LABEL, readFailure } from './failure.ts';

export interface FalOptions {
  apiKey: string;
  /** Without a trailing slash. */
  baseUrl?: string;
  /** Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
}

const common = {
  provider: 'fal',
  providerLabel: LABEL,
  // No bounds are documented: what other hosts of these models paint.
  sizes: { kind: 'grid', least: 512, most: 1536, multipleOf: 32 },
  seed: 'ours',
  negativePrompt: false,
  // A call takes up to 4, but one seed is reported for all of them.
  imagesPerCall: 1,
  promptCodePoints: MOST_PROMPT_CHARACTERS,
} as const;

// fal.ai/docs and the models' llms.txt, read 2026-11; so are the prices below.
const schnell: Offer = {
  ...common,
  model: 'flux-schnell',
  modes: ['text-to-image'],
  inferenceSteps: { least: 1, most: 12, default: 4 },
  guidanceScale: { least: 1, most: 20 },
  price: (use) => 3_000 * billedMegapixels(use),
};

const dev: Offer = {
  ...common,
  model: 'flux-dev',
  modes: ['text-to-image', 'image-to-image', 'inpaint'],
  inferenceSteps: { least: 1, most: 50, default: 28 },
  leastStepsFromPicture: 10,
  guidanceScale: { least: 1, most: 20 },
  strength: { least: 0.01, most: 1 },
  // Another model fills masks: it knows no strength, and its guidance is on a scale of its own around 30.
  fixedModes: ['inpaint'],
  price: (use) => DEV_MICRO_USD[use.mode] * billedMegapixels(use),
};

const DEV_MICRO_USD: Readonly<Record<Mode, number>> = {
  'text-to-image': 25_000,
  // As resellers list it.
  'image-to-image': 30_000,
  inpaint: 35_000,
};

/** Whole megapixels, rounded up, where 1024 × 1024 is one. */
function billedMegapixels({ width, height }: Size): number {
  return Math.ceil((width * height) / (1024 * 1024));
}

const answerBody = z.object({
  images: listOf(z.object({ url: z.string().nullish() })).nullish(),
  seed: reportedSeed,
  has_nsfw_concepts: z.array(z.boolean().nullable()).nullish(),
});

/** FLUX.1 [schnell] and [dev] at fal.ai, called directly: the answer is the result. */
export function createFal(options: FalOptions): ImageProvider {
  const { apiKey, baseUrl = 'https://fal.run', deadlineMs = 120_000, idleMs } = options;
  const dispatcher = createAgent();
  return {
    id: 'fal',
    label: LABEL,
    offers: [schnell, dev],
    async generate(request, { signal }) {
      const clock = currentClock();
      const endsAt = clock.now() + deadlineMs;
      const exchange = { provider: LABEL, signal, dispatcher, idleMs };
      const { endpoint, body } = buildFalCall(request);
      const answer = await postJson({
        ...exchange,
        url: `${baseUrl}/${endpoint}`,
        headers: { authorization: `Key ${apiKey}` },
        json: body,
        deadlineMs,
      });
      if (answer.status !== 200) throw readFailure(answer);
      // `sync_mode` asks for data URIs; an endpoint that does not heed it links to a file instead.
      const download = (url: string) =>
        downloadPicture({
          ...exchange,
          url,
          allowedHosts: ['fal.media'],
          ownOrigin: new URL(baseUrl).origin,
          deadlineMs: Math.max(1, endsAt - clock.now()),
        });
      const reference = answer.headers['x-fal-request-id'];
      return {
        ...(await readResult(answer, request, download)),
        reference,
      };
    },
    close: () => dispatcher.close(),
  };
}

async function readResult(
  answer: HttpAnswer,
  request: ProviderRequest,
  download: (url: string) => Promise<Picture>,
): Promise<ProviderResult> {
  const { images, seed = request.seed, has_nsfw_concepts } = parseWith(answerBody, answer, LABEL);
  // A flagged picture comes blacked out.
  const flags = has_nsfw_concepts ?? [];
  const withheld = flags.filter(Boolean).length;
  const found = await Promise.all(
    (images ?? []).slice(0, request.count).map(async (image, index) => {
      if (flags[index]) return [];
      const url = image?.url;
      const picture = url?.startsWith('http') ? await download(url) : decodeBase64Picture(url, LABEL);
      if (picture === undefined) return [];
      return [index === 0 ? { ...picture, seed } : picture];
    }),
  );
  const pictures = found.flat();
  if (pictures.length > 0) return { pictures, withheld };
  throw withheld > 0 ? buildAllWithheld(LABEL) : buildUnreadable(LABEL, 'no picture in the answer');
}
