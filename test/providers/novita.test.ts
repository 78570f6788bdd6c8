import { describe, expect, it } from 'vitest';
import { ProviderFailedError, RejectedError } from '../../src/errors.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { buildNovitaBody, createNovita, type NovitaOptions } from '../../src/providers/novita.ts';
import { API_KEY, buildRequest, describeFaults, failureOf, PROMPT, useStandIn } from '../support/provider-faults.ts';
import { type NovitaStandInOptions, startNovitaStandIn } from '../support/stand-ins/novita.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import type { Fault } from '../support/stand-ins/stand-in.ts';

const signal = new AbortController().signal;
const isFile = ({ path }: { path: string }) => path.startsWith('/files/');

async function start(options: Partial<NovitaStandInOptions> = {}, ours: Partial<NovitaOptions> = {}) {
  const standIn = await useStandIn(startNovitaStandIn({ apiKey: API_KEY, ...options }));
  const novita = createNovita({ apiKey: API_KEY, baseUrl: standIn.url, ...ours });
  return { standIn, novita };
}

/** A reason as Novita words it, under the status it comes with. */
function refusal(status: number, reason: string) {
  const body = JSON.stringify({ code: status, reason, message: `about ${PROMPT}`, metadata: {} });
  return { kind: 'status', status, body } as const;
}

