import type { StoredAttachment } from './records.ts';

// Media are kept as links that outlive signatures and ports, and shown as URLs.

/** `own`: an attachment of the message itself. `other`: a file of another message. `web`: any other URL. */
export type MediaLink =
  | { kind: 'own'; attachmentId: string; filename: string }
  | { kind: 'other'; path: string }
  | { kind: 'web'; url: string };

const ATTACHMENT = 'attachment://';
const CDN_PATH = /^\/attachments\/\d+\/(\d+)\/[^/]+$/;

/**
 * What to keep for a URL a bot sent: `attachment://name` and our own CDN's URLs are understood, with or without a
 * signature. `undefined` when it names an attachment the message does not have.
 */
export function storeLink(url: string, attachments: readonly StoredAttachment[], origin: string): string | undefined {
  if (url.startsWith(ATTACHMENT)) {
    const wanted = sanitizeFilename(url.slice(ATTACHMENT.length));
    return ownLink(attachments.find(({ filename }) => filename === wanted));
  }
  if (!url.startsWith(`${origin}/`)) return url;
  const { pathname } = new URL(url);
  const match = CDN_PATH.exec(pathname);
  if (!match) return url;
  return ownLink(attachments.find(({ id }) => id === match[1])) ?? `cdn:${pathname}`;
}

function ownLink(attachment: StoredAttachment | undefined): string | undefined {
  return attachment && `${ATTACHMENT}${attachment.id}/${attachment.filename}`;
}

export function readLink(stored: string): MediaLink {
  if (stored.startsWith('cdn:')) return { kind: 'other', path: stored.slice('cdn:'.length) };
  if (!stored.startsWith(ATTACHMENT)) return { kind: 'web', url: stored };
  const [attachmentId = '', filename = ''] = stored.slice(ATTACHMENT.length).split('/');
  return { kind: 'own', attachmentId, filename };
}

/** Discord keeps letters, digits, dots, dashes and underscores of a file name. */
export function sanitizeFilename(name: string): string {
  return name.replace(/\s+/g, '_').replace(/[^\w.-]/g, '') || 'unknown';
}
