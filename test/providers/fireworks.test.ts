import { describe, expect, it } from 'vitest';
import { RejectedError } from '../../src/errors.ts';
import type { ProviderRequest } from '../../src/generation/provider.ts';
import { ASPECT_RATIOS } from '../../src/generation/request.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { buildFireworksBody, createFireworks, type FireworksOptions } from '../../src/providers/fireworks.ts';
import { API_KEY, buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import {
  FIREWORKS_FILTERED,
  type FireworksStandInOptions,
  startFireworksStandIn,
} from '../support/stand-ins/fireworks.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const PATH = '/inference/v1/workflows/accounts/fireworks/models/flux-1-schnell-fp8/text_to_image';

async function world(options: Partial<FireworksOptions> = {}, standInOptions: Partial<FireworksStandInOptions> = {}) {
  const { dialect = 'seed' } = options;
  const standIn = await useStandIn(startFireworksStandIn({ apiKey: API_KEY, dialect, ...standInOptions }));
  const provider = createFireworks({ apiKey: API_KEY, baseUrl: standIn.url, dialect, ...options });
  const generate = (changes: Partial<ProviderRequest> = {}) =>
    provider.generate(buildRequest(changes), { signal: new AbortController().signal });
  return { standIn, provider, generate };
}

describe('buildFireworksBody', () => {
  it('says what it must in the seed dialect', () => {
    expect(buildFireworksBody(buildRequest(), 'seed', true)).toEqual({
      prompt: PROMPT,
      width: 1024,
      height: 1024,
      steps: 4,
      seed: 7,
      samples: 1,
      safety_check: true,
    });
  });

  it('says what it must in the current dialect', () => {
    expect(buildFireworksBody(buildRequest({ aspect: '16:9' }), 'current', true)).toEqual({
      prompt: PROMPT,
      aspect_ratio: '16:9',
      num_inference_steps: 4,
      seed: 7,
    });
  });

  it.each<[string, Partial<ProviderRequest>, object, object]>([
    ['steps', { inferenceSteps: 9 }, { steps: 9 }, { num_inference_steps: 9 }],
    ['guidance scale', { guidanceScale: 0 }, { cfg_scale: 0 }, { guidance_scale: 0 }],
    ['negative prompt', { negativePrompt: 'fog' }, { negative_prompt: 'fog' }, {}],
    ['size', { width: 1536, height: 640, aspect: '21:9' }, { width: 1536, height: 640 }, { aspect_ratio: '21:9' }],
    ['count', { count: 3 }, { samples: 3 }, {}],
  ])('translates %s', (_what, changes, seedDialect, currentDialect) => {
    const request = buildRequest(changes);
    expect(buildFireworksBody(request, 'seed', false)).toMatchObject({ ...seedDialect, safety_check: false });
    const current = buildFireworksBody(request, 'current', false);
    expect(current).toMatchObject(currentDialect);
    const known = ['prompt', 'aspect_ratio', 'guidance_scale', 'num_inference_steps', 'seed'];
    expect(Object.keys(current).filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the offer', () => {
  const use = { mode: 'text-to-image', width: 1024, height: 1024, inferenceSteps: undefined } as const;

  it.each([
    [use, 1_400],
    [{ ...use, inferenceSteps: 1 }, 350],
    [{ ...use, inferenceSteps: 8, width: 1536 }, 2_800],
  ])('costs what the price list says (%#)', (used, microUsd) => {
    expect(createFireworks({ apiKey: API_KEY, dialect: 'seed' }).offers[0]?.price(used)).toBe(microUsd);
  });

  it('names only sizes the vendor takes', async () => {
    const { generate, provider } = await world();
    const sizes = provider.offers[0]?.sizes;
    const pairs = sizes?.kind === 'pairs' ? sizes.pairs : [];
    expect(pairs).toHaveLength(9);
    for (const [width, height] of pairs) {
      const { pictures } = await generate({ width, height });
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width, height }]);
    }
  });

  it('names a size for every ratio in the current dialect', async () => {
    const { generate, provider } = await world({ dialect: 'current' });
    const sizes = provider.offers[0]?.sizes;
    for (const aspect of ASPECT_RATIOS) {
      const { pictures } = await generate({ aspect });
      const [width, height] = (sizes?.kind === 'aspects' ? sizes.sizes[aspect] : undefined) ?? [];
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width, height }]);
    }
  });
});

