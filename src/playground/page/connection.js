// @ts-check
/** @import { Deed, DeedOutcome, Frame, InteractionDetails } from '../wire.ts' */

/** An app has three seconds, and a large file its way to this very machine. */
const ANSWER_WITHIN_MS = 30_000;
/** Long enough for a restart that goes well, so that it goes unnoticed. */
const FIRST_RETRY_MS = 1500;
const LONGEST_RETRY_MS = 5000;
const MORE_MS = 750;

/**
 * What is looked at: absent ones are the server's choice. At least so many of the newest messages, and all from one on.
 * @typedef {{ member?: string | undefined, channel?: string | undefined, messages: number, from?: string | undefined }} View
 */

/**
 * Holds a stream of one member's view of one channel while the page can be seen: browsers open six connections to a
 * server, and tabs in the background would use them up. Each time it is (re)connected it begins with a snapshot, so
 * nothing that happened meanwhile is missed.
 * @param {{ view: () => View, onframe: (frame: Frame) => void, onlost: () => void }} around
 */
export function createConnection({ view, onframe, onlost }) {
  /** @type {EventSource | undefined} */
  let source;
  let retryMs = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  function connect() {
    disconnect();
    if (document.hidden) return;
    const query = Object.entries(view()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const own = new EventSource(`/playground/events?${new URLSearchParams(query)}`);
    source = own;
    own.addEventListener('message', ({ data }) => {
      retryMs = FIRST_RETRY_MS;
      /** @type {Frame} */
      const frame = JSON.parse(data);
      if (frame.type === 'closing') lose();
      else onframe(frame);
    });
    own.addEventListener('error', lose);

    function lose() {
      if (source !== own) return;
      disconnect();
      onlost();
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs + MORE_MS);
    }
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));

  return {
    /** Looks again, at what `view` says now. */
    open: connect,
  };
}

/** What a member is told when their deed had no answer; no longer true once the playground is heard from. */
export const NO_ANSWER = {
  late: 'The playground took too long to answer.',
  away: 'The playground cannot be reached. Is it still running?',
};

/**
 * Does something as a member. Never rejects: of a server that cannot be reached, nothing was had.
 * @param {Deed} deed
 * @param {readonly File[]} [files]
 * @returns {Promise<DeedOutcome>}
 */
export async function perform(deed, files = []) {
  const body = new FormData();
  body.set('deed', JSON.stringify(deed));
  for (const file of files) body.append('files', file, file.name);
  try {
    const response = await fetch('/playground/act', { method: 'POST', body, signal: answerInTime() });
    if (!response.ok) return { type: 'refused', reason: (await response.text()).trim() };
    return await response.json();
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return {
      type: 'refused',
      reason: isLate ? NO_ANSWER.late : NO_ANSWER.away,
    };
  }
}

/**
 * @param {string} id
 * @returns {Promise<InteractionDetails | undefined>} `undefined`: not remembered, or not to be had
 */
export async function fetchDetails(id) {
  try {
    const response = await fetch(`/playground/interaction?id=${encodeURIComponent(id)}`, { signal: answerInTime() });
    return (await response.json()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Gives a request up that hangs, and with it its connection. */
function answerInTime() {
  return AbortSignal.timeout(ANSWER_WITHIN_MS);
}
