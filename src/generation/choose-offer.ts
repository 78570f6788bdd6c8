import { InvalidInputError } from '../errors.ts';
import type { Sentence } from '../language/index.ts';
import { fitSize, ratioOf } from './fit-size.ts';
import type { OfferRecord } from './offer-record.ts';
import type { GenerationRequest, Mode } from './request.ts';
import { countCodePoints, STRENGTH_RANGE } from './request.ts';

/** The built-in painter: always there, never a stand-in for a real model. */
export const SKETCH = 'sketch';
const PREFERRED_MODEL = 'flux-schnell';
/** Up to three percent is the rounding of the sizes an offer has, and nobody sees it. */
export const SEEN_APART = 0.03;
/** Beyond that it is another shape than the member chose. */
const OTHER_SHAPE = 0.1;

/** What to say where a model has no offer for a mode. */
const CANNOT = {
  'text-to-image': 'needs-image',
  'image-to-image': 'no-image-to-image',
  inpaint: 'no-inpaint',
} as const satisfies Record<Mode, Sentence['key']>;

/** How members read an offer: `FLUX schnell by Novita` is too long for a small line; `novita/flux-schnell` is exact. */
export function offerName({ provider, model }: Pick<OfferRecord, 'provider' | 'model'>): string {
  return provider === SKETCH ? SKETCH : `${provider}/${model}`;
}

/** What of an offer can be set in a mode. */
export function dialsOf(
  offer: Pick<OfferRecord, 'guidanceScale' | 'strength' | 'fixedModes'>,
  mode: Mode,
): Pick<OfferRecord, 'guidanceScale' | 'strength'> {
  return offer.fixedModes?.includes(mode) ? {} : offer;
}

/** The steps an offer takes in a mode. `undefined`: the provider chooses them. */
export function stepRangeOf(
  { inferenceSteps, leastStepsFromPicture = 0 }: Pick<OfferRecord, 'inferenceSteps' | 'leastStepsFromPicture'>,
  mode: Mode,
): { least: number; most: number } | undefined {
  if (inferenceSteps === undefined || mode === 'text-to-image') return inferenceSteps;
  return { ...inferenceSteps, least: Math.max(inferenceSteps.least, leastStepsFromPicture) };
}

/** The steps a request gets at an offer. `undefined`: the provider chooses them. */
export function stepsFor(
  offer: Pick<OfferRecord, 'inferenceSteps'>,
  request: Pick<GenerationRequest, 'inferenceSteps'>,
): number | undefined {
  return offer.inferenceSteps && (request.inferenceSteps ?? offer.inferenceSteps.default);
}

/** The model a request gets when its member names none: for words the usual one, for a picture one with dials. */
export function defaultModel(
  offers: readonly OfferRecord[],
  mode: Mode,
  { guidanceScale }: Pick<GenerationRequest, 'guidanceScale'> = {},
): string {
  const able = offers.filter((offer) => offer.modes.includes(mode) && offer.model !== SKETCH && !offer.promptIgnored);
  const [best] = able.toSorted((one, other) => lacksOf(one) - lacksOf(other));
  if (best !== undefined) return best.model;
  // Members bring pictures to sketch only while no real model is configured.
  return offers.some((offer) => offer.model !== SKETCH) && mode !== 'text-to-image' ? PREFERRED_MODEL : SKETCH;

  function lacksOf(offer: OfferRecord): number {
    if (mode === 'text-to-image') return offer.model === PREFERRED_MODEL ? 0 : 1;
    const dials = dialsOf(offer, mode);
    // Guidance without a dial is refused; a strength without one is only said to be unused.
    const guidance = guidanceScale !== undefined && dials.guidanceScale === undefined ? 2 : 0;
    return guidance + (dials.strength === undefined ? 1 : 0);
  }
}

/** Reads `<model>` or `<provider>/<model>`. Throws `InvalidInputError` when nothing here serves it. */
export function parseModel(text: string, offers: readonly OfferRecord[]): { model: string; provider?: string } {
  const [left = '', right, ...rest] = text.split('/');
  const chosen = right === undefined ? { model: left } : { provider: left, model: [right, ...rest].join('/') };
  const served = offers.some(
    (offer) => offer.model === chosen.model && (chosen.provider === undefined || offer.provider === chosen.provider),
  );
  if (!served) {
    const known = modelNames(offers).join(', ');
    throw new InvalidInputError('unknown model', {
      sentence: { key: 'model-unknown', values: { model: plain(text), known } },
    });
  }
  return chosen;
}

/** What can be named as a model, models first, then offers: `flux-schnell`, `sketch`, `novita/flux-schnell`. */
export function modelNames(offers: readonly OfferRecord[]): string[] {
  const models = new Set(offers.map((offer) => offer.model));
  const real = [...models].filter((model) => model !== SKETCH);
  const sorted = [
    ...real.filter((model) => model === PREFERRED_MODEL),
    ...real.filter((model) => model !== PREFERRED_MODEL),
  ];
  return [...new Set([...sorted, ...(models.has(SKETCH) ? [SKETCH] : []), ...offers.map(offerName)])];
}

/**
 * Filters by hard needs (model, pinned provider, mode, ranges, prompt length), then prefers offers that also meet
 * the soft ones. Throws `InvalidInputError` that says what to change when none is left.
 */
