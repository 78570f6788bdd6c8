import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, FormData } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProviderFailedError } from '../../src/errors.ts';
import { createAgent } from '../../src/http/agent.ts';
import { callHttp, type HttpCall, postJson } from '../../src/http/call.ts';
import { NOBODY } from '../support/nobody.ts';
import { type Fault, type StandInAnswer, startStandIn } from '../support/stand-ins/stand-in.ts';

async function world(answer: StandInAnswer = { body: { fine: true } }, fault?: Fault) {
  const standIn = await startStandIn({ handle: () => answer });
  const dispatcher = createAgent();
  onTestFinished(async () => {
    await standIn.close();
    await dispatcher.destroy();
  });
  if (fault !== undefined) standIn.failAlways(fault);
  const call = (changes: Partial<HttpCall> = {}) =>
    callHttp({
      provider: 'Novita',
      url: `${standIn.url}/paint?signature=secret`,
      signal: new AbortController().signal,
      dispatcher,
      ...changes,
    });
  return { standIn, dispatcher, call };
}

async function failureOf(call: Promise<unknown>): Promise<ProviderFailedError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderFailedError) return error;
  throw new Error('the call did not fail as a provider does', { cause: error });
}

describe('an exchange', () => {
  it('hands over status, headers and body', async () => {
    const { call } = await world({
      status: 201,
      headers: { Seed: '7', 'X-Twice': 'a, b' },
      body: Buffer.from('bytes'),
    });
    const answer = await call();
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ seed: '7', 'x-twice': 'a, b', 'content-length': '5' });
    expect(answer.body.toString()).toBe('bytes');
  });

  it.each([204, 302, 400, 404, 500, 503])('resolves with status %i like with any other', async (status) => {
    const { call } = await world({ status });
    expect((await call()).status).toBe(status);
  });

  it('sends JSON with its type and length', async () => {
    const { standIn, dispatcher } = await world();
    const { signal } = new AbortController();
    await postJson({
      provider: 'Novita',
      url: `${standIn.url}/a`,
      headers: { accept: 'x' },
      json: { seed: 7 },
      signal,
      dispatcher,
    });
    const [request] = standIn.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/a', json: { seed: 7 } });
    expect(request?.headers).toMatchObject({ accept: 'x', 'content-type': 'application/json', 'content-length': '10' });
  });

  it('says who is calling, unless the caller does', async () => {
    const { standIn, call } = await world();
    await call();
    await call({ headers: { 'user-agent': 'another' } });
    expect(standIn.requests.map(({ headers }) => headers['user-agent'])).toEqual(['Easel', 'another']);
  });

  it('sends a form as multipart', async () => {
    const { standIn, call } = await world();
    const body = new FormData();
    body.set('image', new Blob([new Uint8Array([1, 2, 3])]), 'image.png');
    await call({ body });
    expect(standIn.requests[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(standIn.requests[0]?.body.toString('latin1')).toContain('filename="image.png"');
  });

  it('never follows a redirect', async () => {
    const { standIn: other } = await world();
    const { call } = await world({ status: 307, headers: { location: other.url } });
    expect((await call()).status).toBe(307);
    expect(other.requests).toHaveLength(0);
  });

  it('keeps the connection for the next call', async () => {
    const { call, dispatcher } = await world();
    let connections = 0;
    dispatcher.on('connect', () => {
      connections += 1;
    });
    await call();
    // undici frees the connection one turn after the answer.
    await nextTurn();
    await call();
    expect(connections).toBe(1);
  });

  it('reads a body of exactly the most it may', async () => {
    const { call } = await world({ body: Buffer.alloc(1000) });
    expect((await call({ maxBytes: 1000 })).body.byteLength).toBe(1000);
  });
});

