import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/errors.ts';
import {
  chooseOffers,
  defaultModel,
  findVariationOffer,
  modelNames,
  offerName,
  parseModel,
  shortcomings,
  stepsFor,
} from '../../src/generation/choose-offer.ts';
import type { Offer } from '../../src/generation/provider.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { type Sentence, speak } from '../../src/language/index.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';

const sketch = makeOffer({ provider: 'sketch', providerLabel: 'Sketch', model: 'sketch' });
const novita = makeOffer({ provider: 'novita', modes: ['text-to-image'] });
const octoSchnell = makeOffer({ provider: 'octoai', modes: ['text-to-image'] });
const octoDev = makeOffer({
  provider: 'octoai',
  model: 'flux-dev',
  modes: ['text-to-image', 'image-to-image', 'inpaint'],
});
const redux = makeOffer({ provider: 'deepinfra', model: 'flux-redux', modes: ['image-to-image'], promptIgnored: true });
/** It edits pictures, without a dial for how much. */
const { strength: _, ...undialled } = makeOffer({
  provider: 'deepinfra',
  model: 'flux-kontext',
  modes: ['image-to-image'],
});
const kontext: Offer = undialled;

/** Dials for pictures, none for masks. */
const fill = makeOffer({
  provider: 'fal',
  model: 'flux-fill',
  modes: ['image-to-image', 'inpaint'],
  fixedModes: ['inpaint'],
});
const { guidanceScale: _dial, ...unguided } = makeOffer({ provider: 'sdapi', model: 'local' });
const local: Offer = unguided;
const { strength: _strength, ...guided } = makeOffer({ provider: 'fal', model: 'flux-edit' });

function refusalOf(work: () => unknown): Sentence {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.sentence;
    throw error;
  }
  throw new Error('nothing was refused');
}

it.each([
  [{ least: 1, most: 12, default: 4 }, {}, 4],
  [{ least: 1, most: 12, default: 4 }, { inferenceSteps: 9 }, 9],
  [undefined, { inferenceSteps: 9 }, undefined],
])('stepsFor %o and %o is %s', (inferenceSteps, request, steps) => {
  expect(stepsFor(inferenceSteps === undefined ? {} : { inferenceSteps }, request)).toBe(steps);
});

describe('defaultModel', () => {
  it.each<[string, readonly Offer[], GenerationRequest['mode'], string, number?]>([
    ['sketch, alone', [sketch], 'text-to-image', 'sketch'],
    ['sketch, alone, also for pictures members bring', [sketch], 'image-to-image', 'sketch'],
    ['flux-schnell where it is served', [sketch, octoDev, octoSchnell], 'text-to-image', 'flux-schnell'],
    ['the first real model otherwise', [sketch, octoDev], 'text-to-image', 'flux-dev'],
    ['one that starts from a picture', [sketch, octoSchnell, octoDev], 'image-to-image', 'flux-dev'],
    ['never one that reads no prompt', [sketch, redux, kontext], 'image-to-image', 'flux-kontext'],
    ['not sketch for a member’s picture where real models are', [sketch, novita], 'image-to-image', 'flux-schnell'],
    ['sketch for words where the real models only take pictures', [sketch, kontext], 'text-to-image', 'sketch'],
    ['one with a strength for a picture, wherever it stands', [kontext, octoDev], 'image-to-image', 'flux-dev'],
    ['one with guidance where that is asked for', [local, kontext, octoDev], 'image-to-image', 'flux-dev', 3],
    ['one with guidance rather than one with a strength', [local, guided], 'image-to-image', 'flux-edit', 3],
    ['one that has its dials in this mode', [fill, octoDev], 'inpaint', 'flux-dev'],
  ])('is %s', (_what, offers, mode, model, guidanceScale) => {
    expect(defaultModel(offers, mode, { guidanceScale })).toBe(model);
  });
});

describe('modelNames', () => {
  it('lists models before offers, flux-schnell first and sketch last, each once', () => {
    expect(modelNames([sketch, octoDev, octoSchnell, novita])).toEqual([
      'flux-schnell',
      'flux-dev',
      'sketch',
      'octoai/flux-dev',
      'octoai/flux-schnell',
      'novita/flux-schnell',
    ]);
    expect(modelNames([])).toEqual([]);
  });

  it('lists nothing that cannot be picked', () => {
    const offers = [sketch, octoDev, octoSchnell, novita, kontext, redux];
    for (const name of modelNames(offers)) expect(() => parseModel(name, offers)).not.toThrow();
  });
});

