import type { Picture } from '../generation/provider.ts';
import { sniffMediaType } from '../pixels/media-type.ts';
import { isWhole } from '../pixels/picture-end.ts';
import { readPictureSize } from '../pixels/picture-size.ts';
import { buildUnreadable } from './unreadable.ts';

/** No vendor paints smaller or larger sides; a picture that claims to is junk or an attack on whoever decodes it. */
const SIDE = { least: 16, most: 8192 } as const;
/** Four times what any offer paints, and 4096 × 4096 of an operator's own GPU: what is too large for Discord is decoded. */
const MOST_PIXELS = 20_000_000;

/**
 * A picture out of an answer's base64, with or without a `data:` prefix. `undefined` when there is none: null, empty,
 * or the word "null", which vendors have been seen to send.
 *
 * Throws `ProviderFailedError` (`unreadable`) for anything that is there and is not a picture.
 */
export function decodeBase64Picture(text: string | null | undefined, provider: string): Picture | undefined {
  if (text === null || text === undefined || text === '' || text === 'null') return undefined;
  const bare = text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text;
  const bytes = Buffer.from(bare, 'base64');
  // Node skips what is not base64, so anything invalid shows as missing bytes.
  if (bytes.byteLength !== decodedLength(bare))
    throw buildUnreadable(provider, 'invalid base64', { characters: bare.length });
  return readPicture(bytes, provider);
}

/**
 * Bytes as a picture. Throws `ProviderFailedError` (`unreadable`) unless they begin as one of 16–8192 pixels per side
 * and at most 20 megapixels, and end as one.
 */
export function readPicture(bytes: Buffer, provider: string): Picture {
  const mediaType = sniffMediaType(bytes);
  const size = readPictureSize(bytes);
  if (mediaType === undefined || size === undefined)
    throw buildUnreadable(provider, 'not a picture', { bytes: bytes.byteLength });
  const { width, height } = size;
  const isSane = Math.min(width, height) >= SIDE.least && Math.max(width, height) <= SIDE.most;
  if (!isSane || width * height > MOST_PIXELS) {
    throw buildUnreadable(provider, 'a picture of no sane size', { width, height });
  }
  const picture = { bytes, mediaType };
  if (!isWhole(picture)) throw buildUnreadable(provider, 'a picture cut short', { bytes: bytes.byteLength, mediaType });
  return picture;
}

/** `undefined`: no bytes encode to so many characters. */
function decodedLength(base64: string): number | undefined {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  const characters = base64.length - padding;
  return characters % 4 === 1 ? undefined : Math.floor((characters * 3) / 4);
}
