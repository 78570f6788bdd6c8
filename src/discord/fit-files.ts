import { sniffMediaType } from '../pixels/media-type.ts';
import { shrinkToLimit } from '../pixels/shrink-to-limit.ts';
import type { Reply } from './reply.ts';

/** Source: Discord docs, Create Message, 2026-08. */
const REQUEST_LIMIT = 25 * 1024 * 1024;

/**
 * The reply with pictures of at most `limit` bytes each, and few enough bytes together for one request; only what is
 * over that is encoded anew.
 */
export async function fitFiles(reply: Reply, limit: number): Promise<Reply> {
  const pictures = reply.pictures ?? [];
  const each = Math.min(limit, Math.floor(REQUEST_LIMIT / Math.max(1, pictures.length)) - 4_096);
  if (pictures.every(({ bytes }) => bytes.length <= each)) return reply;
  return {
    ...reply,
    pictures: await Promise.all(
      pictures.map(async (picture) => {
        if (picture.bytes.length <= each) return picture;
        const mediaType = sniffMediaType(picture.bytes) ?? 'image/png';
        const smaller = await shrinkToLimit({ bytes: picture.bytes, mediaType }, each);
        return { ...picture, name: picture.name.replace(/\.[a-z]+$/, '.webp'), bytes: smaller.bytes };
      }),
    ),
  };
}

/** Bytes of all its files. */
export function countBytes({ pictures = [], files = [] }: Reply): number {
  return [...pictures, ...files].reduce((sum, { bytes }) => sum + bytes.length, 0);
}
