import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with the pictures in an otherwise proper answer; each vendor's stand-in knows where they are. */
export type ContentFault = 'empty-list' | 'null-string' | 'wrong-base64' | 'not-an-image' | 'wrong-size' | 'one-pixel';

/** What goes wrong whatever the answer is. */
export type TransportFault =
  | 'hang-before-headers'
  | 'stall-in-body'
  | 'cut-body'
  | 'invalid-json'
  | 'html'
  | 'oversized-body'
  | 'reset'
  | 'redirect-private';

export interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * A status answers in place of the vendor, which then paints and bills nothing. All others spoil an answer the vendor
 * has made and billed.
 */
export type Fault = StatusFault | TransportFault | ContentFault;

export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `undefined` when the body is not JSON. */
  readonly json: unknown;
  /** Resolves when the exchange is over: did the caller stay for the whole answer? */
  readonly delivered: Promise<boolean>;
  /** When it was begun, by `performance.now()`. */
  readonly receivedAt: number;
}

export interface StandInAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but a string or a buffer goes out as JSON. */
  readonly body?: unknown;
}

export interface StandInOptions {
  handle(request: RecordedRequest, fault: ContentFault | undefined): StandInAnswer | Promise<StandInAnswer>;
  /** Before every answer, the time a vendor would paint. */
  latencyMs?: number;
}

export interface StandIn {
  /** Without a trailing slash. */
  readonly url: string;
  /** In the order they arrived. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves with the next request once it has been read completely. */
  nextRequest(): Promise<RecordedRequest>;
  /** Spoils the next request, or the next that `matches`; several calls queue up. */
  failNext(fault: Fault, matches?: (request: RecordedRequest) => boolean): void;
  /** Spoils every request that no `failNext` takes; `undefined` ends it. */
  failAlways(fault: Fault | undefined, matches?: (request: RecordedRequest) => boolean): void;
  close(): Promise<void>;
}

interface PlannedFault {
  readonly fault: Fault;
  readonly matches: (request: RecordedRequest) => boolean;
}

const CONTENT_FAULTS: readonly ContentFault[] = [
  'empty-list',
  'null-string',
  'wrong-base64',
  'not-an-image',
  'wrong-size',
  'one-pixel',
];

const PRIVATE_ADDRESS = 'http://169.254.169.254/latest/meta-data/';
const MEGABYTE = 1024 * 1024;

/** A vendor on a socket of this machine: what every vendor's stand-in is built on. */
export async function startStandIn({ handle, latencyMs = 0 }: StandInOptions): Promise<StandIn> {
  const requests: RecordedRequest[] = [];
  const planned: PlannedFault[] = [];
  let always: PlannedFault | undefined;
  let awaited = Promise.withResolvers<RecordedRequest>();

  const takeFault = (request: RecordedRequest): Fault | undefined => {
    const index = planned.findIndex(({ matches }) => matches(request));
    if (index !== -1) return planned.splice(index, 1)[0]?.fault;
    return always?.matches(request) ? always.fault : undefined;
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await record(incoming, response);
    const fault = takeFault(request);
    requests.push(request);
    awaited.resolve(request);
    awaited = Promise.withResolvers();
    if (latencyMs > 0) await sleep(latencyMs);
    if (typeof fault === 'object') {
      send(response, fault);
      return;
    }
    const contentFault = CONTENT_FAULTS.find((known) => known === fault);
    const answer = await handle(request, contentFault);
    if (fault === undefined || fault === contentFault) send(response, answer);
    else spoil(response, answer, fault);
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      // A caller who left in the middle of its own body; anything else is a fault of the stand-in's.
      if (incoming.readableAborted) return;
      send(response, { status: 500, body: `stand-in: ${String(error)}` });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('stand-in without a port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    nextRequest: () => awaited.promise,
    failNext: (fault, matches = () => true) => {
      planned.push({ fault, matches });
    },
    failAlways: (fault, matches = () => true) => {
      always = fault === undefined ? undefined : { fault, matches };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function record(incoming: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
  const receivedAt = performance.now();
  const over = Promise.withResolvers<boolean>();
  response.once('close', () => over.resolve(response.writableFinished));
  const url = new URL(incoming.url ?? '/', 'http://stand-in');
  const body = await buffer(incoming);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
    json: parseIfJson(body),
    delivered: over.promise,
    receivedAt,
  };
}

function parseIfJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

interface Encoded {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: Buffer;
}

function encode({ status = 200, headers = {}, body = '' }: StandInAnswer): Encoded {
  const isText = typeof body === 'string';
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(isText ? body : JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : isText ? 'text/plain' : 'application/json';
  return { status, headers: { 'content-type': type, ...headers, 'content-length': bytes.byteLength }, body: bytes };
}

function send(response: ServerResponse, answer: StandInAnswer): void {
  const { status, headers, body } = encode(answer);
  response.writeHead(status, headers).end(body);
}

function spoil(response: ServerResponse, answer: StandInAnswer, fault: TransportFault | ContentFault): void {
  const { status, headers, body } = encode(answer);
  const half = body.subarray(0, Math.ceil(body.byteLength / 2));
  switch (fault) {
    case 'hang-before-headers':
      return;
    case 'stall-in-body':
      response.writeHead(status, headers).write(half);
      return;
    case 'cut-body':
      response.writeHead(status, headers).write(half, () => response.destroy());
      return;
    case 'invalid-json':
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"images": [{"a');
      return;
    case 'html':
      response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Bad gateway</title>');
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'redirect-private':
      response.writeHead(307, { location: PRIVATE_ADDRESS }).end();
      return;
    case 'oversized-body':
      response.writeHead(status, { 'content-type': String(headers['content-type']) });
      pour(response, 2048 * MEGABYTE);
      return;
    default:
      throw new Error(`a vendor's own fault: ${fault}`);
  }
}

/** Sends bytes until there are enough or the caller leaves. */
function pour(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(MEGABYTE, '[');
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.byteLength;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}
