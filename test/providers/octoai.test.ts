import { describe, expect, it } from 'vitest';
import { RejectedError } from '../../src/errors.ts';
import type { Picture, ProviderRequest } from '../../src/generation/provider.ts';
import { fitMask, fitPicture } from '../../src/pixels/fit-picture.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { buildOctoAiBody, createOctoAi } from '../../src/providers/octoai.ts';
import { noise } from '../support/noise.ts';
import { API_KEY, buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import { OCTOAI_FORBIDDEN, type OctoAiStandInOptions, startOctoAiStandIn } from '../support/stand-ins/octoai.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import type { Fault } from '../support/stand-ins/stand-in.ts';

const paint = createPainter('png');
const picture = async (width = 1024, height = 1024, seed = 1): Promise<Picture> => ({
  bytes: Buffer.from(await paint(width, height, seed)),
  mediaType: 'image/png',
});
const initImage = await picture();
const mask = await picture(1024, 1024, 2);

async function world(options: Partial<OctoAiStandInOptions> = {}) {
  const standIn = await useStandIn(startOctoAiStandIn({ apiKey: API_KEY, ...options }));
  const provider = createOctoAi({ token: API_KEY, baseUrl: standIn.url });
  const generate = (changes: Partial<ProviderRequest> = {}) =>
    provider.generate(buildRequest(changes), { signal: new AbortController().signal });
  return { standIn, provider, generate };
}

describe('buildOctoAiBody', () => {
  it('says nothing that was not asked', () => {
    expect(buildOctoAiBody(buildRequest())).toEqual({
      prompt: PROMPT,
      width: 1024,
      height: 1024,
      num_images: 1,
      seed: 7,
    });
  });

  it.each<[string, Partial<ProviderRequest>, object]>([
    ['steps', { inferenceSteps: 9 }, { steps: 9 }],
    ['guidance scale', { guidanceScale: 3.5 }, { cfg_scale: 3.5 }],
    ['size', { width: 1536, height: 640 }, { width: 1536, height: 640 }],
    ['several pictures', { count: 3 }, { num_images: 3, seed: [7, 8, 9] }],
    ['seeds at the end of the range', { count: 2, seed: 4_294_967_295 }, { seed: [4_294_967_295, 1] }],
    [
      'an init image and its strength',
      { mode: 'image-to-image', initImage, strength: 0.75 },
      { init_image: initImage.bytes.toString('base64'), strength: 0.75 },
    ],
    [
      'a mask',
      { mode: 'inpaint', initImage, mask },
      { init_image: initImage.bytes.toString('base64'), mask_image: mask.bytes.toString('base64') },
    ],
  ])('translates %s', (_what, changes, expected) => {
    expect(buildOctoAiBody(buildRequest(changes))).toMatchObject(expected);
  });

  it.each<Partial<ProviderRequest>>([{ mode: 'image-to-image' }, { mode: 'inpaint', initImage }])(
    'makes no body without the pictures it is to hold (%#)',
    (changes) => {
      expect(() => buildOctoAiBody(buildRequest(changes))).toThrow(TypeError);
    },
  );

  it('leaves the strength of a repaint to the vendor unless it was asked for', () => {
    const request = buildRequest({ mode: 'inpaint', initImage, mask });
    expect(JSON.parse(JSON.stringify(buildOctoAiBody(request)))).not.toHaveProperty('strength');
    expect(buildOctoAiBody({ ...request, strength: 0.4 })).toMatchObject({ strength: 0.4 });
  });
});

describe('offers', () => {
  const [schnell, dev] = createOctoAi({ token: API_KEY }).offers;
  const use = { mode: 'text-to-image', width: 1024, height: 1024, inferenceSteps: undefined } as const;

  it.each([
    [schnell, use, 2_000],
    [schnell, { ...use, inferenceSteps: 8 }, 4_000],
    [schnell, { ...use, width: 512, height: 512 }, 500],
    [dev, use, 20_000],
    [dev, { ...use, inferenceSteps: 15 }, 10_000],
  ])('cost what the price list says (%#)', (offer, used, microUsd) => {
    expect(offer?.price(used)).toBe(microUsd);
  });

  it("know each model's own steps", () => {
    expect([schnell, dev].map((offer) => offer?.inferenceSteps?.default)).toEqual([4, 30]);
  });

  it('start from a picture with flux-dev only', () => {
    expect(schnell?.modes).toEqual(['text-to-image']);
    expect(dev?.modes).toEqual(['text-to-image', 'image-to-image', 'inpaint']);
  });

  it('name only sizes the vendor takes', async () => {
    const { generate, provider } = await world();
    const sizes = provider.offers[0]?.sizes;
    const pairs = sizes?.kind === 'pairs' ? sizes.pairs : [];
    expect(pairs).toHaveLength(14);
    for (const [width, height] of pairs) {
      const { pictures } = await generate({ width, height });
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width, height }]);
    }
  });
});

