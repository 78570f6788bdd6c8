import sharp from 'sharp';
import { expect, it } from 'vitest';
import { sniffMediaType } from '../../src/pixels/media-type.ts';
import { startTestBot } from '../support/bot.ts';
import { downloadPictures, picturesOf } from '../support/messages.ts';
import { noise } from '../support/noise.ts';
import { startNovita } from '../support/vendors.ts';

const MEGABYTE = 1024 * 1024;

async function flat(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#406080' } })
    .png()
    .toBuffer();
}

/** A small picture in a big file that ends as a picture does: nothing after its first end is decoded. */
async function heavy(byteLength: number): Promise<Buffer> {
  const picture = await flat(1024, 1024);
  const end = picture.subarray(-12);
  return Buffer.concat([picture, Buffer.alloc(byteLength - picture.byteLength - end.byteLength, 'x'), end]);
}

it('makes only those pictures smaller that are over the member’s limit', async () => {
  const [big, small] = await Promise.all([noise(1024, 1024), flat(1024, 1024)]);
  const vendor = await startNovita({ picture: (_width, _height, seed) => (seed === 7 ? big : small) });
  const bot = await startTestBot({ vendors: [vendor] });
  const options = { prompt: 'grain', model: 'novita/flux-schnell', seed: 7, count: 2 };
  const message = await (
    await bot.as('alice').command('imagine', options, { attachmentSizeLimit: 2 * MEGABYTE })
  ).final();
  const [first = Buffer.alloc(0), second] = await downloadPictures(message);
  expect(sniffMediaType(first)).toBe('image/webp');
  expect(first.byteLength).toBeLessThanOrEqual(2 * MEGABYTE);
  expect(second).toEqual(small);
  expect(picturesOf(message).map(({ name }) => name.split('.').at(-1))).toEqual(['webp', 'png']);
});

it('sends a picture as it came where the member’s limit is higher than everyone’s', async () => {
  const big = await heavy(12 * MEGABYTE);
  const vendor = await startNovita({ picture: () => big });
  const bot = await startTestBot({ vendors: [vendor] });
  const options = { prompt: 'grain', model: 'novita/flux-schnell' };
  const message = await (
    await bot.as('alice').command('imagine', options, { attachmentSizeLimit: 50 * MEGABYTE })
  ).final();
  const [shown] = await downloadPictures(message);
  expect(shown?.equals(big)).toBe(true);
});

it('keeps four big pictures within 25 MB a request', async () => {
  const big = await heavy(7 * MEGABYTE);
  const vendor = await startNovita({ picture: () => big });
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (
    await bot.as('alice').command('imagine', { prompt: 'grain', model: 'novita/flux-schnell', count: 4 })
  ).final();
  const shown = await downloadPictures(message);
  expect(shown.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(25 * MEGABYTE);
  expect(bot.discord.requests.filter(({ files }) => files.length > 0)).toHaveLength(1);
});

it.each([
  [413, 40005, 'Request entity too large'],
  [400, 50045, 'File uploaded exceeds the maximum size'],
])('sends smaller pictures when Discord finds them too large (%d, %d)', async (status, code, message) => {
  const big = await heavy(7 * MEGABYTE);
  const vendor = await startNovita({ picture: () => big });
  const bot = await startTestBot({ vendors: [vendor], refused: 1 });
  bot.discord.faults.add({ method: 'PATCH', withFiles: true, status, code, message });
  const shown = await (
    await bot.as('alice').command('imagine', { prompt: 'grain', model: 'novita/flux-schnell' })
  ).final();
  const [first] = await downloadPictures(shown);
  expect(first?.byteLength).toBeLessThanOrEqual(5 * MEGABYTE);
});
