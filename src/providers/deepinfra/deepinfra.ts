import { FormData } from 'undici';
import type { ImageProvider, Offer } from '../../generation/provider.ts';
import { MOST_PROMPT_CHARACTERS, type Size } from '../../generation/request.ts';
import { createAgent } from '../../http/agent.ts';
import { callHttp, postJson } from '../../http/call.ts';
import { buildStatusFailure } from '../../http/status-failure.ts';
import { DEFAULT_STEPS, native } from './native.ts';
import { edits, generations, variations } from './openai.ts';
import { LABEL, type Route } from './route.ts';

export interface DeepInfraOptions {
  token: string;
  /** Without a trailing slash. */
  baseUrl?: string;
  /** How flux-schnell is called: `native` honours seed and steps and reports the price; `openai` does not. Default `native`. */
  api?: 'native' | 'openai';
  /** Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
}

const everyOffer = {
  provider: 'deepinfra',
  providerLabel: LABEL,
  // Only "depends on the model" is documented; this is what @ai-sdk/deepinfra 2.0 and the models' pages agree on.
  sizes: { kind: 'grid', least: 256, most: 1440, multipleOf: 32 },
  negativePrompt: false,
  // A call takes up to 4, but at most one seed is reported for all of them.
  imagesPerCall: 1,
  promptCodePoints: MOST_PROMPT_CHARACTERS,
  // Per model (deepinfra.com/docs, "Rate Limits", read 2026-11).
  concurrency: 200,
} as const;

const fluxSchnell = {
  ...everyOffer,
  model: 'flux-schnell',
  modes: ['text-to-image'],
} as const;

const nativeSchnell: Offer = {
  ...fluxSchnell,
  inferenceSteps: { least: 1, most: 50, default: DEFAULT_STEPS },
  seed: 'ours',
  price: (use) => schnellPrice(use, use.inferenceSteps),
};

const openAiSchnell: Offer = {
  ...fluxSchnell,
  seed: 'theirs',
  // The steps of this route are not documented: the model's usual number.
  price: (use) => schnellPrice(use),
};

const fluxKontext: Offer = {
  ...everyOffer,
  model: 'flux-kontext',
  modes: ['image-to-image'],
  seed: 'theirs',
  // Not on DeepInfra's pages we could read: what other hosts ask for Kontext [dev], per megapixel (2026-11).
  price: (use) => 25_000 * megapixels(use),
};

const fluxRedux: Offer = {
  ...everyOffer,
  model: 'flux-redux',
  modes: ['image-to-image'],
  promptIgnored: true,
  seed: 'theirs',
  // deepinfra.com, FLUX-1-Redux-dev API page, read 2026-11: times steps / 25, which this route cannot set.
  price: (use) => 12_000 * megapixels(use),
};

/** FLUX.1 [schnell] at deepinfra.com, and its FLUX.1 Kontext and Redux, which start from a picture. */
export function createDeepInfra(options: DeepInfraOptions): ImageProvider {
  const { token, baseUrl = 'https://api.deepinfra.com', api = 'native', deadlineMs, idleMs } = options;
  const dispatcher = createAgent();
  const headers = { authorization: `Bearer ${token}` };
  const served: readonly (readonly [Offer, Route])[] = [
    api === 'native' ? [nativeSchnell, native] : [openAiSchnell, generations],
    [fluxKontext, edits],
    [fluxRedux, variations],
  ];

  return {
    id: 'deepinfra',
    label: LABEL,
    offers: served.map(([offer]) => offer),
    async generate(request, { signal }) {
      const route = served.find(([offer]) => offer.model === request.model)?.[1];
      if (route === undefined) throw new TypeError(`${LABEL} does not offer ${request.model}`);
      const call = { provider: LABEL, url: baseUrl + route.path, headers, signal, dispatcher, deadlineMs, idleMs };
      const body = route.buildBody(request);
      const answer = await (body instanceof FormData ? callHttp({ ...call, body }) : postJson({ ...call, json: body }));
      if (answer.status !== 200) throw buildStatusFailure({ provider: LABEL, answer });
      return route.readAnswer(answer, request);
    },
    close: () => dispatcher.close(),
  };
}

// deepinfra.com, FLUX-1-schnell page, read 2026-11.
function schnellPrice(size: Size, inferenceSteps = DEFAULT_STEPS): number {
  return 500 * megapixels(size) * inferenceSteps;
}

/** In units of 1024 × 1024 pixels. */
function megapixels({ width, height }: Size): number {
  return (width / 1024) * (height / 1024);
}
