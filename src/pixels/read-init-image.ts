import { InvalidInputError } from '../errors.ts';
import type { Picture } from '../generation/provider.ts';
import type { Size } from '../generation/request.ts';
import { decodeInTurn } from './decoding.ts';
import { sniffMediaType } from './media-type.ts';
import { readPictureSize } from './picture-size.ts';
import { loadSharp } from './sharp.ts';

/** Of a picture a member brings. */
export const MOST_MEGAPIXELS = 40;
const MOST_PIXELS = MOST_MEGAPIXELS * 1_000_000;

/** No offer paints more than this, so nothing is lost; the shorter side, because cropping to a ratio keeps it. */
const MOST_SHORT_SIDE = 2048;

export interface InitImage {
  readonly picture: Picture;
  readonly size: Size;
}

/**
 * Makes a picture to start from out of a member's file: upright, opaque on white, sRGB, the first frame of an animation,
 * without metadata, its shorter side at most 2048 pixels. JPEG stays JPEG, everything else becomes PNG.
 *
 * Throws `InvalidInputError`: `image-not-a-picture` also for a file that ends early, `image-too-large` above
 * 40 megapixels, which is read from the header before a pixel is decoded.
 */
export async function readInitImage(bytes: Uint8Array): Promise<InitImage> {
  const mediaType = sniffMediaType(bytes);
  const stored = readPictureSize(bytes);
  if (mediaType === undefined || stored === undefined) throw notAPicture();
  if (stored.width * stored.height > MOST_PIXELS) throw tooLarge(stored);

  const sharp = await loadSharp();
  const upright = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', autoOrient: true })
    .resize(MOST_SHORT_SIDE, MOST_SHORT_SIDE, { fit: 'outside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
  const encoded =
    mediaType === 'image/jpeg'
      ? upright.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      : upright.png({ compressionLevel: 3 });

  try {
    const { data, info } = await decodeInTurn(stored, () => encoded.toBuffer({ resolveWithObject: true }));
    return {
      picture: { bytes: data, mediaType: mediaType === 'image/jpeg' ? 'image/jpeg' : 'image/png' },
      size: { width: info.width, height: info.height },
    };
  } catch (error) {
    throw notAPicture(error);
  }
}

function notAPicture(cause?: unknown): InvalidInputError {
  return new InvalidInputError('the bytes do not decode to a picture', {
    sentence: { key: 'image-not-a-picture' },
    cause,
  });
}

function tooLarge({ width, height }: Size): InvalidInputError {
  return new InvalidInputError(`the picture has ${width}×${height} pixels`, {
    sentence: {
      key: 'image-too-large',
      // Rounded up: 40.1 must not read as 40.
      values: { megapixels: Math.ceil((width * height) / 1_000_000), most: MOST_MEGAPIXELS },
    },
  });
}
