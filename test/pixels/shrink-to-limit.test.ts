import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { shrinkToLimit } from '../../src/pixels/shrink-to-limit.ts';

/** Noise: no encoder can save much on it. */
async function noise(width: number, height: number) {
  const background = { r: 128, g: 128, b: 128 };
  const bytes = await sharp({
    create: { width, height, channels: 3, background, noise: { type: 'gaussian', mean: 128, sigma: 80 } },
  })
    .png()
    .toBuffer();
  return { bytes, mediaType: 'image/png' } as const;
}

describe('shrinkToLimit', () => {
  it('hands back the same object when it fits', async () => {
    const picture = await noise(64, 64);
    expect(await shrinkToLimit(picture, picture.bytes.byteLength)).toBe(picture);
  });

  it('keeps the size while lower quality is enough', async () => {
    const picture = await noise(400, 300);
    const shrunk = await shrinkToLimit(picture, Math.floor(picture.bytes.byteLength / 2));
    expect(shrunk.mediaType).toBe('image/webp');
    expect(shrunk.bytes.byteLength).toBeLessThanOrEqual(picture.bytes.byteLength / 2);
    expect(readPictureSize(shrunk.bytes)).toEqual({ width: 400, height: 300 });
  });

  it.each([50_000, 5000, 500])('scales down to fit %i bytes, in proportion', async (maxBytes) => {
    const shrunk = await shrinkToLimit(await noise(800, 400), maxBytes);
    expect(shrunk.bytes.byteLength).toBeLessThanOrEqual(maxBytes);
    const size = readPictureSize(shrunk.bytes);
    expect(size?.width).toBeLessThan(800);
    expect((size?.width ?? 0) / (size?.height ?? 1)).toBeCloseTo(2, 0);
  });

  it('shrinks a strip longer than WebP can hold', async () => {
    const picture = await noise(20_000, 8);
    const shrunk = await shrinkToLimit(picture, picture.bytes.byteLength - 1);
    expect(readPictureSize(shrunk.bytes)?.width).toBeLessThanOrEqual(16_383);
  });

  it('keeps transparency', async () => {
    const clear = sharp({
      create: { width: 600, height: 600, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    });
    const bytes = await clear.png({ compressionLevel: 0 }).toBuffer();
    const shrunk = await shrinkToLimit({ bytes, mediaType: 'image/png' }, 10_000);
    expect((await sharp(shrunk.bytes).metadata()).hasAlpha).toBe(true);
  });

  it('gives up on a limit no picture can meet', async () => {
    await expect(shrinkToLimit(await noise(64, 64), 10)).rejects.toThrow(RangeError);
  });
});
