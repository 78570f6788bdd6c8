import { isIP } from 'node:net';

/** One thing the playground serves: a web-standard `Request` in, a `Response` out. */
export interface PlaygroundPage {
  readonly method: 'GET' | 'POST';
  /** Exact, or everything below a folder (`/files/*`). */
  readonly path: string;
  readonly maxBodyBytes?: number;
  handle(request: Request): Response | Promise<Response>;
}

const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** Keeps other web sites from driving the page through the member's browser, and sets the headers all pages share. */
export function guard(page: PlaygroundPage, host: string | undefined): PlaygroundPage {
  return {
    ...page,
    async handle(request) {
      const refusal = refuse(request, host);
      const response = refusal === undefined ? await page.handle(request) : new Response(refusal, { status: 403 });
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        if (!response.headers.has(name)) response.headers.set(name, value);
      }
      return response;
    },
  };
}

/** Why the request is not from this page; `undefined` when it is, or when a member typed the address. */
function refuse(request: Request, host: string | undefined): string | undefined {
  const url = new URL(request.url);
  if (!isOwnHost(url.hostname, host)) return 'This playground does not answer to that name.\n';
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const opened = request.method === 'GET' && request.headers.get('sec-fetch-mode') === 'navigate';
  if (origin !== null && URL.parse(origin)?.host !== url.host) return 'Other sites may not use this playground.\n';
  if (site === null || site === 'same-origin' || site === 'none' || opened) return undefined;
  return 'Other sites may not use this playground.\n';
}

/**
 * A site that rebinds its own name to this machine comes with that name in Host. An address, or a name that cannot
 * leave this machine, cannot be rebound.
 */
function isOwnHost(hostname: string, host: string | undefined): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || bare === 'localhost' || bare.endsWith('.localhost') || bare === host?.toLowerCase();
}
