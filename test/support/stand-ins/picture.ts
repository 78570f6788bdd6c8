import sharp from 'sharp';
import type { ContentFault } from './stand-in.ts';

/** Makes a picture of exactly this size whose look follows from the seed. */
export type PaintPicture = (width: number, height: number, seed: number) => Buffer | Promise<Buffer>;

const HUES = 16;

/** A painter of flat colours, one of 16 by seed; each size and colour is encoded once. */
export function createPainter(format: 'png' | 'jpeg' | 'webp' | 'gif'): PaintPicture {
  const painted = new Map<string, Promise<Buffer>>();
  return (width, height, seed) => {
    const hue = seed % HUES;
    const key = `${width}x${height}/${hue}`;
    const known = painted.get(key);
    if (known !== undefined) return known;
    const background = { r: hue * 16, g: 255 - hue * 16, b: (hue * 48) % 256 };
    const picture = sharp({ create: { width, height, channels: 3, background } })
      .toFormat(format)
      .toBuffer();
    painted.set(key, picture);
    return picture;
  };
}

/** The size a vendor with this fault paints instead of the one it was asked for. */
export function paintedSize(width: number, height: number, fault: ContentFault | undefined): readonly [number, number] {
  if (fault === 'wrong-size') return [width / 2, height / 2];
  return fault === 'one-pixel' ? [1, 1] : [width, height];
}

/** Pictures as base64 in a list, spoilt as the fault says. */
export function encodePictures(pictures: readonly Buffer[], fault: ContentFault | undefined): string[] {
  if (fault === 'empty-list') return [];
  return pictures.map((picture) => {
    switch (fault) {
      case 'null-string':
        return 'null';
      case 'wrong-base64':
        return `${picture.toString('base64').slice(0, 100)}*not base64*`;
      case 'not-an-image':
        return Buffer.from('this is not a picture at all').toString('base64');
      default:
        return picture.toString('base64');
    }
  });
}
