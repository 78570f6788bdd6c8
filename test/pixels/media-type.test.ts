import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { extensionOf, sniffMediaType } from '../../src/pixels/media-type.ts';

const dot = () => sharp({ create: { width: 1, height: 1, channels: 3, background: '#c33' } });

describe('sniffMediaType', () => {
  it.each([
    ['image/png', () => dot().png()],
    ['image/jpeg', () => dot().jpeg()],
    ['image/webp', () => dot().webp()],
    ['image/gif', () => dot().gif()],
  ] as const)('recognises %s by its first bytes', async (mediaType, encode) => {
    expect(sniffMediaType(await encode().toBuffer())).toBe(mediaType);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('GIF is how it is pronounced')],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a RIFF file that is a sound', Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1')],
    ['half a signature', Buffer.from('\x89PNG\r\n', 'latin1')],
    ['a TIFF', Buffer.from('II*\0', 'latin1')],
  ])('recognises no picture in %s', (_what, bytes) => {
    expect(sniffMediaType(bytes)).toBeUndefined();
  });
});

describe('extensionOf', () => {
  it.each([
    ['image/png', 'png'],
    ['image/jpeg', 'jpg'],
    ['image/webp', 'webp'],
    ['image/gif', 'gif'],
  ] as const)('gives %s the extension %s', (mediaType, extension) => {
    expect(extensionOf(mediaType)).toBe(extension);
  });
});
