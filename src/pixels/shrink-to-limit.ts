import type { Picture } from '../generation/provider.ts';
import { decodeInTurn } from './decoding.ts';
import { readPictureSize } from './picture-size.ts';
import { loadSharp } from './sharp.ts';

const QUALITIES = [90, 80, 70] as const;
const LOWEST_QUALITY = 70;
/** Google, "WebP: FAQ", maximum size of an image (read 2026-11). */
const MOST_WEBP_SIDE = 16_383;

/**
 * A picture of at most `maxBytes`: the same object where it fits, else WebP at falling quality and then at falling
 * size. An animation becomes its first frame. Throws a `RangeError` when not even one pixel fits.
 */
export async function shrinkToLimit(picture: Picture, maxBytes: number): Promise<Picture> {
  if (picture.bytes.byteLength <= maxBytes) return picture;
  const size = readPictureSize(picture.bytes) ?? { width: 0, height: 0 };
  return decodeInTurn(size, () => shrink(picture, maxBytes));
}

async function shrink(picture: Picture, maxBytes: number): Promise<Picture> {
  const sharp = await loadSharp();

  // A vendor's file with a small flaw is still worth delivering.
  const { data, info } = await sharp(picture.bytes, { failOn: 'none', autoOrient: true })
    .resize(MOST_WEBP_SIDE, MOST_WEBP_SIDE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const encode = (quality: number, scale: number) =>
    sharp(data, { raw: { width, height, channels } })
      .resize(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), { fit: 'fill' })
      .webp({ quality, smartSubsample: true })
      .toBuffer();

  let reached = Number.POSITIVE_INFINITY;
  for (const quality of QUALITIES) {
    const bytes = await encode(quality, 1);
    if (bytes.byteLength <= maxBytes) return { bytes, mediaType: 'image/webp' };
    reached = bytes.byteLength;
  }
  for (let scale = 1; Math.max(width, height) * scale > 1; ) {
    // Bytes go roughly with the area; aim a little below, and always down.
    scale *= Math.min(0.85, 0.95 * Math.sqrt(maxBytes / reached));
    const bytes = await encode(LOWEST_QUALITY, scale);
    if (bytes.byteLength <= maxBytes) return { bytes, mediaType: 'image/webp' };
    reached = bytes.byteLength;
  }
  throw new RangeError(`no picture fits in ${maxBytes} bytes`);
}
