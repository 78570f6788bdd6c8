import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cdn } from './cdn.ts';
import type { RecordedRequest } from './contract.ts';
import { type FaultBox, workWithFault } from './faults.ts';
import { hashBytes } from './files.ts';
import { Refusal, refuse } from './refusal.ts';
import { type RequestContent, readContent } from './request-content.ts';
import type { Answer, RouteMatch, Router } from './router.ts';

const API = '/api/v10';
const CDN = '/attachments/';

/**
 * Nothing here is limited but by faults; the headers only have the shape of Discord's. Callbacks have no bucket
 * (docs: Rate Limits, 2026-08).
 */
const GENEROUS = { limit: 10_000, remaining: 9_999, resetAfterSeconds: 1 } as const;

interface ApiServerOptions {
  origin: string;
  token: string;
  router: Router;
  cdn: Cdn;
  faults: FaultBox;
  requestBytes: number;
  /** Records the digest of each file. */
  hashesFiles: boolean;
  now: () => number;
  findInteractionId: (params: RouteMatch['params'], body: unknown) => string | undefined;
  onRequest: (request: RecordedRequest) => void;
  /** A mistake of this program, as a plain sentence. */
  onMistake: (sentence: string) => void;
  /** Ends injected delays. */
  signal: AbortSignal;
}

/** The listener of the HTTP server: files under `/attachments/`, the API under `/api/v10`. */
export function createApiListener(
  options: ApiServerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { origin, router, cdn, faults, signal } = options;

  async function serveFile(method: string, url: URL, response: ServerResponse): Promise<void> {
    const route = '/attachments/{channel_id}/{attachment_id}/{filename}';
    const fault = faults.take({ method, route, path: url.pathname, withFiles: false });
    const passes: Answer = { status: 200 };
    const answer = await workWithFault(fault, async () => passes, signal);
    if (answer === passes) cdn.serve(method, url, response);
    else if (answer === 'dropped') response.socket?.resetAndDestroy();
    else response.writeHead(answer.status, { 'content-type': 'text/plain', ...answer.headers }).end();
  }

  async function serveApi(method: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = options.now();
    const path = url.pathname.slice(API.length);
    const match = router.find(method, path.replaceAll('%40', '@'));
    const withFiles = request.headers['content-type']?.startsWith('multipart/') === true;
    const fault = faults.take({ method, route: match?.template, path, withFiles });
    const content = await readContent(request, options.requestBytes).catch(toAnswerOrThrow);
    const work = async () => ('status' in content ? content : handle(method, match, url, request, content));
    const answer = await workWithFault(fault, work, signal);
    if (answer === 'dropped') response.socket?.resetAndDestroy();
    else sendAnswer(response, answer, match);
    const { body, files } = 'status' in content ? { body: undefined, files: [] } : content;
    options.onRequest({
      method,
      route: match?.template,
      path: path + url.search,
      body,
      files: files.map(({ name, bytes, contentType }) => ({
        name,
        size: bytes.byteLength,
        contentType,
        ...(options.hashesFiles && { sha256: hashBytes(bytes) }),
      })),
      status: answer === 'dropped' ? 0 : answer.status,
      response: answer === 'dropped' ? undefined : answer.body,
      receivedAt,
      answeredAt: options.now(),
      interactionId: match && options.findInteractionId(match.params, body),
    });
  }

  function handle(
    method: string,
    match: RouteMatch | undefined,
    url: URL,
    request: IncomingMessage,
    content: RequestContent,
  ): Answer {
    try {
      if (!/^DiscordBot \(/.test(request.headers['user-agent'] ?? '')) throw refuse('userAgent');
      if (!match) throw refuse('notFound');
      const { route, params } = match;
      if (!route) throw refuse('methodNotAllowed');
      if (route.access === 'bot' && request.headers.authorization !== `Bot ${options.token}`)
        throw refuse('unauthorized');
      return route.handle({
        ...content,
        query: url.searchParams,
        param(name) {
          const value = params[name];
          if (value === undefined) throw new Error(`${match.template} has no ${name}`);
          return value;
        },
      });
    } catch (error) {
      if (error instanceof Refusal) return answerRefusal(error);
      options.onMistake(
        `The local Discord failed at ${method} ${match?.template}: ${error instanceof Error ? error.stack : error}`,
      );
      return answerRefusal(refuse('internal'));
    }
  }

  return (request, response) => {
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', origin);
    const done = url.pathname.startsWith(CDN)
      ? serveFile(method, url, response)
      : url.pathname.startsWith(`${API}/`)
        ? serveApi(method, url, request, response)
        : Promise.resolve(sendAnswer(response, answerRefusal(refuse('notFound')), undefined));
    // The client hung up in the middle, or the server is closing.
    done.catch(() => response.destroy());
  };
}

function toAnswerOrThrow(error: unknown): Answer {
  if (error instanceof Refusal) return answerRefusal(error);
  throw error;
}

function answerRefusal({ status, code, message, errors }: Refusal): Answer {
  return { status, body: { message, code, ...(errors && { errors }) } };
}

function sendAnswer(response: ServerResponse, { status, body, headers }: Answer, match: RouteMatch | undefined): void {
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...(json && { 'content-type': 'application/json', 'content-length': json.byteLength }),
    ...bucketHeaders(match),
    ...headers,
  });
  response.end(json);
}

function bucketHeaders(match: RouteMatch | undefined): Record<string, string> {
  const { bucket, template } = match ?? {};
  if (!bucket || template === '/interactions/{interaction_id}/{interaction_token}/callback') return {};
  return {
    'x-ratelimit-bucket': bucket,
    'x-ratelimit-limit': String(GENEROUS.limit),
    'x-ratelimit-remaining': String(GENEROUS.remaining),
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + GENEROUS.resetAfterSeconds),
    'x-ratelimit-reset-after': GENEROUS.resetAfterSeconds.toFixed(3),
  };
}
