import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { Picture } from '../generation/provider.ts';
import { currentClock } from '../job-clock.ts';
import type { HttpAnswer } from './call.ts';
import { readPicture } from './decode-picture.ts';
import { getPaid } from './get-paid.ts';
import { isPublicAddress, lookupPublic } from './public-address.ts';
import { buildStatusFailure, failureForStatus } from './status-failure.ts';
import { buildUnreadable } from './unreadable.ts';

const MOST_REDIRECTS = 2;

export interface PictureDownload {
  provider: string;
  /** As the vendor's answer gave it: untrusted. */
  url: string;
  /** Hosts, each with everything below it, reached over https at public addresses only. */
  allowedHosts: readonly string[];
  /** The origin the operator configured for the vendor: always allowed, be it plain http or a private address. */
  ownOrigin: string;
  signal: AbortSignal;
  /** For the own origin. Default: the shared pool. */
  dispatcher?: Dispatcher;
  /** For the allowed hosts. Default: a pool that connects to public addresses only. */
  publicDispatcher?: Dispatcher;
  /** For all hops and tries together. Default 120 000. */
  deadlineMs?: number;
  idleMs?: number;
  maxBytes?: number;
  /** As `getPaid` has it, for each hop. */
  backOffMs?: readonly number[];
}

const publicAgent = new Agent({ connect: { timeout: 10_000, lookup: lookupPublic }, allowH2: false });

/**
 * Fetches a picture from an address a vendor gave, without any key, patiently. At most two redirects are followed, each
 * only to where the first address could have pointed.
 *
 * Throws like `getPaid` and `readPicture`; an address that is not allowed is `unreadable`. Always possibly billed:
 * the picture exists.
 */
export async function downloadPicture(download: PictureDownload): Promise<Picture> {
  const { provider, ownOrigin, signal, dispatcher, publicDispatcher = publicAgent } = download;
  const { idleMs, maxBytes, backOffMs } = download;
  const clock = currentClock();
  const endsAt = clock.now() + (download.deadlineMs ?? 120_000);
  let url = allowedUrl(download.url, download);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await getPaid({
      provider,
      url,
      signal,
      dispatcher: url.origin === ownOrigin ? dispatcher : publicDispatcher,
      deadlineMs: Math.max(1, endsAt - clock.now()),
      idleMs,
      maxBytes,
      backOffMs,
    });
    const location = redirectTarget(answer);
    if (location === undefined) return readDownload(answer, provider);
    if (redirects === MOST_REDIRECTS) throw buildUnreadable(provider, 'too many redirects');
    url = allowedUrl(location, download, url);
  }
}

function readDownload(answer: HttpAnswer, provider: string): Picture {
  if (answer.status === 200) return readPicture(answer.body, provider);
  const failure = failureForStatus(answer.status);
  // A dead or altered link says nothing about our key or request: the vendor's answer was no good.
  const ours = failure === 'trouble' || failure === 'rate-limited' ? failure : 'unreadable';
  throw buildStatusFailure({ provider, answer, failure: ours, billed: 'possibly' });
}

function redirectTarget({ status, headers }: HttpAnswer): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers.location : undefined;
}

function allowedUrl(address: string, { provider, ownOrigin, allowedHosts }: PictureDownload, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (url === null) throw buildUnreadable(provider, 'result address is not a URL');
  if (url.origin === ownOrigin) return url;
  // Connecting to a literal address resolves nothing, so `lookupPublic` would not see it.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const isPrivate = isIP(literal) !== 0 && !isPublicAddress(literal);
  const isAllowed = allowedHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
  if (isPrivate || !isAllowed || url.protocol !== 'https:' || url.port !== '' || url.username !== '') {
    throw buildUnreadable(provider, 'result address is not allowed', { protocol: url.protocol, host: url.host });
  }
  return url;
}
