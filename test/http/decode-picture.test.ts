import { describe, expect, it } from 'vitest';
import { decodeBase64Picture, readPicture } from '../../src/http/decode-picture.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const unreadable = expect.objectContaining({ failure: 'unreadable', billed: 'possibly', provider: 'Novita' });

describe('decodeBase64Picture', () => {
  it.each(['png', 'jpeg', 'webp'] as const)(
    'decodes %s, bare or as a data URI of whatever type it claims',
    async (format) => {
      const bytes = await createPainter(format)(64, 48, 1);
      const picture = { bytes, mediaType: `image/${format}` };
      expect(decodeBase64Picture(bytes.toString('base64'), 'Novita')).toEqual(picture);
      expect(decodeBase64Picture(`data:image/gif;base64,${bytes.toString('base64')}`, 'Novita')).toEqual(picture);
      expect(decodeBase64Picture(bytes.toString('base64').replace(/=+$/, ''), 'Novita')).toEqual(picture);
    },
  );

  it.each([null, undefined, '', 'null'])('takes %o for no picture', (text) => {
    expect(decodeBase64Picture(text, 'Novita')).toBeUndefined();
  });

  it.each([
    ['a character that is none', (base64: string) => base64.replace(/^(.{40})./, '$1*')],
    ['a line break', (base64: string) => base64.replace(/^(.{40})/, '$1\n')],
    ['padding in the middle', (base64: string) => `${base64.slice(0, 40)}==${base64.slice(40)}`],
    ['one character too many', (base64: string) => `${base64.slice(0, 80)}A`],
    ['a second prefix', (base64: string) => `data:image/png;base64,data:image/png;base64,${base64}`],
    ['a data URI without data', () => 'data:image/png;base64,'],
    ['a sentence', () => 'this is not a picture'],
    ['base64 of a sentence', () => Buffer.from('this is not a picture').toString('base64')],
  ])('refuses %s', async (_what, spoil) => {
    const base64 = (await createPainter('png')(64, 64, 1)).toString('base64');
    expect(() => decodeBase64Picture(spoil(base64), 'Novita')).toThrow(unreadable);
  });
});

describe('readPicture', () => {
  it.each([
    [1, 1],
    [15, 64],
    [64, 15],
  ])('refuses a picture of %i×%i', async (width, height) => {
    const bytes = await createPainter('png')(width, height, 1);
    expect(() => readPicture(bytes, 'Novita')).toThrow(unreadable);
  });

  it('refuses a header that claims more pixels than any vendor paints', async () => {
    const bytes = Buffer.from(await createPainter('png')(64, 64, 1));
    bytes.writeUInt32BE(100_000, 16);
    expect(() => readPicture(bytes, 'Novita')).toThrow(unreadable);
  });

  it.each([
    [4_096, 4_096, true],
    [8_192, 2_441, true],
    [8_192, 2_442, false],
    [8_192, 8_192, false],
  ])('takes %i×%i: %s', async (width, height, taken) => {
    const bytes = Buffer.from(await createPainter('png')(64, 64, 1));
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    const read = () => readPicture(bytes, 'Novita');
    if (taken) expect(read()).toEqual({ bytes, mediaType: 'image/png' });
    else expect(read).toThrow(unreadable);
  });

  it.each(['png', 'jpeg', 'webp'] as const)('refuses a %s that was cut short', async (format) => {
    const bytes = await createPainter(format)(1024, 1024, 1);
    for (const length of [bytes.length - 2, bytes.length - 12, bytes.length >> 1]) {
      expect(() => readPicture(bytes.subarray(0, length), 'Novita')).toThrow(unreadable);
    }
  });

  it.each(['png', 'jpeg', 'webp', 'gif'] as const)('takes a %s with something behind its end', async (format) => {
    const bytes = Buffer.concat([await createPainter(format)(64, 64, 1), Buffer.from('as it came')]);
    expect(readPicture(bytes, 'Novita')).toEqual({ bytes, mediaType: `image/${format}` });
  });

  it('refuses magic bytes with nothing behind them', async () => {
    const bytes = await createPainter('jpeg')(64, 64, 1);
    expect(() => readPicture(bytes.subarray(0, 12), 'Novita')).toThrow(unreadable);
  });
});
