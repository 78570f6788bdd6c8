import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/errors.ts';
import { readInitImage } from '../../src/pixels/read-init-image.ts';

const solid = (width: number, height: number, background = '#cc3311') =>
  sharp({ create: { width, height, channels: 3, background } });

const grainy = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 30 } },
  });

async function pixelAt(bytes: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

async function refusalOf(bytes: Uint8Array): Promise<InvalidInputError> {
  const error: unknown = await readInitImage(bytes).catch((reason: unknown) => reason);
  if (!(error instanceof InvalidInputError)) throw new Error('the picture was accepted', { cause: error });
  return error;
}

describe('readInitImage', () => {
  it('keeps a JPEG a JPEG and makes everything else PNG', async () => {
    const jpeg = await readInitImage(await solid(60, 40).jpeg().toBuffer());
    const webp = await readInitImage(await solid(60, 40).webp().toBuffer());
    expect(jpeg).toMatchObject({ picture: { mediaType: 'image/jpeg' }, size: { width: 60, height: 40 } });
    expect(webp).toMatchObject({ picture: { mediaType: 'image/png' }, size: { width: 60, height: 40 } });
  });

  it.each([
    ['a text file', Buffer.from('this is not a picture')],
    ['an empty file', Buffer.alloc(0)],
    [
      'an SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'),
    ],
    ['a signature and noise', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(64, 7)])],
  ])('refuses %s as no picture', async (_what, bytes) => {
    expect((await refusalOf(bytes)).sentence).toEqual({ key: 'image-not-a-picture' });
  });

  it.each([
    ['PNG', () => grainy(300, 300).png()],
    ['JPEG', () => grainy(300, 300).jpeg()],
    ['progressive JPEG', () => grainy(300, 300).jpeg({ progressive: true })],
    ['WebP', () => grainy(300, 300).webp()],
    ['GIF', () => grainy(300, 300).gif()],
  ])('refuses a %s that ends in the middle', async (_what, encode) => {
    const whole = await encode().toBuffer();
    expect((await refusalOf(whole.subarray(0, whole.length / 2))).sentence).toEqual({ key: 'image-not-a-picture' });
  });

  it('refuses a picture of 60 megapixels by its header alone', async () => {
    const whole = await solid(10_000, 6000).png().toBuffer();
    const sentence = { key: 'image-too-large', values: { megapixels: 60, most: 40 } };
    expect((await refusalOf(whole)).sentence).toEqual(sentence);
    // Without its pixels it could not be decoded, and the answer is still the same.
    expect((await refusalOf(whole.subarray(0, 64))).sentence).toEqual(sentence);
  });

  it('never calls a picture just above the limit as large as the limit', async () => {
    const header = (await solid(8001, 5000).png().toBuffer()).subarray(0, 64);
    expect((await refusalOf(header)).sentence).toMatchObject({ values: { megapixels: 41, most: 40 } });
  });

  it('shrinks a large picture to a shorter side of 2048 pixels', async () => {
    const { size, picture } = await readInitImage(await solid(7000, 5600).jpeg().toBuffer());
    expect(size).toEqual({ width: 2560, height: 2048 });
    expect(await sharp(picture.bytes).metadata()).toMatchObject({ width: 2560, height: 2048 });
  });

  it('turns a picture upright as its EXIF says', async () => {
    const left = await solid(40, 30, '#ff0000').png().toBuffer();
    const sideways = await solid(80, 30, '#0000ff')
      .composite([{ input: left, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const { size, picture } = await readInitImage(sideways);
    expect(size).toEqual({ width: 30, height: 80 });
    const [topRed = 0, , topBlue = 0] = await pixelAt(picture.bytes, 15, 10);
    expect(topRed).toBeGreaterThan(topBlue);
    expect((await sharp(picture.bytes).metadata()).orientation).toBeUndefined();
  });

  it('lays a transparent picture on white', async () => {
    const clear = sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    const { picture } = await readInitImage(await clear.png().toBuffer());
    expect(await pixelAt(picture.bytes, 10, 10)).toEqual([255, 255, 255]);
  });

  it('takes the first frame of an animation', async () => {
    const frames = await Promise.all(['#ff0000', '#0000ff'].map((colour) => solid(50, 50, colour).png().toBuffer()));
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(animation).metadata()).pages).toBe(2);
    const { picture, size } = await readInitImage(animation);
    expect(size).toEqual({ width: 50, height: 50 });
    expect(await pixelAt(picture.bytes, 25, 25)).toEqual([255, 0, 0]);
  });

  it('turns CMYK into sRGB', async () => {
    const cmyk = await solid(50, 50, '#cc3333').toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { picture } = await readInitImage(cmyk);
    const [red = 0, green = 0, blue = 0] = await pixelAt(picture.bytes, 25, 25);
    expect(red).toBeGreaterThan(150);
    expect(green).toBeLessThan(100);
    expect(blue).toBeLessThan(100);
  });

  it('turns 16 bits a channel into 8', async () => {
    const deep = await solid(50, 50, '#336699').toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const { picture } = await readInitImage(deep);
    expect((await sharp(picture.bytes).metadata()).depth).toBe('uchar');
    expect(await pixelAt(picture.bytes, 25, 25)).toEqual([0x33, 0x66, 0x99]);
  });

  it('gives a greyscale picture three channels', async () => {
    const { picture } = await readInitImage(await solid(50, 50).greyscale().png().toBuffer());
    expect((await sharp(picture.bytes).metadata()).channels).toBe(3);
  });

  it('drops where and when a photo was taken', async () => {
    const photo = await solid(50, 50)
      .withExif({ IFD3: { GPSLatitude: '48/1 51/1 30/1' } })
      .jpeg()
      .toBuffer();
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const { picture } = await readInitImage(photo);
    expect((await sharp(picture.bytes).metadata()).exif).toBeUndefined();
  });
});
