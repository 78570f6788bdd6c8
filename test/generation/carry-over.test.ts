import { expect, it } from 'vitest';
import { type CarriedOver, carryOver } from '../../src/generation/carry-over.ts';
import type { Offer } from '../../src/generation/provider.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';

const all = { inferenceSteps: 8, guidanceScale: 3, negativePrompt: 'cars' };
const { guidanceScale: _guidance, ...bare } = makeOffer({ negativePrompt: false });
const { inferenceSteps: _steps, ...stepless } = makeOffer();

it.each<[string, Partial<GenerationRequest>, Offer, CarriedOver]>([
  ['everything', all, makeOffer(), all],
  ['nothing where there is nothing', {}, bare, {}],
  [
    'the words only, to another model',
    all,
    makeOffer({ model: 'flux-dev' }),
    { negativePrompt: 'cars', leftOut: ['guidanceScale', 'inferenceSteps'] },
  ],
  [
    'no words either',
    all,
    { ...bare, model: 'flux-dev' },
    { leftOut: ['negativePrompt', 'guidanceScale', 'inferenceSteps'] },
  ],
  [
    'what an offer of the same model has no dial for',
    all,
    bare,
    { inferenceSteps: 8, leftOut: ['negativePrompt', 'guidanceScale'] },
  ],
  [
    'what is beyond its dials',
    { inferenceSteps: 13, guidanceScale: 11 },
    makeOffer(),
    { leftOut: ['guidanceScale', 'inferenceSteps'] },
  ],
  [
    'fewer steps than it takes from a picture',
    { inferenceSteps: 8 },
    makeOffer({ leastStepsFromPicture: 10 }),
    { leftOut: ['inferenceSteps'] },
  ],
  [
    'what cannot be set in this mode',
    { guidanceScale: 3 },
    makeOffer({ fixedModes: ['image-to-image'] }),
    { leftOut: ['guidanceScale'] },
  ],
  ['steps where the offer chooses them, which it says itself', { inferenceSteps: 8 }, stepless, { inferenceSteps: 8 }],
])('takes over, or says that it does not: %s', (_what, earlier, offer, carried) => {
  expect(carryOver(makeRequest(earlier), offer, 'image-to-image')).toEqual(carried);
});