export function chooseOffers<Candidate extends OfferRecord>(
  request: GenerationRequest,
  offers: readonly Candidate[],
): readonly Candidate[] {
  const served = offers.filter((offer) => offer.model === request.model);
  if (served.length === 0) {
    throw new InvalidInputError('model not served', {
      sentence: { key: 'model-unknown', values: { model: plain(request.model), known: modelNames(offers).join(', ') } },
    });
  }
  const pinned = served.filter((offer) => request.provider === undefined || offer.provider === request.provider);
  if (pinned.length === 0) {
    throw new InvalidInputError('provider not configured', {
      sentence: { key: 'provider-missing', values: { provider: plain(request.provider ?? '') } },
    });
  }
  const able = pinned.filter((offer) => offer.modes.includes(request.mode));
  if (able.length === 0) {
    throw new InvalidInputError(`no offer for ${request.mode}`, {
      sentence: { key: CANNOT[request.mode], values: { model: request.model } },
    });
  }
  const objections = able.map((offer) => objectionOf(offer, request));
  const candidates = able.filter((_, index) => objections[index] === undefined);
  const [objection] = objections;
  if (candidates.length === 0 && objection !== undefined) {
    throw new InvalidInputError(`every offer objects: ${objection.key}`, { sentence: objection });
  }
  return candidates.toSorted((one, other) => shortcomings(one, request).length - shortcomings(other, request).length);
}

/** What the offer refuses, as a sentence that says what to change. */
function objectionOf(offer: OfferRecord, request: GenerationRequest): Sentence | undefined {
  const label = offerName(offer);
  const { inferenceSteps, guidanceScale, negativePrompt, prompt, mode } = request;
  const length = countCodePoints(prompt);
  if (length > offer.promptCodePoints) {
    return { key: 'prompt-too-long-for-offer', values: { label, most: offer.promptCodePoints, length } };
  }
  const steps = stepRangeOf(offer, mode);
  if (inferenceSteps !== undefined && steps !== undefined) {
    const { least, most } = steps;
    if (inferenceSteps < least || inferenceSteps > most) return { key: 'steps-range', values: { label, least, most } };
  }
  if (guidanceScale !== undefined) {
    const dial = dialsOf(offer, mode).guidanceScale;
    if (dial === undefined) return { key: 'guidance-unsupported', values: { label } };
    const { least, most } = dial;
    if (guidanceScale < least || guidanceScale > most) return { key: 'guidance-range', values: { label, least, most } };
  }
  if (negativePrompt !== undefined && !offer.negativePrompt) return { key: 'negative-unsupported', values: { label } };
  return undefined;
}

const LEFT_OUT = {
  negativePrompt: 'note-left-out-negative',
  guidanceScale: 'note-left-out-guidance',
  inferenceSteps: 'note-left-out-steps',
} as const;

/** What the offer cannot do quite as asked: said in the result, never dropped in silence. */
export function shortcomings(offer: OfferRecord, request: GenerationRequest): Sentence[] {
  return weighedShortcomings(offer, request).map(({ sentence }) => sentence);
}

/** How many of them go against what the member said themselves. They weigh more than a price; the others do not. */
export function countUnmet(offer: OfferRecord, request: GenerationRequest): number {
  return weighedShortcomings(offer, request).filter(({ isStated }) => isStated).length;
}

interface Shortcoming {
  readonly sentence: Sentence;
  /** The member asked for just this. */
  readonly isStated: boolean;
}

function weighedShortcomings(offer: OfferRecord, request: GenerationRequest): Shortcoming[] {
  const label = offer.providerLabel;
  const found: Shortcoming[] = [];
  const add = (sentence: Sentence, isStated = true) => found.push({ sentence, isStated });
  if (request.seedGiven && offer.seed === 'theirs') add({ key: 'note-seed', values: { label } });
  if (request.inferenceSteps !== undefined && offer.inferenceSteps === undefined) {
    add({ key: 'note-steps', values: { label } });
  }
  const { strength } = dialsOf(offer, request.mode);
  if (request.mode !== 'text-to-image' && request.strength !== undefined && strength === undefined) {
    add({ key: 'note-strength', values: { label } }, request.strength !== STRENGTH_RANGE.variation);
  }
  for (const name of request.leftOut ?? []) add({ key: LEFT_OUT[name], values: { model: offer.model } }, false);
  if (offer.promptIgnored) add({ key: 'note-prompt', values: { label } });
  if (request.aspect !== undefined) {
    const { width, height } = fitSize(offer.sizes, request.aspect);
    const apart = Math.abs(width / height / ratioOf(request.aspect) - 1);
    if (apart > SEEN_APART) {
      const values = { label, size: `${width}×${height}`, aspect: request.aspect };
      add({ key: 'note-size', values }, apart > OTHER_SHAPE);
    }
  }
  return found;
}

/**
 * The offer that varies a picture painted by `model`: that model's own where it can, of the same provider if the member
 * named one, else any real one. Sketch varies its own pictures; others only while nothing else is configured.
 */
export function findVariationOffer<Candidate extends OfferRecord>(
  { model, provider }: { model: string; provider?: string | undefined },
  offers: readonly Candidate[],
  mode: 'image-to-image' | 'inpaint' = 'image-to-image',
): Candidate | undefined {
  const able = offers.filter((offer) => offer.modes.includes(mode));
  const real = able.filter((offer) => offer.model !== SKETCH);
  const own = able.filter((offer) => offer.model === model);
  const [firstOwn] = own;
  if (firstOwn !== undefined) return own.find((offer) => offer.provider === provider) ?? firstOwn;
  const weighted = real.find((offer) => dialsOf(offer, mode).strength !== undefined && !offer.promptIgnored);
  const anyReal = weighted ?? real.find((offer) => !offer.promptIgnored) ?? real[0];
  if (anyReal !== undefined) return anyReal;
  return offers.every((offer) => offer.model === SKETCH) ? able[0] : undefined;
}

/** A member's own words inside a sentence: short, and without anything Discord would format. */
function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N} ./_-]/gu, '').slice(0, 40);
}