describe('novita', () => {
  describe('its body', () => {
    const plain = { prompt: PROMPT, seed: 7, steps: 4, width: 1024, height: 1024, image_num: 1 };

    it.each([
      ['nothing but what is required', {}, plain],
      ['steps', { inferenceSteps: 9 }, { ...plain, steps: 9 }],
      ['the size', { width: 1344, height: 768 }, { ...plain, width: 1344, height: 768 }],
      ['the seed', { seed: 4_294_967_295 }, { ...plain, seed: 4_294_967_295 }],
      ['the count', { count: 3 }, { ...plain, image_num: 3 }],
    ])('holds %s', (_what, ours, theirs) => {
      const body = buildNovitaBody(buildRequest(ours), 'response_image_type');
      expect(body).toEqual({ ...theirs, response_image_type: 'png' });
    });

    it('names the image type as the setting says', () => {
      const body = buildNovitaBody(buildRequest(), 'response_image_format');
      expect(body).toEqual({ ...plain, response_image_format: 'png' });
    });
  });

  it.each([
    [1024, 1024, undefined, 3_000],
    [1024, 1024, 4, 3_000],
    [512, 512, 4, 750],
    [1024, 1024, 8, 6_000],
    [2048, 2048, 100, 300_000],
  ])('asks %i × %i at %s steps for %d micro-dollars', (width, height, inferenceSteps, price) => {
    const [offer] = createNovita({ apiKey: API_KEY }).offers;
    expect(offer?.price({ mode: 'text-to-image', width, height, inferenceSteps })).toBe(price);
  });

  it('paints, fetches the file without its key and keeps the bytes', async () => {
    const painted = Buffer.concat([await createPainter('png')(1024, 1024, 7), Buffer.from('as it came')]);
    const { standIn, novita } = await start({ picture: () => painted });
    const references: string[] = [];
    const onReference = (reference: string) => {
      references.push(reference);
    };
    const result = await novita.generate(buildRequest(), { signal, onReference });
    expect(result.pictures).toEqual([{ bytes: painted, mediaType: 'image/png', seed: 7 }]);
    expect(result.withheld).toBe(0);
    expect(references).toEqual([result.reference]);
    expect(standIn.requests.map(({ method, path }) => `${method} ${path.slice(0, 7)}`)).toEqual([
      'POST /v3beta',
      'GET /files/',
    ]);
    expect(standIn.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
    });
    expect(standIn.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  it('paints every size and number of steps of its offer', async () => {
    const { standIn, novita } = await start();
    for (const [width, height, inferenceSteps] of [
      [64, 2048, 1],
      [2048, 64, 100],
      [1344, 768, 4],
    ] as const) {
      const { pictures } = await novita.generate(buildRequest({ width, height, inferenceSteps }), { signal });
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual([{ width, height }]);
    }
    expect(standIn.billed).toBe(3);
  });

  it('brings several pictures and knows the seed of the first only', async () => {
    const { novita } = await start();
    const { pictures } = await novita.generate(buildRequest({ count: 3 }), { signal });
    expect(pictures.map(({ seed }) => seed)).toEqual([7, undefined, undefined]);
  });

  it('reaches an edition that knows the other name of the image type', async () => {
    const { novita } = await start(
      { imageTypeField: 'response_image_format' },
      { imageTypeField: 'response_image_format' },
    );
    expect((await novita.generate(buildRequest(), { signal })).pictures).toHaveLength(1);
  });

  it('keeps the path prefix of its base URL', async () => {
    const standIn = await useStandIn(startNovitaStandIn({ apiKey: API_KEY }));
    const novita = createNovita({ apiKey: API_KEY, baseUrl: `${standIn.url}/proxy/novita` });
    expect(await failureOf(novita.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'wrong-address' });
    expect(standIn.requests[0]?.path).toBe('/proxy/novita/v3beta/flux-1-schnell');
  });

  describe('a task without pictures', () => {
    it('is polled until it is done', async () => {
      const { standIn, novita } = await start({ pollsBeforeDone: 2 });
      const { pictures, reference } = await novita.generate(buildRequest(), { signal });
      expect(pictures).toHaveLength(1);
      const polls = standIn.requests.filter(({ path }) => path === '/v3/async/task-result');
      expect(polls.map(({ query }) => query.get('task_id'))).toEqual([reference, reference, reference]);
    });

    it.each([
      ['TASK_FAILED', { failure: 'trouble', billed: 'possibly', detail: { reason: 'TASK_FAILED' } }],
      [`no idea what ${PROMPT} is`, { failure: 'trouble', billed: 'possibly', detail: {} }],
      ['BILLING_BALANCE_NOT_ENOUGH', { failure: 'money' }],
      ['ILLEGAL_PROMPT', { code: 'rejected', billed: 'possibly' }],
      [
        'ILLEGAL_IMAGE_CONTENT',
        { code: 'rejected', sentence: { key: 'all-withheld', values: { provider: 'Novita' } } },
      ],
    ])('fails as its reason %j says', async (taskFails, expected) => {
      const { novita } = await start({ pollsBeforeDone: 0, taskFails });
      expect(await failureOf(novita.generate(buildRequest(), { signal }))).toMatchObject(expected);
    });

    it.each([
      [404, 'TASK_NOT_FOUND', { failure: 'trouble' }],
      [404, 'API_NOT_FOUND', { failure: 'wrong-address' }],
      [400, 'ILLEGAL_PROMPT', { code: 'rejected' }],
    ])('counts as possibly billed when a poll answers %i %s', async (status, reason, expected) => {
      const { standIn, novita } = await start({ pollsBeforeDone: 0 });
      standIn.failNext(refusal(status, reason), ({ method }) => method === 'GET');
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ ...expected, billed: 'possibly' });
    });

    it('is polled again where a poll did not get through', async () => {
      const { standIn, novita } = await start({ pollsBeforeDone: 1 });
      const isPoll = ({ method }: { method: string }) => method === 'GET';
      for (const fault of ['reset', { kind: 'status', status: 503 } as const] as const) standIn.failNext(fault, isPoll);
      expect((await novita.generate(buildRequest(), { signal })).pictures).toHaveLength(1);
      expect(standIn.billed).toBe(1);
    });

    it('is given up at the deadline', async () => {
      const { novita } = await start({ pollsBeforeDone: 1_000 }, { deadlineMs: 1_500 });
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ failure: 'timeout', billed: 'possibly' });
    });

    it('stops being polled when the caller aborts', async () => {
      const { standIn, novita } = await start({ pollsBeforeDone: 1_000 });
      const controller = new AbortController();
      const ended = failureOf(novita.generate(buildRequest(), { signal: controller.signal }));
      await standIn.nextRequest();
      await (await standIn.nextRequest()).delivered;
      const reason = new Error('cancelled');
      controller.abort(reason);
      expect(await ended).toBe(reason);
      expect(standIn.requests).toHaveLength(2);
    });

    it('is unreadable without a task id', async () => {
      const { standIn, novita } = await start();
      standIn.failNext({ kind: 'status', status: 200, body: '{"images": null, "task": {}}' });
      expect(await failureOf(novita.generate(buildRequest(), { signal }))).toMatchObject({ failure: 'unreadable' });
    });
  });

  describe('its reasons', () => {
    it.each([
      [400, 'MISSING_API_KEY', 'credentials'],
      [401, 'FAILED_TO_AUTH', 'credentials'],
      [403, 'INVALID_API_KEY', 'credentials'],
      [403, 'BILLING_AUTH_FAILED', 'credentials'],
      [400, 'BILLING_BALANCE_NOT_ENOUGH', 'money'],
      [403, 'NOT_ENOUGH_BALANCE', 'money'],
      [403, 'API_NOT_ALLOWED', 'not-allowed'],
      [403, 'FEATURE_NOT_ALLOWED', 'not-allowed'],
      [403, 'NEED_REAL_NAME_VERIFY', 'not-allowed'],
      [400, 'INVALID_REQUEST_BODY', 'invalid-request'],
      [400, 'INVALID_IMAGE_FORMAT', 'invalid-request'],
      [400, 'INVALID_IMAGE_SIZE', 'invalid-request'],
      [400, 'IMAGE_FILE_EXCEEDS_MAX_SIZE', 'invalid-request'],
      [400, 'IMAGE_EXCEEDS_MAX_RESOLUTION', 'invalid-request'],
      [404, 'API_NOT_FOUND', 'wrong-address'],
      [404, 'TASK_NOT_FOUND', 'trouble'],
      [429, 'RATE_LIMIT_EXCEEDED', 'rate-limited'],
      [500, 'BILLING_FAILED', 'trouble'],
      [500, 'CREATE_TASK_FAILED', 'trouble'],
      [500, 'GET_RESULT_FAILED', 'trouble'],
      [500, 'TASK_FAILED', 'trouble'],
      [400, 'SOMETHING_NEW', 'invalid-request'],
    ] as const)('reads %i %s as %s', async (status, reason, failure) => {
      const { standIn, novita } = await start();
      standIn.failNext(refusal(status, reason));
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toBeInstanceOf(ProviderFailedError);
      expect(error).toMatchObject({ failure, status, detail: { codes: expect.arrayContaining([`reason=${reason}`]) } });
    });

    it.each([
      ['ILLEGAL_PROMPT', 'rejected', 'no'],
      ['ILLEGAL_IMAGE_CONTENT', 'all-withheld', 'possibly'],
    ])('reads %s as a refusal, which is final', async (reason, key, billed) => {
      const { standIn, novita } = await start();
      standIn.failNext(refusal(400, reason));
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toBeInstanceOf(RejectedError);
      expect(error).toMatchObject({ retryable: false, billed, sentence: { key, values: { provider: 'Novita' } } });
    });

    it('tells a wrong key', async () => {
      const { novita } = await start({}, { apiKey: 'another' });
      expect(await failureOf(novita.generate(buildRequest(), { signal }))).toMatchObject({
        failure: 'credentials',
        billed: 'no',
      });
    });
  });

  describe('the file behind the link', () => {
    it.each<Fault>([
      'reset',
      'cut-body',
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    ])('is fetched again after %j, and not paid for twice', async (fault) => {
      const { standIn, novita } = await start();
      standIn.failNext(fault, isFile);
      expect((await novita.generate(buildRequest(), { signal })).pictures).toHaveLength(1);
      expect(standIn.billed).toBe(1);
    });

    it.each([
      ['hang-before-headers', 'timeout', 1],
      ['stall-in-body', 'timeout', 3],
      ['cut-body', 'unreadable', 3],
      ['html', 'unreadable', 1],
      ['oversized-body', 'unreadable', 1],
      ['reset', 'network', 3],
      ['redirect-private', 'unreadable', 1],
      [
        { kind: 'status', status: 403, body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>' },
        'unreadable',
        1,
      ],
      [{ kind: 'status', status: 404 }, 'unreadable', 1],
      [{ kind: 'status', status: 503 }, 'trouble', 3],
    ] as const)('with the fault %j is %s, and possibly billed, after %i tries', async (fault, failure, tries) => {
      const limits = {
        ...(fault === 'hang-before-headers' ? { deadlineMs: 1_500 } : {}),
        ...(fault === 'stall-in-body' ? { idleMs: 500 } : {}),
      };
      const { standIn, novita } = await start({}, limits);
      standIn.failAlways(fault, isFile);
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ failure, billed: 'possibly', retryable: true });
      expect(standIn.requests).toHaveLength(1 + tries);
    });

    it.each([
      'https://169.254.169.254/latest/meta-data/',
      'https://127.0.0.1/picture.png',
      'http://files.r2.cloudflarestorage.com/picture.png',
      'https://r2.cloudflarestorage.com.evil.example/picture.png',
      'file:///etc/passwd',
      'not a link',
    ])('is not fetched from %s', async (link) => {
      const { standIn, novita } = await start({ link });
      const error = await failureOf(novita.generate(buildRequest(), { signal }));
      expect(error).toMatchObject({ failure: 'unreadable', billed: 'possibly' });
      expect(standIn.requests).toHaveLength(1);
    });

    it('stops being fetched when the caller aborts', async () => {
      const { standIn, novita } = await start();
      standIn.failNext('stall-in-body', isFile);
      const controller = new AbortController();
      const ended = failureOf(novita.generate(buildRequest(), { signal: controller.signal }));
      await standIn.nextRequest();
      const { delivered } = await standIn.nextRequest();
      const reason = new Error('cancelled');
      controller.abort(reason);
      expect(await ended).toBe(reason);
      expect(await delivered).toBe(false);
    });
  });

  describeFaults({
    start: () => startNovitaStandIn({ apiKey: API_KEY }),
    create: (options) => createNovita({ apiKey: API_KEY, ...options }),
    // Its answers hold links, not pictures.
    without: ['wrong-base64'],
  });
});
