import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Picture, ProviderRequest } from '../../src/generation/provider.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { buildSdapiBody, createSdapi, type SdapiOptions } from '../../src/providers/sdapi.ts';
import { buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import { type SdapiStandInOptions, startSdapiStandIn } from '../support/stand-ins/sdapi.ts';

const signal = new AbortController().signal;
const paint = createPainter('png');
const initImage: Picture = { bytes: Buffer.from(await paint(1024, 1024, 3)), mediaType: 'image/png' };
const mask: Picture = { bytes: Buffer.from(await paint(1024, 1024, 4)), mediaType: 'image/png' };
const init_images = [initImage.bytes.toString('base64')];

const fromText = buildRequest({ model: 'local' });
const fromPicture = buildRequest({ model: 'local', mode: 'image-to-image', strength: 0.6, initImage });
const repaint = buildRequest({ model: 'local', mode: 'inpaint', strength: 1, initImage, mask });

async function start(options: SdapiStandInOptions = {}, ours: Partial<SdapiOptions> = {}) {
  const standIn = await useStandIn(startSdapiStandIn(options));
  return { standIn, local: createSdapi({ url: standIn.url, ...ours }) };
}

describe('sdapi', () => {
  describe('its body', () => {
    const plain = { prompt: PROMPT, width: 1024, height: 1024, seed: 7, batch_size: 1, steps: 20, cfg_scale: 1 };
    const repainted = { inpainting_mask_invert: 0, inpainting_fill: 1, inpaint_full_res: false };

    it.each<[string, ProviderRequest, object]>([
      ['text', fromText, plain],
      ['steps', { ...fromText, inferenceSteps: 4 }, { ...plain, steps: 4 }],
      ['a size', { ...fromText, width: 1344, height: 768 }, { ...plain, width: 1344, height: 768 }],
      ['several', { ...fromText, count: 3 }, { ...plain, batch_size: 3 }],
      ['a picture', fromPicture, { ...plain, init_images, denoising_strength: 0.6 }],
      [
        'a picture without a strength',
        { ...fromPicture, strength: undefined },
        { ...plain, init_images, denoising_strength: 0.75 },
      ],
      [
        'a mask',
        repaint,
        { ...plain, init_images, denoising_strength: 1, mask: mask.bytes.toString('base64'), ...repainted },
      ],
    ])('holds %s', (_what, request, body) => {
      expect(buildSdapiBody(request, 20)).toEqual(body);
    });

    it('is not built without its pictures', () => {
      expect(() => buildSdapiBody({ ...fromPicture, initImage: undefined }, 4)).toThrow('without an init image');
      expect(() => buildSdapiBody({ ...repaint, mask: undefined }, 4)).toThrow('without a mask');
    });
  });

  it('offers what its owner calls it, for nothing, one job at a time', () => {
    const [offer] = createSdapi({ url: 'http://127.0.0.1:7860' }).offers;
    expect(offer).toMatchObject({ provider: 'sdapi', providerLabel: 'Local server', model: 'local', concurrency: 1 });
    expect(offer?.price({ mode: 'text-to-image', width: 1024, height: 1024, inferenceSteps: 20 })).toBe(0);
    const named = createSdapi({
      url: 'http://127.0.0.1:7860',
      model: 'flux-schnell',
      label: 'The attic',
      defaultSteps: 4,
    });
    expect(named.offers).toMatchObject([
      { model: 'flux-schnell', providerLabel: 'The attic', inferenceSteps: { default: 4 } },
    ]);
  });

  describe.each(['forge', 'sd-server'] as const)('on %s', (server) => {
    it.each([
      ['text', fromText, '/sdapi/v1/txt2img'],
      ['a picture', fromPicture, '/sdapi/v1/img2img'],
      ['a picture and a mask', repaint, '/sdapi/v1/img2img'],
    ])('paints from %s', async (_what, request, path) => {
      const { standIn, local } = await start({ server });
      const { pictures, withheld } = await local.generate(request, { signal });
      expect(pictures).toEqual([{ bytes: expect.any(Buffer), mediaType: 'image/png', seed: 7 }]);
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width: 1024, height: 1024 }]);
      expect({ withheld, paths: standIn.requests.map((asked) => asked.path) }).toEqual({ withheld: 0, paths: [path] });
    });

    it('reads the documented answer', async () => {
      const { standIn, local } = await start({ server });
      const body = await readFile(new URL(`../fixtures/sdapi/${server}.json`, import.meta.url), 'utf8');
      standIn.failNext({ kind: 'status', status: 200, body });
      const { pictures } = await local.generate(fromText, { signal });
      expect(pictures.map(({ seed }) => seed)).toEqual([server === 'forge' ? 3511 : 7]);
    });
  });

  it('says that the picture it was given is broken, and will stay so', async () => {
    const { local } = await start();
    const broken: Picture = { bytes: Buffer.from('no picture'), mediaType: 'image/png' };
    const error = await failureOf(local.generate({ ...fromPicture, initImage: broken }, { signal }));
    expect(error).toMatchObject({ failure: 'invalid-request', status: 500, retryable: false });
  });

  it('brings several pictures, each with its seed', async () => {
    const { local } = await start();
    const { pictures } = await local.generate({ ...fromText, count: 3 }, { signal });
    expect(pictures.map(({ seed }) => seed)).toEqual([7, 8, 9]);
  });

  it('leaves out the grid behind the pictures', async () => {
    const { local } = await start({ addsGrid: true });
    const { pictures } = await local.generate({ ...fromText, count: 2 }, { signal });
    expect(pictures.map(({ bytes }) => readPictureSize(bytes)?.width)).toEqual([1024, 1024]);
  });

  it('keeps what is good of a broken batch', async () => {
    const { standIn, local } = await start();
    const images = [17, initImage.bytes.toString('base64'), null];
    standIn.failNext({ kind: 'status', status: 200, body: JSON.stringify({ images, info: '' }) });
    expect((await local.generate({ ...fromText, count: 3 }, { signal })).pictures).toHaveLength(1);
  });

  it.each([
    ['empty', '', [7, undefined]],
    ['not JSON', 'Steps: 20', [7, undefined]],
    ['null', 'null', [7, undefined]],
    ['an object', { seed: 12 }, [12, undefined]],
    ['without all seeds', '{"seed": 12}', [12, undefined]],
    ['random', '{"seed": -1, "all_seeds": [-1, -1]}', [7, undefined]],
    ['of another version', '{"seed": 12, "all_seeds": "12,13"}', [12, undefined]],
  ])('copes with info that is %s', async (_what, info, seeds) => {
    const { local } = await start({ info });
    const { pictures } = await local.generate({ ...fromText, count: 2 }, { signal });
    expect(pictures.map(({ seed }) => seed)).toEqual(seeds);
  });

  it('shows its password where one is asked for', async () => {
    const { local } = await start({ auth: 'easel:s3cret' }, { auth: 'easel:s3cret' });
    expect((await local.generate(fromText, { signal })).pictures).toHaveLength(1);
    const { local: without } = await start({ auth: 'easel:s3cret' });
    expect(await failureOf(without.generate(fromText, { signal }))).toMatchObject({ failure: 'credentials' });
  });

  it.each([
    [400, { error: 'prompt required' }, 'invalid-request'],
    [404, { detail: 'Not Found' }, 'wrong-address'],
    [422, { detail: [{ loc: ['body', 'steps'], msg: 'no', type: 'int_parsing' }] }, 'invalid-request'],
    [500, { error: 'OutOfMemoryError', detail: '', body: '', errors: 'CUDA out of memory' }, 'trouble'],
    [500, { error: 'server_error', message: 'generation failed' }, 'trouble'],
  ] as const)('reads %i %j as %s', async (status, body, failure) => {
    const { standIn, local } = await start();
    standIn.failNext({ kind: 'status', status, body: JSON.stringify(body) });
    expect(await failureOf(local.generate(fromText, { signal }))).toMatchObject({ failure, status });
  });

  describe.each([
    ['text', fromText],
    ['a picture', fromPicture],
    ['a picture and a mask', repaint],
  ])('from %s', (_what, request) => {
    describeFaults({
      start: () => startSdapiStandIn(),
      create: ({ baseUrl, ...options }) => createSdapi({ url: baseUrl, ...options }),
      request,
    });
  });
});
