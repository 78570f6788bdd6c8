import { DecoratorHandler, type Dispatcher, request } from 'undici';
import { currentSentMark } from '../sent-mark.ts';
import { createAgent } from './agent.ts';
import { Multipart } from './multipart.ts';

/** A request that could not be written for so long is not written at all: what it says may not be true any more. */
const WRITTEN_WITHIN_MS = 10_000;

/** A process that is stopped while it connects would send its request whenever it is woken. */
class PunctualHandler extends DecoratorHandler {
  readonly #madeAt = performance.now();
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #sentMark = currentSentMark();

  constructor(handler: Dispatcher.DispatchHandler) {
    super(handler);
    this.#handler = handler;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    if (performance.now() - this.#madeAt > WRITTEN_WITHIN_MS) controller.abort(new Error('too late to be sent'));
    else {
      this.#sentMark?.sent();
      this.#handler.onRequestStart?.(controller, context);
    }
  }
}

const agent = createAgent().compose(
  (dispatch) => (options, handler) => dispatch(options, new PunctualHandler(handler)),
);

/** The part of fetch's `RequestInit` that is used here. */
export interface SendOptions {
  method?: string | undefined;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  signal?: AbortSignal | null | undefined;
}

/**
 * Sends a request as fetch would and answers with as much of a `Response` as discord.js reads, without the streams in
 * between: a form (`Multipart`) goes to the socket in the pieces it is made of. Bodies are text, a form, or none.
 */
export async function sendRequest(url: string, { method = 'GET', headers, body, signal }: SendOptions) {
  const form = body instanceof Multipart ? body : undefined;
  const text = typeof body === 'string' ? body : undefined;
  if (form === undefined && text === undefined && body != null) throw new TypeError('a body is text or a form');
  const answer = await request(url, {
    dispatcher: agent,
    method,
    headers: {
      ...headers,
      ...(form === undefined ? {} : { 'content-type': form.contentType, 'content-length': String(form.byteLength) }),
    },
    body: form === undefined ? text : form.stream(),
    ...(signal == null ? {} : { signal }),
  });
  const { statusCode: status } = answer;
  return {
    status,
    statusText: '',
    ok: status >= 200 && status < 300,
    headers: new Headers(answer.headers as Record<string, string>),
    body: answer.body,
    get bodyUsed() {
      return answer.body.bodyUsed;
    },
    arrayBuffer: () => answer.body.arrayBuffer(),
    json: () => answer.body.json(),
    text: () => answer.body.text(),
  };
}