describe('parseModel', () => {
  const offers = [sketch, octoDev, novita];

  it.each([
    ['sketch', { model: 'sketch' }],
    ['flux-dev', { model: 'flux-dev' }],
    ['octoai/flux-dev', { provider: 'octoai', model: 'flux-dev' }],
    ['sketch/sketch', { provider: 'sketch', model: 'sketch' }],
  ])('reads %s', (text, chosen) => {
    expect(parseModel(text, offers)).toEqual(chosen);
  });

  it.each(['', '/', 'flux', 'FLUX-DEV', 'novita/flux-dev', 'octoai/', '/flux-dev', 'octoai/flux-dev/x', 'constructor'])(
    'refuses “%s” and names what there is',
    (text) => {
      expect(refusalOf(() => parseModel(text, offers))).toMatchObject({
        key: 'model-unknown',
        values: { known: 'flux-schnell, flux-dev, sketch, octoai/flux-dev, novita/flux-schnell' },
      });
    },
  );

  it('repeats a member’s words short, and as nothing Discord would format', () => {
    const refusal = refusalOf(() =>
      parseModel(`@everyone <@123> **x** \`y\` [z](https://e.com) ${'a'.repeat(300)}`, offers),
    );
    const [, repeated = ''] = /“(.*)”/.exec(speak('en', refusal)) ?? [];
    expect(repeated).not.toMatch(/[@<>*`[\]()]/);
    expect(repeated.length).toBeLessThanOrEqual(40);
  });
});

describe('chooseOffers', () => {
  const names = (request: Partial<GenerationRequest>, offers: readonly Offer[]) =>
    chooseOffers(makeRequest(request), offers).map(offerName);

  it('takes every offer of the model, in the order they are in', () => {
    expect(names({}, [octoSchnell, sketch, novita, octoDev])).toEqual(['octoai/flux-schnell', 'novita/flux-schnell']);
  });

  it('keeps to the provider a member pinned', () => {
    expect(names({ provider: 'novita' }, [octoSchnell, novita])).toEqual(['novita/flux-schnell']);
  });

  it('leaves out who cannot do it', () => {
    const few = makeOffer({ provider: 'few', inferenceSteps: { least: 1, most: 4, default: 4 } });
    expect(names({ inferenceSteps: 8 }, [few, novita])).toEqual(['novita/flux-schnell']);
    const short = makeOffer({ provider: 'short', promptCodePoints: 10 });
    expect(names({ prompt: '🦊'.repeat(10) }, [short, novita])).toEqual(['short/flux-schnell', 'novita/flux-schnell']);
    expect(names({ prompt: '🦊'.repeat(11) }, [short, novita])).toEqual(['novita/flux-schnell']);
  });

  it('prefers who can do all of it', () => {
    const theirs = makeOffer({ provider: 'theirs', seed: 'theirs' });
    expect(names({ seedGiven: true }, [theirs, novita])).toEqual(['novita/flux-schnell', 'theirs/flux-schnell']);
    expect(names({ seedGiven: false }, [theirs, novita])).toEqual(['theirs/flux-schnell', 'novita/flux-schnell']);
  });

  const bare = makeOffer({ provider: 'bare', negativePrompt: false });
  const { guidanceScale: _guidance, ...plain } = bare;
  const fixed = makeOffer({ provider: 'fixed', inferenceSteps: { least: 4, most: 4, default: 4 } });
  it.each<[string, Partial<GenerationRequest>, readonly Offer[], string]>([
    [
      'a model nobody serves',
      { model: 'flux-pro' },
      [sketch],
      'There is no model “flux-pro” here. Pick one of: sketch.',
    ],
    ['a provider without a key', { provider: 'fal' }, [novita], 'fal is not set up here. Pick another model.'],
    [
      'a picture to start from',
      { mode: 'image-to-image' },
      [novita],
      'flux-schnell cannot start from a picture here. Pick a model that can, or leave the picture out.',
    ],
    [
      'words alone, where a picture is needed',
      { model: 'flux-kontext', mode: 'text-to-image' },
      [novita, kontext],
      'flux-kontext starts from a picture: attach one as “image”, or pick another model.',
    ],
    ['a repaint', { mode: 'inpaint' }, [novita], 'flux-schnell cannot repaint a part of a picture here.'],
    [
      'a prompt that is too long',
      { prompt: 'x'.repeat(2_001) },
      [novita],
      'novita/flux-schnell reads at most 2000 characters and that prompt has 2001; shorten it or pick another model.',
    ],
    [
      'steps out of range',
      { inferenceSteps: 13 },
      [novita],
      'novita/flux-schnell takes 1 to 12 steps. Change the steps or leave them out.',
    ],
    ['other steps than the only ones', { inferenceSteps: 5 }, [fixed], 'fixed/flux-schnell works with 4 steps only.'],
    [
      'guidance out of range',
      { guidanceScale: 10.1 },
      [novita],
      'novita/flux-schnell takes guidance from 0 to 10. Change it or leave it out.',
    ],
    [
      'guidance where there is none',
      { guidanceScale: 3 },
      [plain],
      'bare/flux-schnell has no guidance dial. Leave the guidance out or pick another model.',
    ],
    [
      'guidance for a mask where there is none',
      { model: 'flux-fill', mode: 'inpaint', guidanceScale: 3 },
      [fill],
      'fal/flux-fill has no guidance dial. Leave the guidance out or pick another model.',
    ],
    [
      'a negative prompt where there is none',
      { negativePrompt: 'x' },
      [bare],
      'bare/flux-schnell takes no negative prompt. Leave it out or pick another model.',
    ],
  ])('says what to change about %s', (_what, request, offers, sentence) => {
    expect(
      speak(
        'en',
        refusalOf(() => chooseOffers(makeRequest(request), offers)),
      ),
    ).toBe(sentence);
  });
});

describe('shortcomings', () => {
  const { inferenceSteps: _steps, ...stepless } = novita;
  const wide = makeOffer({ sizes: { kind: 'pairs', pairs: [[1024, 768]] } });
  it.each<[string, Offer, Partial<GenerationRequest>, string[]]>([
    ['nothing when all is as asked', novita, { seedGiven: true, inferenceSteps: 4 }, []],
    [
      'a seed that is not honoured',
      makeOffer({ seed: 'theirs' }),
      { seedGiven: true },
      ['Acme chooses its own seed, so the one you gave was not used.'],
    ],
    ['no seed that nobody gave', makeOffer({ seed: 'theirs' }), {}, []],
    [
      'steps that are not ours to choose',
      stepless,
      { inferenceSteps: 8 },
      ['Novita chooses its own steps, so the number you gave was not used.'],
    ],
    [
      'a strength without a dial',
      kontext,
      { mode: 'image-to-image', strength: 0.5 },
      ['Deepinfra has no strength dial, so the strength was not used.'],
    ],
    [
      'a strength for a mask without a dial',
      fill,
      { mode: 'inpaint', strength: 0.5 },
      ['Fal has no strength dial, so the strength was not used.'],
    ],
    ['no strength that its dial takes', fill, { mode: 'image-to-image', strength: 0.5, guidanceScale: 3 }, []],
    [
      'what the picture it started from had',
      octoDev,
      { mode: 'image-to-image', leftOut: ['negativePrompt', 'guidanceScale', 'inferenceSteps'] },
      [
        'flux-dev painted this without the negative prompt of the picture it started from.',
        'flux-dev painted this without the guidance of the picture it started from.',
        'flux-dev painted this in its own steps, not in those of the picture it started from.',
      ],
    ],
    [
      'a prompt nobody reads',
      redux,
      { mode: 'image-to-image' },
      ['Deepinfra varies the picture without reading a prompt.'],
    ],
    ['another shape', wide, { aspect: '16:9' }, ['Acme does not paint 16:9 exactly; 1024×768 is its nearest size.']],
    [
      'no shape that nobody sees the difference of',
      makeOffer({ sizes: { kind: 'pairs', pairs: [[1344, 768]] } }),
      { aspect: '16:9' },
      [],
    ],
  ])('names %s', (_what, offer, request, sentences) => {
    expect(shortcomings(offer, makeRequest(request)).map((sentence) => speak('en', sentence))).toEqual(sentences);
  });
});

it('takes fewer steps from words than from a picture, where the offer says so', () => {
  const offer = { ...octoDev, leastStepsFromPicture: 10 };
  const ask = (mode: GenerationRequest['mode'], inferenceSteps: number) => () =>
    chooseOffers(makeRequest({ model: 'flux-dev', mode, inferenceSteps }), [offer]);
  expect(ask('text-to-image', 1)()).toEqual([offer]);
  expect(ask('image-to-image', 10)()).toEqual([offer]);
  expect(ask('image-to-image', 9)).toThrow('steps-range');
});

describe('findVariationOffer', () => {
  it.each<[string, string, readonly Offer[], Offer | undefined]>([
    ['the model’s own', 'flux-dev', [sketch, kontext, octoDev], octoDev],
    ['another real one, with a dial and a prompt first', 'flux-schnell', [novita, redux, kontext, octoDev], octoDev],
    ['one that reads the prompt before one that does not', 'flux-schnell', [novita, redux, kontext], kontext],
    ['one that reads no prompt rather than none', 'flux-schnell', [novita, redux], redux],
    ['none where nothing real starts from a picture', 'flux-schnell', [sketch, novita], undefined],
    ['sketch for its own pictures', 'sketch', [sketch, novita, octoDev], sketch],
    ['sketch for others while nothing else is configured', 'flux-schnell', [sketch], sketch],
    ['none where there is nothing', 'flux-schnell', [], undefined],
  ])('finds %s', (_what, model, offers, expected) => {
    expect(findVariationOffer({ model }, offers)).toBe(expected);
  });

  it('finds the provider the member named, where that serves the model', () => {
    const ours = makeOffer({ ...octoDev, provider: 'ours' });
    const find = (provider: string) => findVariationOffer({ model: 'flux-dev', provider }, [octoDev, ours]);
    expect([find('ours'), find('elsewhere')]).toEqual([ours, octoDev]);
  });

  it('finds who repaints a part', () => {
    expect(findVariationOffer({ model: 'flux-schnell' }, [sketch, kontext, octoDev], 'inpaint')).toBe(octoDev);
    expect(findVariationOffer({ model: 'flux-schnell' }, [sketch, kontext], 'inpaint')).toBeUndefined();
  });
});
