import { dialsOf, stepRangeOf } from './choose-offer.ts';
import type { OfferRecord } from './offer-record.ts';
import { type GenerationRequest, LEAVABLE, type Mode } from './request.ts';

/** What a picture made from another one takes over from its request. */
export type CarriedOver = Pick<GenerationRequest, 'inferenceSteps' | 'guidanceScale' | 'negativePrompt' | 'leftOut'>;

/**
 * Of an earlier request what this offer can take in this mode, and the names of what it cannot. Steps and guidance are
 * on a scale of their model's own: another one starts from its defaults.
 */
export function carryOver(earlier: GenerationRequest, offer: OfferRecord, mode: Mode): CarriedOver {
  const { inferenceSteps, guidanceScale, negativePrompt } = earlier;
  const isSameModel = offer.model === earlier.model;
  const steps = stepRangeOf(offer, mode);
  const takes = {
    negativePrompt: offer.negativePrompt,
    guidanceScale: isSameModel && isWithin(dialsOf(offer, mode).guidanceScale, guidanceScale),
    // A model without such a dial says so itself.
    inferenceSteps: isSameModel && (steps === undefined || isWithin(steps, inferenceSteps)),
  };
  const leftOut = LEAVABLE.filter((name) => earlier[name] !== undefined && !takes[name]);
  return {
    ...(inferenceSteps !== undefined && takes.inferenceSteps ? { inferenceSteps } : {}),
    ...(guidanceScale !== undefined && takes.guidanceScale ? { guidanceScale } : {}),
    ...(negativePrompt !== undefined && takes.negativePrompt ? { negativePrompt } : {}),
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

function isWithin(dial: { least: number; most: number } | undefined, value = Number.NaN): boolean {
  return dial !== undefined && value >= dial.least && value <= dial.most;
}
