import { createHmac, timingSafeEqual } from 'node:crypto';

interface SignerOptions {
  origin: string;
  signingKey: string;
  /** How long a URL lives at most. */
  urlMs: number;
  now: () => number;
}

/** Signed, expiring file URLs in the shape of Discord's (docs: API Reference, Signed Attachment CDN URLs, 2026-08). */
export interface UrlSigner {
  readonly origin: string;
  /** `path` is `/attachments/<channel>/<attachment>/<file>`. */
  sign(path: string): string;
  /** Whether the signature of this URL is ours and still good. */
  isValid(url: URL): boolean;
}

/** URLs signed in the same 24th of their life are equal, so that browsers can cache what they show. */
const SIGNATURES_PER_LIFE = 24;

export function createUrlSigner({ origin, signingKey, urlMs, now }: SignerOptions): UrlSigner {
  const step = Math.max(1_000, Math.floor(urlMs / SIGNATURES_PER_LIFE));

  function signatureOf(path: string, expires: string, issued: string): string {
    return createHmac('sha256', signingKey).update(`${path}?${expires}&${issued}`).digest('hex');
  }

  return {
    origin,
    sign(path) {
      const issuedMs = Math.floor(now() / step) * step;
      const issued = Math.floor(issuedMs / 1000).toString(16);
      const expires = Math.floor((issuedMs + urlMs) / 1000).toString(16);
      return `${origin}${path}?ex=${expires}&is=${issued}&hm=${signatureOf(path, expires, issued)}`;
    },
    isValid({ pathname, searchParams }) {
      const expires = searchParams.get('ex') ?? '';
      const expected = Buffer.from(signatureOf(pathname, expires, searchParams.get('is') ?? ''));
      const given = Buffer.from(searchParams.get('hm') ?? '');
      return (
        given.length === expected.length &&
        timingSafeEqual(given, expected) &&
        Number.parseInt(expires, 16) * 1000 > now()
      );
    },
  };
}

export function attachmentPath(channelId: string, attachmentId: string, filename: string): string {
  return `/attachments/${channelId}/${attachmentId}/${filename}`;
}
