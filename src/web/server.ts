import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BotError } from '../errors.ts';
import type { Sentence } from '../language/index.ts';

/** One thing the HTTP side serves: a web-standard `Request` in, a `Response` out. */
export interface Page {
  /** `GET` answers `HEAD` too. */
  readonly method: 'GET' | 'POST';
  /** Exact (`/healthz`), or everything below a folder (`/files/*`). The longest match wins. */
  readonly path: string;
  /** A larger body is refused with 413. Default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** `request.signal` aborts when the client is gone or the server closes. What it throws is answered with 500. */
  handle(request: Request): Response | Promise<Response>;
}

export interface WebServer {
  /** Where a browser on this machine finds it: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Serves these from now on. */
  show(pages: readonly Page[]): void;
  /** Takes no more requests, ends the open streams, waits for answers under way, at most 5 s. */
  close(): Promise<void>;
}

interface WebServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Absent: whatever is asked for is still starting (503), until `show`. */
  pages?: readonly Page[];
  /** A page threw; its client already has a plain 500. */
  onError?: (error: unknown, request: { method: string; path: string }) => void;
}

/** HOST and PORT cannot be had. */
export class AddressUnavailableError extends BotError {
  readonly code = 'address-unavailable';
  readonly retryable = true;
}

const DEFAULT_BODY_BYTES = 64 * 1024;
const CLOSE_WITHIN_MS = 5_000;

/** Throws `AddressUnavailableError` when the address cannot be had. */
export async function startWebServer({ host, port, pages, onError = () => {} }: WebServerOptions): Promise<WebServer> {
  let shown = pages;
  const answering = new Set<Promise<void>>();
  const openStreams = new Set<AbortController>();
  let closing = false;

  const server = createServer((incoming, outgoing) => {
    const answered = answerOn(incoming, outgoing).finally(() => answering.delete(answered));
    answering.add(answered);
  });

  async function answerOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    let tooLarge = false;
    let response: Response;
    try {
      response = await answer(shown, incoming, gone.signal, () => {
        tooLarge = true;
      });
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!tooLarge) onError(error, describe(incoming));
      response = tooLarge ? plain(413, 'That is too large.') : plain(500, 'Something went wrong on our side.');
    }
    openStreams.add(gone);
    if (closing) gone.abort();
    try {
      await send(response, incoming, outgoing);
    } catch (error) {
      // The status line is gone already: cutting the connection is the only way left to say it.
      if (!gone.signal.aborted) onError(error, describe(incoming));
      outgoing.destroy();
    } finally {
      openStreams.delete(gone);
    }
  }

  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new AddressUnavailableError(`cannot listen on ${host}:${port}`, {
      sentence: addressSentence(error, host, port),
      cause: error,
    });
  }
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;

  return {
    url: `http://${reachableHost(host)}:${boundPort}`,
    show(pages) {
      shown = pages;
    },
    async close() {
      closing = true;
      const closed = once(server, 'close');
      server.close();
      for (const stream of openStreams) stream.abort();
      await Promise.race([Promise.allSettled(answering), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
      // Browsers keep connections open that carried nothing yet, which `closeIdleConnections` would not end.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  pages: readonly Page[] | undefined,
  incoming: IncomingMessage,
  signal: AbortSignal,
  onTooLarge: () => void,
): Promise<Response> {
  const url = readUrl(incoming);
  if (url === undefined) return plain(400, 'That request makes no sense.');
  // A browser looks again by itself.
  if (pages === undefined)
    return plain(503, 'Easel is starting. Try again in a moment.', { 'retry-after': '1', refresh: '1' });
  const here = pages
    .filter((page) => matches(page.path, url.pathname))
    .sort((one, other) => other.path.length - one.path.length);
  if (here.length === 0) return plain(404, 'There is nothing here.');
  const method = incoming.method === 'HEAD' ? 'GET' : incoming.method;
  const page = here.find((candidate) => candidate.method === method);
  if (page === undefined) {
    const allowed = [...new Set(here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
    return plain(405, `Only ${allowed.join(', ')} here.`, { allow: allowed.join(', ') });
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (method === 'GET') return page.handle(new Request(url, { method: incoming.method, headers, signal }));
  const body = Readable.toWeb(capBody(incoming, page.maxBodyBytes ?? DEFAULT_BODY_BYTES, onTooLarge));
  return page.handle(new Request(url, { method, headers, body, signal, duplex: 'half' }));
}

function matches(path: string, pathname: string): boolean {
  return path.endsWith('/*') ? pathname.startsWith(path.slice(0, -1)) : pathname === path;
}

/** `undefined` when Host or the request target are not what a URL is made of. */
function readUrl({ headers, url }: IncomingMessage): URL | undefined {
  const parsed = URL.parse(`http://${headers.host ?? ''}${url ?? ''}`);
  // A Host such as `a/b` or `user@host` would move the rest of the address about.
  return parsed?.host === headers.host?.toLowerCase().replace(/:80$/, '') ? (parsed ?? undefined) : undefined;
}

/** Reading past `maxBytes` fails, after `onTooLarge` was called. */
function capBody(incoming: IncomingMessage, maxBytes: number, onTooLarge: () => void): Readable {
  let bytes = 0;
  return incoming.pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes <= maxBytes) return done(null, chunk);
        onTooLarge();
        done(new Error(`body over ${maxBytes} bytes`));
      },
    }),
  );
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // What is left of a body nobody read would be taken for the next request.
  if (!incoming.complete) outgoing.setHeader('connection', 'close');
  // Events end with their connection: in chunks, a crash would show as a broken answer on the browser's console.
  if (response.headers.get('content-type') === 'text/event-stream') outgoing.removeHeader('transfer-encoding');
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (incoming.method === 'HEAD' || response.body === null) {
    await response.body?.cancel();
    outgoing.end();
    await finished(outgoing);
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(response.body), outgoing);
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers },
  });
}

function describe({ method = '', url = '' }: IncomingMessage): { method: string; path: string } {
  return { method, path: url.split('?')[0] ?? '' };
}

function addressSentence(error: unknown, host: string, port: number): Sentence {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return { key: 'port-in-use', values: { host, port } };
  if (code === 'EACCES') return { key: 'port-forbidden', values: { host, port } };
  return { key: 'host-unavailable', values: { host } };
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
