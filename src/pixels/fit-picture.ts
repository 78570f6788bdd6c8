import type { Picture } from '../generation/provider.ts';
import type { Size } from '../generation/request.ts';
import { decodeInTurn } from './decoding.ts';
import { readPictureSize } from './picture-size.ts';
import { loadSharp } from './sharp.ts';

/** Above this a PNG is sent as JPEG instead: it travels as base64 inside JSON. */
const MOST_PNG_BYTES = 4 * 1024 * 1024;

/**
 * Scales and crops a picture around its centre to exactly this size: PNG, or JPEG where PNG would pass 4 MB.
 * A PNG or JPEG that is already so comes back as the same object.
 */
export async function fitPicture(picture: Picture, size: Size): Promise<Picture> {
  if (fits(picture, size)) return picture;
  return decodeInTurn(readPictureSize(picture.bytes) ?? size, () => resize(picture, size));
}

async function resize(picture: Picture, size: Size): Promise<Picture> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(picture.bytes)
    .resize(size.width, size.height, { fit: 'cover' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const fitted = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  const png = await fitted().png({ compressionLevel: 4 }).toBuffer();
  if (png.byteLength <= MOST_PNG_BYTES) return { bytes: png, mediaType: 'image/png' };
  const jpeg = await fitted().jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
  return { bytes: jpeg, mediaType: 'image/jpeg' };
}

/**
 * The same scaling and cropping for a mask: a greyscale PNG whose greys are kept. Transparent means black, so kept.
 */
export async function fitMask(mask: Picture, size: Size): Promise<Picture> {
  const sharp = await loadSharp();
  const bytes = await sharp(mask.bytes)
    .flatten({ background: '#000000' })
    .resize(size.width, size.height, { fit: 'cover' })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  return { bytes, mediaType: 'image/png' };
}

function fits({ bytes, mediaType }: Picture, { width, height }: Size): boolean {
  if (bytes.byteLength > MOST_PNG_BYTES) return false;
  if (mediaType !== 'image/png' && mediaType !== 'image/jpeg') return false;
  const stored = readPictureSize(bytes);
  return stored?.width === width && stored.height === height;
}