describe('a call', () => {
  it('brings a picture with its seed', async () => {
    const { generate, standIn } = await world();
    const { pictures, withheld } = await generate();
    expect(pictures).toMatchObject([{ mediaType: 'image/jpeg', seed: 7 }]);
    expect(withheld).toBe(0);
    expect(standIn.requests[0]).toMatchObject({ method: 'POST', path: '/generate/flux-schnell' });
    expect(standIn.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${API_KEY}`,
      accept: 'application/json',
    });
  });

  it('brings several, each with its own seed', async () => {
    const { generate, standIn } = await world();
    const { pictures } = await generate({ count: 4 });
    expect(pictures.map(({ seed }) => seed)).toEqual([7, 8, 9, 10]);
    expect(standIn).toMatchObject({ billed: 4, requests: { length: 1 } });
  });

  it.each<Partial<ProviderRequest>>([
    { mode: 'image-to-image', strength: 0.75 },
    { mode: 'inpaint', mask },
  ])('starts flux-dev from a picture (%#)', async (changes) => {
    const { generate, standIn } = await world();
    const { pictures } = await generate({ model: 'flux-dev', initImage, guidanceScale: 9, ...changes });
    expect(pictures).toHaveLength(1);
    expect(standIn.requests[0]?.path).toBe('/generate/flux-dev');
  });

  it('goes below a path prefix of the base URL', async () => {
    const { standIn } = await world();
    const provider = createOctoAi({ token: API_KEY, baseUrl: `${standIn.url}/octo` });
    const error = await failureOf(provider.generate(buildRequest(), { signal: new AbortController().signal }));
    expect(error).toMatchObject({ failure: 'wrong-address', status: 404 });
    expect(standIn.requests[0]?.path).toBe('/octo/generate/flux-schnell');
  });

  it('is never larger than a request may be', async () => {
    const largest = { width: 1024, height: 1024 };
    const heaviest: Picture = { bytes: await noise(1024, 1024), mediaType: 'image/png' };
    const body = buildOctoAiBody(
      buildRequest({
        mode: 'inpaint',
        prompt: '\u0001'.repeat(10_000),
        initImage: await fitPicture(heaviest, largest),
        mask: await fitMask(heaviest, largest),
      }),
    );
    expect(JSON.stringify(body).length).toBeLessThan(10 * 1024 * 1024);
  });
});

describe('answers', () => {
  const answerWith = async (images: unknown, count = 1) => {
    const { generate, standIn } = await world();
    standIn.failNext({
      kind: 'status',
      status: 200,
      body: JSON.stringify({ images, prediction_time_ms: null, new: 1 }),
    });
    return generate({ count });
  };
  const good = initImage.bytes.toString('base64');

  it('tolerate extras, nulls, data URIs and a seed that is not one', async () => {
    const images = [
      { image_b64: `data:image/jpeg;base64,${good}`, removed_for_safety: null, seed: 'x', safety_score: null },
    ];
    expect(await answerWith(images)).toMatchObject({ pictures: [{ mediaType: 'image/png', seed: 7 }], withheld: 0 });
  });

  it('keep the seed the vendor reports over the one sent', async () => {
    expect(await answerWith([{ image_b64: good, seed: 99 }])).toMatchObject({ pictures: [{ seed: 99 }] });
  });

  it('never bring more than was asked for', async () => {
    const { pictures } = await answerWith([{ image_b64: good }, { image_b64: good }]);
    expect(pictures).toHaveLength(1);
  });

  it('keep what is good of a broken batch', async () => {
    const images = [{ image_b64: 'null' }, { image_b64: good }, { image_b64: '!!' }];
    expect(await answerWith(images, 3)).toMatchObject({ pictures: [{ seed: 8 }], withheld: 0 });
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a number', 17],
    ['a word', 'null'],
    ['a picture that is a number', { image_b64: 17 }],
    ['a picture of which nobody knows whether it was withheld', { image_b64: good, removed_for_safety: 'perhaps' }],
  ])('keep what is good beside %s', async (_what, junk) => {
    const images = [junk, { image_b64: good }];
    expect(await answerWith(images, 2)).toMatchObject({ pictures: [{ seed: 8 }], withheld: 0 });
  });

  it.each([[null], [[]], [undefined], [[{}]], [[{ image_b64: null }]], ['null'], [[null]]])(
    'with %o for pictures are unreadable',
    async (images) => {
      expect(await failureOf(answerWith(images))).toMatchObject({ failure: 'unreadable', billed: 'possibly' });
    },
  );
});

describe('content rules', () => {
  it('count what was withheld and bring the rest', async () => {
    const { generate } = await world({ withheld: [0, 2] });
    const { pictures, withheld } = await generate({ count: 4 });
    expect(pictures.map(({ seed }) => seed)).toEqual([8, 10]);
    expect(withheld).toBe(2);
  });

  it('withhold everything: a refusal', async () => {
    const { generate } = await world({ withheld: [0, 1] });
    const error = await failureOf(generate({ count: 2 }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      sentence: { key: 'all-withheld', values: { provider: 'OctoAI' } },
      retryable: false,
    });
  });

  it('refuse a prompt, and the error does not repeat it', async () => {
    const { generate, standIn } = await world();
    const error = await failureOf(generate({ prompt: `something ${OCTOAI_FORBIDDEN}` }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ sentence: { key: 'rejected', values: { provider: 'OctoAI' } } });
    expect(JSON.stringify(error) + String(error)).not.toContain('something');
    expect(standIn.billed).toBe(0);
  });

  it.each<[string, Fault]>([
    ['a 400 about something else', { kind: 'status', status: 400, body: '{"message":"steps out of range"}' }],
    [
      'a 400 that quotes a prompt about a policy',
      { kind: 'status', status: 400, body: '{"message":"cannot read \\"an insurance policy on fire\\""}' },
    ],
    [
      'a 422 that quotes the word',
      { kind: 'status', status: 422, body: '{"detail":[{"msg":"policy","loc":["body"]}]}' },
    ],
  ])('are not what %s is about', async (_what, fault) => {
    const { generate, standIn } = await world();
    standIn.failNext(fault);
    expect(await failureOf(generate())).toMatchObject({ failure: 'invalid-request', billed: 'no' });
  });
});

it('tells its operator which field the vendor objects to', async () => {
  const { generate } = await world();
  const error = await failureOf(generate({ width: 1000 }));
  expect(error).toMatchObject({
    failure: 'invalid-request',
    detail: { codes: ['type=value_error', 'loc=body.width'] },
  });
});

it('is told that its token is wrong', async () => {
  const { standIn } = await world();
  const provider = createOctoAi({ token: 'another', baseUrl: standIn.url });
  const error = await failureOf(provider.generate(buildRequest(), { signal: new AbortController().signal }));
  expect(error).toMatchObject({
    failure: 'credentials',
    sentence: { key: 'provider-setup', values: { provider: 'OctoAI' } },
  });
});

describeFaults({
  start: () => startOctoAiStandIn({ apiKey: API_KEY }),
  create: (options) => createOctoAi({ token: API_KEY, ...options }),
});
