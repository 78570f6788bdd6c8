import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ProviderFailedError, RejectedError } from '../../src/errors.ts';
import { stepRangeOf } from '../../src/generation/choose-offer.ts';
import { fitSize } from '../../src/generation/fit-size.ts';
import type { Picture, ProviderRequest } from '../../src/generation/provider.ts';
import { ASPECT_RATIOS } from '../../src/generation/request.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { buildFalCall } from '../../src/providers/fal/call.ts';
import { createFal, type FalOptions } from '../../src/providers/fal/fal.ts';
import { API_KEY, buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import { type FalStandInOptions, startFalStandIn } from '../support/stand-ins/fal.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const signal = new AbortController().signal;
const paint = createPainter('png');
const initImage: Picture = { bytes: Buffer.from(await paint(1024, 1024, 3)), mediaType: 'image/png' };
const mask: Picture = { bytes: Buffer.from(await paint(1024, 1024, 4)), mediaType: 'image/png' };
const imageUri = `data:image/png;base64,${initImage.bytes.toString('base64')}`;
const maskUri = `data:image/png;base64,${mask.bytes.toString('base64')}`;

const fromText = buildRequest({ model: 'flux-dev', inferenceSteps: 28 });
const fromPicture = buildRequest({
  model: 'flux-dev',
  mode: 'image-to-image',
  inferenceSteps: 28,
  strength: 0.6,
  initImage,
});
const repaint = buildRequest({ model: 'flux-dev', mode: 'inpaint', inferenceSteps: 28, initImage, mask });

async function start(options: Partial<FalStandInOptions> = {}, ours: Partial<FalOptions> = {}) {
  const standIn = await useStandIn(startFalStandIn({ apiKey: API_KEY, ...options }));
  return { standIn, fal: createFal({ apiKey: API_KEY, baseUrl: standIn.url, ...ours }) };
}

/** The model's own errors come as a list. */
function modelError(status: number, type: string, headers: Record<string, string> = {}, loc = ['body', 'prompt']) {
  const body = JSON.stringify({
    detail: [{ loc, msg: `about ${PROMPT}`, type, url: 'https://docs.fal.ai', input: PROMPT }],
  });
  return { kind: 'status', status, headers, body } as const;
}

describe('fal', () => {
  describe('its call', () => {
    const common = { prompt: PROMPT, seed: 7, output_format: 'png', enable_safety_checker: true, sync_mode: true };
    const square = { num_images: 1, image_size: { width: 1024, height: 1024 } };

    it.each<[string, Partial<ProviderRequest>, string, object]>([
      ['text', {}, 'fal-ai/flux/schnell', { ...common, ...square }],
      ['steps', { inferenceSteps: 12 }, 'fal-ai/flux/schnell', { ...common, ...square, num_inference_steps: 12 }],
      ['guidance', { guidanceScale: 3.5 }, 'fal-ai/flux/schnell', { ...common, ...square, guidance_scale: 3.5 }],
      ['several', { count: 4 }, 'fal-ai/flux/schnell', { ...common, ...square, num_images: 4 }],
      [
        'a size',
        { width: 1536, height: 640 },
        'fal-ai/flux/schnell',
        { ...common, num_images: 1, image_size: { width: 1536, height: 640 } },
      ],
      ['text for flux-dev', fromText, 'fal-ai/flux/dev', { ...common, ...square, num_inference_steps: 28 }],
      [
        'a picture',
        { ...fromPicture, guidanceScale: 2 },
        'fal-ai/flux/dev/image-to-image',
        { ...common, num_images: 1, num_inference_steps: 28, guidance_scale: 2, image_url: imageUri, strength: 0.6 },
      ],
      [
        'a picture without a strength',
        { ...fromPicture, strength: undefined },
        'fal-ai/flux/dev/image-to-image',
        { ...common, num_images: 1, num_inference_steps: 28, image_url: imageUri, strength: 0.75 },
      ],
      [
        'a mask',
        { ...repaint, guidanceScale: 3, strength: 0.5 },
        'fal-ai/flux-lora-fill',
        { ...common, num_inference_steps: 28, image_url: imageUri, mask_url: maskUri },
      ],
    ])('is made for %s', (_what, ours, endpoint, body) => {
      expect(buildFalCall(buildRequest(ours))).toEqual({ endpoint, body });
    });

    it('is not made without its pictures', () => {
      expect(() => buildFalCall({ ...fromPicture, initImage: undefined })).toThrow('without an init image');
      expect(() => buildFalCall({ ...repaint, mask: undefined })).toThrow('without a mask');
    });
  });

  it.each([
    ['flux-schnell', 'text-to-image', 1024, 1024, 3_000],
    ['flux-schnell', 'text-to-image', 512, 512, 3_000],
    ['flux-schnell', 'text-to-image', 1536, 640, 3_000],
    ['flux-dev', 'text-to-image', 1344, 768, 25_000],
    ['flux-dev', 'text-to-image', 1056, 1024, 50_000],
    ['flux-dev', 'image-to-image', 1024, 1024, 30_000],
    ['flux-dev', 'inpaint', 1536, 1536, 105_000],
  ] as const)('asks for %s, %s at %i × %i, %i micro-dollars', (model, mode, width, height, price) => {
    const offer = createFal({ apiKey: API_KEY }).offers.find((candidate) => candidate.model === model);
    expect(offer?.price({ mode, width, height, inferenceSteps: undefined })).toBe(price);
  });

  it.each(ASPECT_RATIOS)('asks no more than one megapixel for %s', (aspect) => {
    const [offer] = createFal({ apiKey: API_KEY }).offers;
    const size = offer && fitSize(offer.sizes, aspect);
    expect(size && offer.price({ mode: 'text-to-image', inferenceSteps: 4, ...size })).toBe(3_000);
  });

  it.each([
    ['text', fromText],
    ['a picture', fromPicture],
    ['a picture and a mask', repaint],
  ])('paints from %s', async (_what, request) => {
    const { standIn, fal } = await start();
    const result = await fal.generate(request, { signal });
    expect(result.pictures.map(({ mediaType, seed }) => ({ mediaType, seed }))).toEqual([
      { mediaType: 'image/png', seed: 7 },
    ]);
    expect(result.pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width: 1024, height: 1024 }]);
    expect(result).toMatchObject({ withheld: 0, reference: expect.any(String) });
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([`Key ${API_KEY}`]);
  });

  it('paints every number of steps and size of its offers', async () => {
    const { fal } = await start();
    for (const offer of fal.offers) {
      const { model, modes, strength } = offer;
      for (const mode of modes) {
        const range = stepRangeOf(offer, mode);
        for (const steps of [range?.least, range?.most]) {
          const request = buildRequest({
            model,
            mode,
            inferenceSteps: steps,
            initImage,
            mask,
            width: 512,
            height: 1536,
          });
          const { pictures } = await fal.generate({ ...request, strength: strength?.least }, { signal });
          expect(pictures).toHaveLength(1);
        }
      }
    }
  });

  it('reads the documented answer', async () => {
    const { standIn, fal } = await start();
    const body = await readFile(new URL('../fixtures/fal/text-to-image.json', import.meta.url), 'utf8');
    standIn.failNext({ kind: 'status', status: 200, body });
    expect(await fal.generate(buildRequest(), { signal })).toEqual({
      pictures: [{ bytes: expect.any(Buffer), mediaType: 'image/png', seed: 42 }],
      withheld: 0,
    });
  });

  it('brings several pictures, of which the first has a known seed', async () => {
    const { fal } = await start();
    const { pictures } = await fal.generate(buildRequest({ count: 3 }), { signal });
    expect(pictures.map(({ seed }) => seed)).toEqual([7, undefined, undefined]);
  });

  it('keeps what is good of a broken batch', async () => {
    const { standIn, fal } = await start();
    const body = JSON.stringify({ images: [null, { url: 17 }, { url: imageUri }], seed: 7 });
    standIn.failNext({ kind: 'status', status: 200, body });
    expect((await fal.generate(buildRequest({ count: 3 }), { signal })).pictures).toHaveLength(1);
  });

  it('drops what is flagged and counts it', async () => {
    const { fal } = await start({ flagged: [true, false] });
    const { pictures, withheld } = await fal.generate(buildRequest({ count: 2 }), { signal });
    expect({ brought: pictures.length, withheld }).toEqual({ brought: 1, withheld: 1 });
  });

  it('says so when everything is flagged', async () => {
    const { fal } = await start({ flagged: [true] });
    const error = await failureOf(fal.generate(buildRequest(), { signal }));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ sentence: { key: 'all-withheld', values: { provider: 'fal.ai' } } });
  });

  describe('an answer that links to a file', () => {
    it('is followed without the key', async () => {
      const { standIn, fal } = await start({ links: true });
      expect((await fal.generate(buildRequest(), { signal })).pictures).toHaveLength(1);
      expect(standIn.requests[1]?.headers).not.toHaveProperty('authorization');
    });

    it.each(['https://169.254.169.254/x.png', 'http://v3.fal.media/x.png', 'https://fal.media.evil.example/x.png'])(
      'is not followed to %s',
      async (links) => {
        const { fal } = await start({ links });
        const error = await failureOf(fal.generate(buildRequest(), { signal }));
        expect(error).toMatchObject({ failure: 'unreadable', billed: 'possibly' });
      },
    );
  });

  describe('its errors', () => {
    it.each([
      ['the prompt', ['body', 'prompt'], 'rejected'],
      ['the picture', ['body', 'image_url'], 'image-rejected'],
    ])('tell a refusal of %s', async (_what, loc, key) => {
      const { standIn, fal } = await start();
      standIn.failNext(modelError(422, 'content_policy_violation', { 'x-fal-retryable': 'false' }, loc));
      const error = await failureOf(fal.generate(buildRequest(), { signal }));
      expect(error).toBeInstanceOf(RejectedError);
      expect(error).toMatchObject({
        retryable: false,
        refused: 'request',
        billed: 'possibly',
        sentence: { key, values: { provider: 'fal.ai' } },
      });
    });

    it.each([
      [422, 'image_too_large', {}, 'invalid-request'],
      [422, 'image_load_error', { 'x-fal-retryable': 'false' }, 'invalid-request'],
      [422, 'no_media_generated', { 'x-fal-retryable': 'true' }, 'trouble'],
      [500, 'internal_server_error', { 'x-fal-retryable': 'true' }, 'trouble'],
      [500, 'internal_server_error', { 'x-fal-retryable': 'false' }, 'invalid-request'],
      [504, 'generation_timeout', {}, 'invalid-request'],
      [429, 'rate_limited', {}, 'rate-limited'],
    ] as const)('of the model: %i %s %j is %s', async (status, type, headers, failure) => {
      const { standIn, fal } = await start();
      standIn.failNext(modelError(status, type, headers));
      const error = await failureOf(fal.generate(buildRequest(), { signal }));
      expect(error).toBeInstanceOf(ProviderFailedError);
      expect(error).toMatchObject({
        failure,
        status,
        billed: status === 422 ? 'possibly' : 'no',
        detail: { codes: expect.arrayContaining([`type=${type}`]) },
      });
    });

    it.each([
      [504, 'request_timeout', 'trouble'],
      [504, 'startup_timeout', 'trouble'],
      [503, 'runner_scheduling_failure', 'trouble'],
      [502, 'runner_disconnected', 'trouble'],
      [500, 'runner_server_error', 'trouble'],
      [500, 'internal_error', 'trouble'],
      [499, 'client_cancelled', 'trouble'],
      [400, 'bad_request', 'invalid-request'],
    ] as const)('around the model: %i %s is %s', async (status, type, failure) => {
      const { standIn, fal } = await start();
      const inBody = JSON.stringify({ detail: 'went wrong', error_type: type });
      const inHeader = {
        headers: { 'x-fal-error-type': type, 'x-fal-request-id': 'r-1' },
        body: '{"detail": "went wrong"}',
      };
      standIn.failNext({ kind: 'status', status, body: inBody });
      standIn.failNext({ kind: 'status', status, ...inHeader });
      expect(await failureOf(fal.generate(buildRequest(), { signal }))).toMatchObject({
        failure,
        status,
        billed: 'no',
      });
      const error = await failureOf(fal.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ failure, status, detail: { requestId: 'r-1' } });
    });

    it('tell an account without credit from one without access', async () => {
      const { standIn, fal } = await start();
      const locked = 'User is locked. Reason: Exhausted balance. Top up your balance.';
      standIn.failNext({ kind: 'status', status: 403, body: JSON.stringify({ detail: locked }) });
      standIn.failNext({ kind: 'status', status: 403, body: JSON.stringify({ detail: 'No access to this app' }) });
      expect(await failureOf(fal.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'money' });
      expect(await failureOf(fal.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'not-allowed' });
    });

    it('tell a wrong key', async () => {
      const { fal } = await start({}, { apiKey: 'another' });
      expect(await failureOf(fal.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'credentials' });
    });
  });

  describe.each([
    ['text', buildRequest()],
    ['a picture', fromPicture],
    ['a picture and a mask', repaint],
  ])('from %s', (_what, request) => {
    describeFaults({
      start: () => startFalStandIn({ apiKey: API_KEY }),
      create: (options) => createFal({ apiKey: API_KEY, ...options }),
      request,
      billed5xx: 'no',
      billed422: 'possibly',
    });
  });
});
