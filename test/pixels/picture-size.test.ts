import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readPictureSize } from '../../src/pixels/picture-size.ts';

const ENCODINGS: readonly [string, (picture: Sharp) => Sharp][] = [
  ['PNG', (picture) => picture.png()],
  ['interlaced PNG', (picture) => picture.png({ progressive: true })],
  ['JPEG', (picture) => picture.flatten().jpeg()],
  ['progressive JPEG', (picture) => picture.flatten().jpeg({ progressive: true })],
  [
    'JPEG with EXIF and a profile',
    (picture) =>
      picture
        .flatten()
        .withExif({ IFD0: { Artist: 'me' } })
        .withIccProfile('p3')
        .jpeg(),
  ],
  ['WebP', (picture) => picture.flatten().webp()],
  ['WebP with alpha', (picture) => picture.webp()],
  ['lossless WebP', (picture) => picture.flatten().webp({ lossless: true })],
  ['GIF', (picture) => picture.gif()],
];
const SIZES = [
  [1, 1],
  [301, 77],
  [640, 1500],
] as const;

describe('readPictureSize', () => {
  it.each(ENCODINGS)('reads %s', async (_name, encode) => {
    for (const [width, height] of SIZES) {
      const picture = sharp({
        create: { width, height, channels: 4, background: { r: 9, g: 90, b: 200, alpha: 0.5 } },
      });
      expect(readPictureSize(await encode(picture).toBuffer())).toEqual({ width, height });
    }
  });

  it.each(ENCODINGS)('finds no size in any too short beginning of %s', async (_name, encode) => {
    const picture = sharp({
      create: { width: 3, height: 2, channels: 4, background: { r: 9, g: 90, b: 200, alpha: 0.5 } },
    });
    const bytes = await encode(picture).toBuffer();
    for (let length = 0; length < bytes.length; length += 1) {
      const size = readPictureSize(bytes.subarray(0, length));
      expect(size === undefined || (size.width === 3 && size.height === 2)).toBe(true);
    }
    expect(readPictureSize(bytes.subarray(0, 9))).toBeUndefined();
  });

  it('does not read past the part of a buffer it is given', () => {
    const bytes = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([3, 0, 2, 0])]);
    expect(readPictureSize(bytes)).toEqual({ width: 3, height: 2 });
    expect(readPictureSize(bytes.subarray(0, 8))).toBeUndefined();
  });

  it.each([
    ['a width of zero', Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0, 0, 2, 0])])],
    ['JPEG markers that lead nowhere', Buffer.from('ffd8ffe00002ffe00002ffe00002ffe00002', 'hex')],
    ['JPEG scan data before a frame header', Buffer.from('ffd8ffe000040000123456789abcdef0', 'hex')],
    ['text', Buffer.from('a lighthouse at dusk, in oils')],
  ])('finds no size in %s', (_what, bytes) => {
    expect(readPictureSize(bytes)).toBeUndefined();
  });
});
