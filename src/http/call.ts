import type { Dispatcher, FormData } from 'undici';
import { ProviderFailedError, type ProviderFailure } from '../errors.ts';
import { currentClock, type GiveUpTimer } from '../job-clock.ts';
import { currentSentMark } from '../sent-mark.ts';
import { createAgent } from './agent.ts';
import { AnnouncedBody, type Body, GrowingBody } from './body.ts';
import { currentHold } from './bytes-in-flight.ts';

/** A picture of one megapixel as PNG is up to about 3 MB; the largest any vendor makes stays well below this. */
const MOST_BYTES = 32 * 1024 * 1024;

// undici names nobody by itself, and a vendor's CDN may turn such calls away: Together's answers 403
// (docs.together.ai, "Images overview", read 2026-11).
const USER_AGENT = 'Easel';

export interface HttpCall {
  /** As members read it: names the provider in errors. */
  provider: string;
  url: string | URL;
  /** Default: POST with a body, GET without. */
  method?: 'GET' | 'POST';
  /** Lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** A form must be undici's own `FormData`; its content type is set here. */
  body?: string | Buffer | FormData;
  signal: AbortSignal;
  /** Default: a pool of connections shared by all calls that name none. */
  dispatcher?: Dispatcher;
  /** For the whole exchange, without what the body waits for room here. Default 120 000. */
  deadlineMs?: number;
  /** Longest silence once the headers are in; until then only the deadline counts. Default 20 000. */
  idleMs?: number;
  /** Of the answer's body. Default 32 MB. */
  maxBytes?: number;
  /** The picture exists already, so every failure counts as possibly billed. Default false. */
  paid?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; repeated headers joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const sharedAgent = createAgent();

/**
 * One HTTP exchange, its body read to the end. Every status resolves, and redirects are answers like any other.
 * An error status counts even when its body breaks off: what arrived of it is handed over.
 *
 * Throws the signal's reason, unwrapped, as soon as it is aborted; otherwise `ProviderFailedError`: `network` when
 * there is no connection or it broke before an answer, `timeout`, and `unreadable` for a body that is too long or cut.
 * Billed is `no` only where the request never left.
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  currentSentMark()?.preparing();
  call.signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  new Exchange(call, resolve, reject).start();
  return await promise;
}

/** `callHttp` with a JSON body. */
export function postJson({
  json,
  headers,
  ...call
}: Omit<HttpCall, 'body' | 'method'> & { json: unknown }): Promise<HttpAnswer> {
  return callHttp({
    ...call,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
}

/**
 * undici's own `request()` is not used because it cannot say whether the request ever left, and because an abort
 * reaches it only once the connection stands.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #call: HttpCall;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #hold = currentHold();
  readonly #clock = currentClock();
  readonly #sentMark = currentSentMark();
  #body: Body | undefined;
  #head: Omit<HttpAnswer, 'body'> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #idle: GiveUpTimer | undefined;
  #deadline: GiveUpTimer | undefined;
  #settled = false;

  constructor(call: HttpCall, resolve: (answer: HttpAnswer) => void, reject: (reason: unknown) => void) {
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { url, body, method = body === undefined ? 'GET' : 'POST', headers, signal } = this.#call;
    const { dispatcher = sharedAgent, deadlineMs = 120_000 } = this.#call;
    const { origin, pathname, search } = new URL(url);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#deadline = this.#clock.giveUpAfter(deadlineMs, () =>
      this.#fail('timeout', `no answer within ${deadlineMs} ms`),
    );
    // Both timers are ours: undici's are only half a second exact and start over on every header.
    const timers = { headersTimeout: 0, bodyTimeout: 0 };
    const named = { 'user-agent': USER_AGENT, ...headers };
    dispatcher.dispatch({ origin, path: pathname + search, method, headers: named, body, ...timers }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Settled while the connection was still being made: there is nobody left to ask for.
    if (this.#settled) {
      controller.abort(new Error('no longer wanted'));
      return;
    }
    this.#controller = controller;
    this.#sentMark?.sent();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    const { maxBytes = MOST_BYTES, idleMs = 20_000 } = this.#call;
    const joined = joinRepeated(headers);
    this.#head = { status, headers: joined };
    const announced = Number(joined['content-length'] ?? 0);
    this.#body = announced > 0 ? new AnnouncedBody(Math.min(announced, maxBytes)) : new GrowingBody();
    this.#idle = this.#clock.giveUpAfter(idleMs, () => this.#fail('timeout', `body stalled for ${idleMs} ms`));
    if (announced > maxBytes) this.#failOversized(maxBytes);
    else this.#makeRoom(controller, announced);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { maxBytes = MOST_BYTES } = this.#call;
    if (this.#body === undefined || this.#settled) return;
    this.#idle?.refresh();
    this.#body.add(chunk);
    if (this.#body.length > maxBytes) this.#failOversized(maxBytes);
    else if (this.#body instanceof GrowingBody) this.#makeRoom(controller, chunk.byteLength);
  }

  /** Leaves the body at the vendor's end until there is room for it here; the job's clock stands still meanwhile. */
  #makeRoom(controller: Dispatcher.DispatchController, bytes: number): void {
    const room = bytes > 0 ? this.#hold?.take(bytes) : undefined;
    if (room === undefined) return;
    controller.pause();
    void room.then(() => {
      if (this.#settled) return;
      this.#idle?.refresh();
      controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#head !== undefined) this.#answer(this.#head);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#head !== undefined) this.#fail('unreadable', 'body cut', error);
    else if (isRefusedByUndici(error)) this.#fail('invalid-request', 'request cannot be written', error);
    else this.#fail('network', this.#controller === undefined ? 'no connection' : 'connection broke', error);
  }

  readonly #onAbort = () => {
    if (this.#settle()) this.#reject(this.#call.signal.reason);
  };

  #failOversized(maxBytes: number): void {
    this.#fail('unreadable', `body over ${maxBytes} bytes`, undefined, { oversized: true });
  }

  #fail(failure: ProviderFailure, what: string, cause?: Error, detail: Readonly<Record<string, unknown>> = {}): void {
    if (this.#head !== undefined && this.#head.status >= 400) {
      this.#answer(this.#head);
      return;
    }
    const sent = this.#controller !== undefined;
    if (!this.#settle()) return;
    const { provider, url, paid = false } = this.#call;
    // Without the query, which can hold a signature.
    const { origin, pathname } = new URL(url);
    this.#reject(
      new ProviderFailedError(`${provider}: ${what}`, {
        provider,
        failure,
        billed: sent || paid ? 'possibly' : 'no',
        status: this.#head?.status,
        detail: { url: origin + pathname, ...detail },
        cause,
      }),
    );
  }

  #answer(head: Omit<HttpAnswer, 'body'>): void {
    if (this.#settle()) this.#resolve({ ...head, body: this.#body?.read() ?? Buffer.alloc(0) });
  }

  /** `false` when the exchange was over already. Ends what is still open. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#deadline?.clear();
    this.#idle?.clear();
    this.#call.signal.removeEventListener('abort', this.#onAbort);
    this.#controller?.abort(new Error('no longer wanted'));
    return true;
  }
}

/** A header or body undici will not send, such as a key with a line break in it. */
function isRefusedByUndici(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_INVALID_ARG';
}

function joinRepeated(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