describe('one picture', () => {
  it.each(['seed', 'current'] as const)(
    'comes as bytes, with the seed of the header, in the %s dialect',
    async (dialect) => {
      const { generate, standIn } = await world({ dialect });
      const result = await generate();
      expect(result).toMatchObject({ pictures: [{ mediaType: 'image/png', seed: 7 }], withheld: 0 });
      expect(standIn.requests[0]).toMatchObject({ method: 'POST', path: PATH });
      expect(standIn.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, accept: 'image/png' });
      expect(standIn.requests[0]?.headers['json-return-image-accept']).toBeUndefined();
    },
  );

  it('is exactly the bytes the vendor sent', async () => {
    const painted = await createPainter('png')(1024, 1024, 3);
    const { generate } = await world({}, { picture: () => painted });
    const { pictures } = await generate();
    expect(pictures[0]?.bytes.equals(painted)).toBe(true);
  });

  it.each<Record<string, string>>([{}, { seed: '0' }, { seed: 'none' }])(
    'keeps our seed beside the headers %o',
    async (headers) => {
      const { generate, standIn } = await world();
      standIn.failNext({ kind: 'status', status: 200, headers, body: await createPainter('png')(1024, 1024, 3) });
      expect(await generate({ seed: 12 })).toMatchObject({ pictures: [{ seed: 12 }] });
    },
  );

  it('is read from JSON too, should the vendor answer so', async () => {
    const base64 = (await createPainter('png')(1024, 1024, 3)).toString('base64');
    const { generate, standIn } = await world();
    standIn.failNext({
      kind: 'status',
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ id: 'r-1', base64, finishReason: 'SUCCESS', seed: 5 }),
    });
    expect(await generate()).toMatchObject({ pictures: [{ seed: 5 }], reference: 'r-1' });
  });
});

describe('several pictures', () => {
  it.each(['list', 'data-uris'] as const)('come as JSON (%s), with a seed for the first', async (base64As) => {
    const { generate, standIn } = await world({}, { base64As });
    const result = await generate({ count: 3 });
    expect(result.pictures.map(({ seed, mediaType }) => [seed, mediaType])).toEqual([
      [7, 'image/png'],
      [undefined, 'image/png'],
      [undefined, 'image/png'],
    ]);
    expect(result).toMatchObject({ withheld: 0, reference: 'request-1' });
    expect(standIn.billed).toBe(3);
    expect(standIn.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'json-return-image-accept': 'image/png',
    });
  });

  it('are as many as there are when the answer holds one string', async () => {
    const { generate } = await world({}, { base64As: 'string' });
    expect((await generate({ count: 2 })).pictures).toHaveLength(1);
  });

  it.each([
    {},
    { base64: null },
    { base64: [] },
    { base64: [null] },
    { base64: ['null'] },
    { base64: '' },
    { base64: ['!'] },
    { base64: 7 },
    { error: { message: PROMPT } },
  ])('are unreadable as %o', async (body) => {
    const { generate, standIn } = await world();
    standIn.failNext({
      kind: 'status',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, finishReason: null, seed: null }),
    });
    expect(await failureOf(generate({ count: 2 }))).toMatchObject({ failure: 'unreadable', billed: 'possibly' });
  });
});

describe('the safety check', () => {
  const prompt = `a ${FIREWORKS_FILTERED} thing`;

  it.each([1, 2])('throws away what comes with a filtered answer (%i asked)', async (count) => {
    const { generate, standIn } = await world({ safetyCheck: true });
    const error = await failureOf(generate({ prompt, count }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ sentence: { key: 'all-withheld', values: { provider: 'Fireworks' } } });
    expect(standIn.billed).toBe(count);
  });

  it('withholds nothing while it is off', async () => {
    const { generate } = await world();
    expect((await generate({ prompt })).pictures).toHaveLength(1);
  });
});

it('goes below a path prefix of the base URL', async () => {
  const { standIn } = await world();
  const provider = createFireworks({ apiKey: API_KEY, baseUrl: `${standIn.url}/proxy`, dialect: 'seed' });
  await failureOf(provider.generate(buildRequest(), { signal: new AbortController().signal }));
  expect(standIn.requests[0]?.path).toBe(`/proxy${PATH}`);
});

it('reads a suspended account as a matter of money', async () => {
  const { generate, standIn } = await world();
  standIn.failNext({ kind: 'status', status: 412, body: '{"error":{"code":"SUSPENDED","message":"unpaid"}}' });
  expect(await failureOf(generate())).toMatchObject({
    failure: 'money',
    status: 412,
    billed: 'no',
    detail: { codes: ['code=SUSPENDED'] },
  });
});

it('is told that the dialect is not spoken here', async () => {
  const { generate } = await world({ dialect: 'seed' }, { dialect: 'current' });
  expect(await failureOf(generate())).toMatchObject({
    failure: 'invalid-request',
    detail: { codes: ['code=INVALID_REQUEST', 'type=invalid_request_error'] },
  });
});

it('is told that its key is wrong', async () => {
  const { generate } = await world({ apiKey: 'another' });
  expect(await failureOf(generate())).toMatchObject({ failure: 'credentials', status: 401 });
});

describe.each([
  ['one picture', 1],
  ['several pictures', 2],
])('asked for %s', (_what, count) => {
  describeFaults({
    start: () => startFireworksStandIn({ apiKey: API_KEY }),
    create: (options) => createFireworks({ apiKey: API_KEY, dialect: 'seed', ...options }),
    request: buildRequest({ count }),
  });
});

describe('in the current dialect', () => {
  describeFaults({
    start: () => startFireworksStandIn({ apiKey: API_KEY, dialect: 'current' }),
    create: (options) => createFireworks({ apiKey: API_KEY, dialect: 'current', ...options }),
  });
});
