import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fitMask, fitPicture } from '../../src/pixels/fit-picture.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';

const solid = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
  });

/** A white square in the middle of a black strip three times as wide as high. */
async function strip(): Promise<Buffer> {
  const middle = await solid(100, 100, '#ffffff').png().toBuffer();
  return solid(300, 100, '#000000')
    .composite([{ input: middle, left: 100, top: 0 }])
    .png()
    .toBuffer();
}

describe('fitPicture', () => {
  it.each([
    [1024, 576],
    [64, 2048],
    [1000, 1000],
  ])('makes exactly %i×%i pixels', async (width, height) => {
    const picture = { bytes: await solid(333, 777, '#225588').webp().toBuffer(), mediaType: 'image/webp' } as const;
    const fitted = await fitPicture(picture, { width, height });
    expect(fitted.mediaType).toBe('image/png');
    expect(readPictureSize(fitted.bytes)).toEqual({ width, height });
  });

  it('crops around the centre', async () => {
    const fitted = await fitPicture({ bytes: await strip(), mediaType: 'image/png' }, { width: 100, height: 100 });
    const { channels } = await sharp(fitted.bytes).stats();
    expect(channels.map((channel) => channel.min)).toEqual([255, 255, 255]);
  });

  it('sends JPEG where PNG would pass 4 MB', async () => {
    const picture = { bytes: await noise(1600, 1600).png().toBuffer(), mediaType: 'image/png' } as const;
    const fitted = await fitPicture(picture, { width: 1504, height: 1504 });
    expect(fitted.mediaType).toBe('image/jpeg');
    expect(readPictureSize(fitted.bytes)).toEqual({ width: 1504, height: 1504 });
  });

  it.each(['png', 'jpeg'] as const)('leaves a %s that already fits alone', async (format) => {
    const bytes = await solid(128, 64, '#225588').toFormat(format).toBuffer();
    const picture = { bytes, mediaType: `image/${format}` } as const;
    expect(await fitPicture(picture, { width: 128, height: 64 })).toBe(picture);
  });

  it('turns a fitting WebP into PNG', async () => {
    const picture = { bytes: await solid(128, 64, '#225588').webp().toBuffer(), mediaType: 'image/webp' } as const;
    expect((await fitPicture(picture, { width: 128, height: 64 })).mediaType).toBe('image/png');
  });
});

describe('fitMask', () => {
  it('crops a mask as it crops the picture, to greyscale PNG', async () => {
    const fitted = await fitMask({ bytes: await strip(), mediaType: 'image/png' }, { width: 100, height: 100 });
    expect(await sharp(fitted.bytes).metadata()).toMatchObject({ format: 'png', width: 100, height: 100, channels: 1 });
    expect((await sharp(fitted.bytes).stats()).channels[0]?.min).toBe(255);
  });

  it('keeps greys', async () => {
    const fitted = await fitMask(
      { bytes: await solid(64, 64, '#808080').png().toBuffer(), mediaType: 'image/png' },
      { width: 64, height: 64 },
    );
    expect([...new Set(await sharp(fitted.bytes).raw().toBuffer())]).toEqual([128]);
  });

  it('takes transparent for kept', async () => {
    const clear = sharp({
      create: { width: 64, height: 64, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } },
    });
    const fitted = await fitMask(
      { bytes: await clear.png().toBuffer(), mediaType: 'image/png' },
      { width: 64, height: 64 },
    );
    expect((await sharp(fitted.bytes).stats()).channels[0]?.max).toBe(0);
  });
});
