import { readFile } from 'node:fs/promises';
import { FormData } from 'undici';
import { describe, expect, it } from 'vitest';
import { RejectedError } from '../../src/errors.ts';
import type { Picture, ProviderRequest } from '../../src/generation/provider.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { createDeepInfra, type DeepInfraOptions } from '../../src/providers/deepinfra/deepinfra.ts';
import { native } from '../../src/providers/deepinfra/native.ts';
import { edits, generations, variations } from '../../src/providers/deepinfra/openai.ts';
import { API_KEY, buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import { type DeepInfraStandInOptions, startDeepInfraStandIn } from '../support/stand-ins/deepinfra.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const signal = new AbortController().signal;
const initImage: Picture = { bytes: await createPainter('png')(1024, 1024, 3), mediaType: 'image/png' };
const PICTURE = initImage.bytes.toString('base64');
const toKontext = buildRequest({ model: 'flux-kontext', mode: 'image-to-image', initImage });
const toRedux = buildRequest({ model: 'flux-redux', mode: 'image-to-image', initImage });

async function start(options: Partial<DeepInfraStandInOptions> = {}, ours: Partial<DeepInfraOptions> = {}) {
  const standIn = await useStandIn(startDeepInfraStandIn({ apiKey: API_KEY, ...options }));
  return { standIn, deepInfra: createDeepInfra({ token: API_KEY, baseUrl: standIn.url, ...ours }) };
}

async function readFixture(name: string): Promise<string> {
  return readFile(new URL(`../fixtures/deepinfra/${name}.json`, import.meta.url), 'utf8');
}

function priceOf(
  api: 'native' | 'openai',
  model: string,
  use: { width: number; height: number; inferenceSteps?: number },
) {
  const offer = createDeepInfra({ token: API_KEY, api }).offers.find((candidate) => candidate.model === model);
  return offer?.price({ mode: 'text-to-image', inferenceSteps: undefined, ...use });
}

describe('deepinfra', () => {
  describe('its native body', () => {
    const plain = { prompt: PROMPT, num_images: 1, num_inference_steps: 4, width: 1024, height: 1024, seed: 7 };

    it.each<[string, Partial<ProviderRequest>, object]>([
      ['four steps, unlike the vendor’s default', {}, plain],
      ['steps', { inferenceSteps: 50 }, { ...plain, num_inference_steps: 50 }],
      ['the size as numbers', { width: 1440, height: 256 }, { ...plain, width: 1440, height: 256 }],
      ['the seed', { seed: 4_294_967_295 }, { ...plain, seed: 4_294_967_295 }],
      ['the count', { count: 4 }, { ...plain, num_images: 4 }],
      ['no end user', { endUser: 'b0b' }, plain],
    ])('holds %s', (_what, ours, theirs) => {
      expect(native.buildBody(buildRequest(ours))).toEqual(theirs);
    });
  });

  describe('its OpenAI-compatible body', () => {
    const plain = {
      model: 'black-forest-labs/FLUX-1-schnell',
      prompt: PROMPT,
      n: 1,
      size: '1024x1024',
      response_format: 'b64_json',
    };

    it.each<[string, Partial<ProviderRequest>, object]>([
      ['neither seed nor steps', { seed: 5, inferenceSteps: 9 }, plain],
      ['the size', { width: 1344, height: 768 }, { ...plain, size: '1344x768' }],
      ['the count', { count: 4 }, { ...plain, n: 4 }],
      ['the end user', { endUser: 'b0b' }, { ...plain, user: 'b0b' }],
    ])('holds %s', (_what, ours, theirs) => {
      expect(generations.buildBody(buildRequest(ours))).toEqual(theirs);
    });

    it.each([
      [
        'an edit',
        edits.buildBody({ ...toKontext, endUser: 'b0b' }),
        ['model', 'image', 'n', 'size', 'prompt', 'response_format', 'user'],
      ],
      [
        'a variation, which takes no prompt',
        variations.buildBody({ ...toRedux, endUser: 'b0b' }),
        ['model', 'image', 'n', 'size'],
      ],
    ])('is a form for %s', (_what, body, fields) => {
      expect(body instanceof FormData && [...body.keys()]).toEqual(fields);
    });

    it.each([edits, variations])('is not built without a picture for $path', ({ buildBody }) => {
      expect(() => buildBody({ ...toKontext, initImage: undefined })).toThrow('image-to-image without an init image');
    });
  });

  it.each([
    ['native', 'flux-schnell', { width: 1024, height: 1024, inferenceSteps: 4 }, 2_000],
    ['native', 'flux-schnell', { width: 512, height: 512, inferenceSteps: 1 }, 125],
    ['native', 'flux-schnell', { width: 1024, height: 768, inferenceSteps: 50 }, 18_750],
    ['openai', 'flux-schnell', { width: 1024, height: 1024 }, 2_000],
    ['openai', 'flux-kontext', { width: 1024, height: 1024 }, 25_000],
    ['native', 'flux-redux', { width: 512, height: 1024 }, 6_000],
  ] as const)('asks over %s for %s %j: %d micro-dollars', (api, model, use, price) => {
    expect(priceOf(api, model, use)).toBe(price);
  });

  it('offers what each API can do', () => {
    const [overNative, kontext, redux] = createDeepInfra({ token: API_KEY }).offers;
    const [overOpenAi] = createDeepInfra({ token: API_KEY, api: 'openai' }).offers;
    expect(overNative).toMatchObject({
      model: 'flux-schnell',
      seed: 'ours',
      inferenceSteps: { least: 1, most: 50, default: 4 },
    });
    expect(overOpenAi).toMatchObject({ model: 'flux-schnell', seed: 'theirs' });
    expect(overOpenAi).not.toHaveProperty('inferenceSteps');
    expect(kontext).toMatchObject({ model: 'flux-kontext', modes: ['image-to-image'] });
    expect(kontext).not.toHaveProperty('strength');
    expect(redux).toMatchObject({ model: 'flux-redux', modes: ['image-to-image'], promptIgnored: true });
    expect(redux).not.toHaveProperty('strength');
  });

  describe('over its native API', () => {
    it('paints with our seed and tells what it cost', async () => {
      const { standIn, deepInfra } = await start();
      const request = buildRequest({ width: 1344, height: 768, inferenceSteps: 8 });
      const result = await deepInfra.generate(request, { signal });
      expect(result.pictures.map(({ mediaType, seed }) => ({ mediaType, seed }))).toEqual([
        { mediaType: 'image/png', seed: 7 },
      ]);
      expect(result.pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width: 1344, height: 768 }]);
      expect(result).toMatchObject({ withheld: 0, costMicroUsd: 3_938, reference: expect.stringMatching(/^req-/) });
      expect(standIn.billedUsd).toBeCloseTo(0.003938, 6);
      expect(standIn.requests[0]?.headers).toMatchObject({
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
      });
    });

    it('reads the documented answer', async () => {
      const { standIn, deepInfra } = await start();
      standIn.failNext({ kind: 'status', status: 200, body: await readFixture('native') });
      const result = await deepInfra.generate(buildRequest(), { signal });
      expect(result).toMatchObject({
        pictures: [{ mediaType: 'image/jpeg', seed: 12_345 }],
        withheld: 0,
        costMicroUsd: 2_000,
      });
      expect(result.reference).toBeUndefined();
    });

    it.each<[string, object]>([
      ['an id that is a number', { request_id: 7 }],
      ['a cost in words', { inference_status: { status: 'succeeded', cost: '0.002' } }],
      ['a cost that is not known yet', { inference_status: { status: 'unknown', runtime_ms: 0, cost: 0 } }],
      ['a cost below nothing', { inference_status: { status: 'succeeded', cost: -0.002 } }],
      ['a status in words', { inference_status: 'succeeded' }],
      ['a seed in words', { seed: 'seven' }],
      ['a picture that is none beside it', { images: [17, null, PICTURE] }],
    ])('keeps a paid picture whatever comes with it: %s', async (_what, said) => {
      const { standIn, deepInfra } = await start();
      standIn.failNext({ kind: 'status', status: 200, body: JSON.stringify({ images: [PICTURE], ...said }) });
      const result = await deepInfra.generate(buildRequest(), { signal });
      expect(result).toEqual({ pictures: [expect.objectContaining({ mediaType: 'image/png' })], withheld: 0 });
    });

    it('makes do with an answer of nothing but pictures', async () => {
      const { deepInfra } = await start({ bare: true });
      const result = await deepInfra.generate(buildRequest(), { signal });
      expect(result).toEqual({ pictures: [expect.objectContaining({ seed: 7 })], withheld: 0 });
    });

    it('paints several, of which the first has a known seed', async () => {
      const { deepInfra } = await start();
      const { pictures } = await deepInfra.generate(buildRequest({ count: 4 }), { signal });
      expect(pictures.map(({ seed }) => seed)).toEqual([7, undefined, undefined, undefined]);
    });

    it.each([true, false])('drops what is flagged (empty: %s) and counts it', async (emptyWhenFlagged) => {
      const { deepInfra } = await start({ flagged: [true, false, true], emptyWhenFlagged });
      const { pictures, withheld } = await deepInfra.generate(buildRequest({ count: 3 }), { signal });
      expect({ brought: pictures.length, withheld }).toEqual({ brought: 1, withheld: 2 });
    });

    it.each([true, false])('says so when everything is flagged (empty: %s)', async (emptyWhenFlagged) => {
      const { deepInfra } = await start({ flagged: [true], emptyWhenFlagged });
      const error = await failureOf(deepInfra.generate(buildRequest(), { signal }));
      expect(error).toBeInstanceOf(RejectedError);
      expect(error).toMatchObject({ sentence: { key: 'all-withheld', values: { provider: 'DeepInfra' } } });
    });

    it('believes a status of failed', async () => {
      const { deepInfra } = await start({ inferenceStatus: 'failed' });
      const error = await failureOf(deepInfra.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ failure: 'trouble', billed: 'possibly' });
    });

    describeFaults({
      start: () => startDeepInfraStandIn({ apiKey: API_KEY }),
      create: (options) => createDeepInfra({ token: API_KEY, ...options }),
    });
  });

  describe('over its OpenAI-compatible API', () => {
    it('paints with a seed of its own', async () => {
      const { deepInfra } = await start({}, { api: 'openai' });
      const result = await deepInfra.generate(buildRequest({ count: 2, width: 1440, height: 256, endUser: 'b0b' }), {
        signal,
      });
      expect(result).toEqual({
        pictures: Array.from({ length: 2 }, () => ({ bytes: expect.any(Buffer), mediaType: 'image/jpeg' })),
        withheld: 0,
      });
      expect(result.pictures.map(({ bytes }) => readPictureSize(bytes))).toContainEqual({ width: 1440, height: 256 });
    });

    it('reads the documented answer', async () => {
      const { standIn, deepInfra } = await start({}, { api: 'openai' });
      standIn.failNext({ kind: 'status', status: 200, body: await readFixture('openai') });
      expect(await deepInfra.generate(buildRequest(), { signal })).toMatchObject({
        pictures: [{ mediaType: 'image/jpeg' }],
      });
    });

    it('keeps a paid picture whatever comes beside it', async () => {
      const { standIn, deepInfra } = await start({}, { api: 'openai' });
      const body = JSON.stringify({ data: [null, { b64_json: 17 }, { b64_json: PICTURE }] });
      standIn.failNext({ kind: 'status', status: 200, body });
      expect((await deepInfra.generate(buildRequest(), { signal })).pictures).toHaveLength(1);
    });

    describeFaults({
      start: () => startDeepInfraStandIn({ apiKey: API_KEY }),
      create: (options) => createDeepInfra({ token: API_KEY, api: 'openai', ...options }),
    });
  });

  describe('with Kontext', () => {
    it('edits the picture it is given, whichever API paints', async () => {
      const { standIn, deepInfra } = await start();
      const result = await deepInfra.generate({ ...toKontext, width: 1024, height: 768, endUser: 'b0b' }, { signal });
      expect(result.pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width: 1024, height: 768 }]);
      expect(standIn.requests[0]?.body.includes(initImage.bytes)).toBe(true);
    });

    it('takes a JPEG as well', async () => {
      const { deepInfra } = await start();
      const jpeg: Picture = { bytes: await createPainter('jpeg')(1024, 1024, 3), mediaType: 'image/jpeg' };
      expect((await deepInfra.generate({ ...toKontext, initImage: jpeg }, { signal })).pictures).toHaveLength(1);
    });

    describeFaults({
      start: () => startDeepInfraStandIn({ apiKey: API_KEY }),
      create: (options) => createDeepInfra({ token: API_KEY, ...options }),
      request: toKontext,
    });
  });

  describe('with Redux', () => {
    it('varies the picture it is given and sends no words', async () => {
      const { standIn, deepInfra } = await start();
      const { pictures } = await deepInfra.generate(toRedux, { signal });
      expect(pictures).toHaveLength(1);
      expect(standIn.requests[0]?.body.includes(initImage.bytes)).toBe(true);
      expect(standIn.requests[0]?.body.includes(PROMPT)).toBe(false);
    });

    describeFaults({
      start: () => startDeepInfraStandIn({ apiKey: API_KEY }),
      create: (options) => createDeepInfra({ token: API_KEY, ...options }),
      request: toRedux,
    });
  });

  describe('its errors', () => {
    it.each([
      [402, { detail: { error: `no payment method for ${PROMPT.slice(0, 12)}` } }, 'money', []],
      [
        404,
        { error: { message: `no model for “${PROMPT}”`, code: 'model_not_found' } },
        'wrong-address',
        ['code=model_not_found'],
      ],
      [
        422,
        { detail: [{ loc: ['body', 'prompt'], msg: `bad: ${PROMPT.slice(0, 12)}`, type: 'value_error' }] },
        'invalid-request',
        ['type=value_error', 'loc=body.prompt'],
      ],
    ])(
      'tell the codes of a %i and none of its words, which may be the prompt’s',
      async (status, body, failure, codes) => {
        const { standIn, deepInfra } = await start();
        standIn.failNext({ kind: 'status', status, body: JSON.stringify(body) });
        const error = await failureOf(deepInfra.generate(buildRequest(), { signal }));
        expect(error).toMatchObject({ failure, billed: 'no' });
        expect(error).toHaveProperty('detail', { codes });
      },
    );

    it('tell a wrong token', async () => {
      const { deepInfra } = await start({}, { token: 'another' });
      expect(await failureOf(deepInfra.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'credentials' });
    });
  });
});
