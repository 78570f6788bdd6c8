import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { speak } from '../../src/language/index.ts';
import { AddressUnavailableError, type Page, startWebServer } from '../../src/web/server.ts';

async function serve(pages: readonly Page[], onError?: (error: unknown) => void) {
  const server = await startWebServer({
    host: '127.0.0.1',
    port: 0,
    pages,
    ...(onError === undefined ? {} : { onError }),
  });
  onTestFinished(() => server.close());
  return server;
}

const hello: Page = { method: 'GET', path: '/hello', handle: () => new Response('hello') };

describe('the web server', () => {
  it('answers a page with its Response, status and headers', async () => {
    const { url } = await serve([
      {
        method: 'GET',
        path: '/tea',
        handle: () => new Response('short', { status: 418, headers: { 'x-pot': 'stout' } }),
      },
    ]);
    const response = await fetch(`${url}/tea?milk=1`);
    expect(response.status).toBe(418);
    expect(response.headers.get('x-pot')).toBe('stout');
    expect(await response.text()).toBe('short');
  });

  it('answers HEAD without a body, and 404 and 405 in plain words', async () => {
    const { url } = await serve([hello]);
    const head = await fetch(`${url}/hello`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const missing = await fetch(`${url}/nowhere`);
    expect([missing.status, await missing.text()]).toEqual([404, 'There is nothing here.\n']);
    const wrong = await fetch(`${url}/hello`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('prefers the longest path and serves folders', async () => {
    const say = (path: string, text: string): Page => ({ method: 'GET', path, handle: () => new Response(text) });
    const { url } = await serve([say('/*', 'root'), say('/files/*', 'files'), say('/files/index', 'index')]);
    const bodies = ['/x', '/files/a/b', '/files/index'].map(async (path) => (await fetch(url + path)).text());
    expect(await Promise.all(bodies)).toEqual(['root', 'files', 'index']);
  });

  it('hands the body on, and refuses one that is too large', async () => {
    const { url } = await serve([
      {
        method: 'POST',
        path: '/echo',
        maxBodyBytes: 10,
        handle: async (request) => new Response(await request.text()),
      },
    ]);
    const post = (body: string) => fetch(`${url}/echo`, { method: 'POST', body });
    expect(await (await post('ten bytes!')).text()).toBe('ten bytes!');
    expect((await post('eleven bytes')).status).toBe(413);
  });

  it('answers 500 without details when a page throws, and reports it', async () => {
    const errors: unknown[] = [];
    const { url } = await serve(
      [
        {
          method: 'GET',
          path: '/boom',
          handle() {
            throw new Error('the secret');
          },
        },
      ],
      (error) => errors.push(error),
    );
    const response = await fetch(`${url}/boom`);
    expect([response.status, await response.text()]).toEqual([500, 'Something went wrong on our side.\n']);
    expect(errors).toEqual([new Error('the secret')]);
  });

  it('says that it is starting until it is shown pages', async () => {
    const server = await startWebServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    const early = await fetch(`${server.url}/hello`, { method: 'POST', body: 'unread' });
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await early.text()).toBe('Easel is starting. Try again in a moment.\n');
    server.show([hello]);
    expect(await (await fetch(`${server.url}/hello`)).text()).toBe('hello');
    expect((await fetch(`${server.url}/other`)).status).toBe(404);
  });

  it('aborts the request’s signal when the client leaves a stream', async () => {
    const aborted = Promise.withResolvers<void>();
    const { url } = await serve([
      {
        method: 'GET',
        path: '/stream',
        handle({ signal }) {
          signal.addEventListener('abort', () => aborted.resolve());
          return new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('first')) }));
        },
      },
    ]);
    const client = new AbortController();
    const response = await fetch(`${url}/stream`, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await aborted.promise;
  });

  it('ends open streams when it closes', async () => {
    const server = await startWebServer({
      host: '127.0.0.1',
      port: 0,
      pages: [
        {
          method: 'GET',
          path: '/stream',
          handle: ({ signal }) =>
            new Response(
              new ReadableStream({
                start(controller) {
                  controller.enqueue(Buffer.from('first'));
                  signal.addEventListener('abort', () => controller.close());
                },
              }),
            ),
        },
      ],
    });
    const response = await fetch(`${server.url}/stream`);
    const reader = response.body?.getReader();
    await reader?.read();
    await server.close();
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
  });

  it('says plainly that the port is taken', async () => {
    const { url } = await serve([hello]);
    const port = Number(new URL(url).port);
    const error = await startWebServer({ host: '127.0.0.1', port, pages: [] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AddressUnavailableError);
    if (error instanceof AddressUnavailableError) {
      expect(speak('en', error.sentence)).toBe(
        `Port ${port} on 127.0.0.1 is already in use. Set PORT to another one, or stop what uses it.`,
      );
    }
  });

  it.each(['evil/x', 'user@127.0.0.1', 'a b'])('refuses the Host %j', async (host) => {
    const { url } = await serve([hello]);
    const outgoing = httpRequest(`${url}/hello`, { headers: { host } });
    outgoing.end();
    const [response] = await once(outgoing, 'response');
    response.resume();
    expect(response.statusCode).toBe(400);
  });

  it('survives rubbish on the socket', async () => {
    const { url } = await serve([hello]);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('\x16\x03\x01 not http\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect((await fetch(`${url}/hello`)).status).toBe(200);
  });
});