describe('a broken exchange', () => {
  it('is not billed when nobody listens', async () => {
    const { call } = await world();
    expect(await failureOf(call({ url: NOBODY }))).toMatchObject({ failure: 'network', billed: 'no', retryable: true });
  });

  it('is not billed when the name does not resolve', async () => {
    const dispatcher = new Agent({
      connect: {
        lookup: (_name, _options, callback) =>
          callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), ''),
      },
    });
    const { call } = await world();
    expect(await failureOf(call({ dispatcher, url: 'http://gone.example' }))).toMatchObject({
      failure: 'network',
      billed: 'no',
    });
  });

  it('is not billed when the deadline ends before there is a connection', async () => {
    const dispatcher = new Agent({ connect: () => {} });
    const { call } = await world();
    expect(await failureOf(call({ dispatcher, deadlineMs: 30 }))).toMatchObject({ failure: 'timeout', billed: 'no' });
  });

  it('is not billed when the request cannot be written, and does not show what was in it', async () => {
    const { call } = await world();
    const error = await failureOf(call({ headers: { authorization: 'Bearer key\nx' } }));
    expect(error).toMatchObject({ failure: 'invalid-request', billed: 'no' });
    expect(`${error.message} ${JSON.stringify(error.detail)} ${String(error.cause)}`).not.toContain('key');
  });

  it.each<[Fault, Partial<HttpCall>, Partial<ProviderFailedError>]>([
    ['reset', {}, { failure: 'network', billed: 'possibly', status: undefined }],
    ['hang-before-headers', { deadlineMs: 500 }, { failure: 'timeout', billed: 'possibly', status: undefined }],
    ['stall-in-body', { idleMs: 300 }, { failure: 'timeout', billed: 'possibly', status: 200 }],
    ['stall-in-body', { deadlineMs: 500 }, { failure: 'timeout', billed: 'possibly', status: 200 }],
    ['cut-body', {}, { failure: 'unreadable', billed: 'possibly', status: 200 }],
    ['oversized-body', { maxBytes: 100_000 }, { failure: 'unreadable', billed: 'possibly', status: 200 }],
  ])('after %s with %o is told apart', async (fault, changes, expected) => {
    const { standIn, call } = await world({ body: Buffer.alloc(10_000) }, fault);
    expect(await failureOf(call(changes))).toMatchObject({ ...expected, provider: 'Novita' });
    expect(await standIn.requests[0]?.delivered).toBe(false);
  });

  it('is over as soon as the announced length is too much', async () => {
    const { call } = await world({ body: Buffer.alloc(1001) }, 'stall-in-body');
    expect(await failureOf(call({ maxBytes: 1000 }))).toMatchObject({ failure: 'unreadable' });
  });

  it('names the address without its query, which can hold a signature', async () => {
    const { standIn, call } = await world({}, 'reset');
    const error = await failureOf(call());
    expect(error.detail).toEqual({ url: `${standIn.url}/paint` });
  });

  it('counts as possibly billed when the picture exists already', async () => {
    const { call } = await world();
    const error = await failureOf(call({ url: NOBODY, paid: true }));
    expect(error).toMatchObject({ failure: 'network', billed: 'possibly' });
  });

  it.each<[Fault, Partial<HttpCall>]>([
    ['cut-body', {}],
    ['stall-in-body', { idleMs: 300 }],
    ['oversized-body', { maxBytes: 100_000 }],
  ])('still tells an error status after %s', async (fault, changes) => {
    const { call } = await world({ status: 429, headers: { 'retry-after': '3' }, body: Buffer.alloc(1000) }, fault);
    const { status } = await call(changes);
    expect(status).toBe(429);
  });
});

describe('an aborted call', () => {
  const reason = new Error('the member pressed Cancel');

  it('throws the reason and asks nobody when it was aborted before', async () => {
    const { standIn, call } = await world();
    await expect(call({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(standIn.requests).toHaveLength(0);
  });

  it('throws the reason at once while the connection is still being made', async () => {
    const controller = new AbortController();
    const { call } = await world();
    const calling = call({ signal: controller.signal, dispatcher: new Agent({ connect: () => {} }) });
    controller.abort(reason);
    await expect(calling).rejects.toBe(reason);
  });

  it.each<Fault>(['hang-before-headers', 'stall-in-body'])(
    'throws the reason and hangs up during %s',
    async (fault) => {
      const controller = new AbortController();
      const { standIn, call } = await world({ body: Buffer.alloc(1000) }, fault);
      const calling = call({ signal: controller.signal });
      const request = await standIn.nextRequest();
      controller.abort(reason);
      await expect(calling).rejects.toBe(reason);
      expect(await request.delivered).toBe(false);
    },
  );

  it('throws the reason even when an error status was already there', async () => {
    const controller = new AbortController();
    const { standIn, call } = await world({ status: 500, body: Buffer.alloc(1000) }, 'stall-in-body');
    const calling = call({ signal: controller.signal });
    await standIn.nextRequest();
    controller.abort(reason);
    await expect(calling).rejects.toBe(reason);
  });
});
