import sharp from 'sharp';
import { expect, it } from 'vitest';
import { startTestBot } from '../support/bot.ts';
import { downloadPictures, picturesOf, textOf } from '../support/messages.ts';
import {
  startDeepInfra,
  startFal,
  startFireworks,
  startNovita,
  startOctoAi,
  startSdapi,
  type Vendor,
} from '../support/vendors.ts';

const offers: readonly (readonly [model: string, start: () => Promise<Vendor>, extension: string, facts: string])[] = [
  ['octoai/flux-schnell', startOctoAi, 'jpg', 'flux-schnell · OctoAI · 1024×576 · 4 steps · seed 7 · ? s · $0.00112'],
  ['octoai/flux-dev', startOctoAi, 'jpg', 'flux-dev · OctoAI · 1024×576 · 30 steps · seed 7 · ? s · $0.0112'],
  [
    'fireworks/flux-schnell',
    startFireworks,
    'png',
    'flux-schnell · Fireworks · 1344×768 · 4 steps · seed 7 · ? s · $0.00140',
  ],
  [
    'fireworks/flux-schnell',
    () => startFireworks({ dialect: 'current' }),
    'png',
    'flux-schnell · Fireworks · 1344×768 · 4 steps · seed 7 · ? s · $0.00140',
  ],
  ['novita/flux-schnell', startNovita, 'png', 'flux-schnell · Novita · 1280×720 · 4 steps · seed 7 · ? s · $0.00264'],
  [
    'deepinfra/flux-schnell',
    startDeepInfra,
    'png',
    'flux-schnell · DeepInfra · 1312×736 · 4 steps · seed 7 · ? s · $0.00184',
  ],
  [
    'deepinfra/flux-schnell',
    () => startDeepInfra({ api: 'openai' }),
    'jpg',
    'flux-schnell · DeepInfra · 1312×736 · seed chosen by DeepInfra · ? s · $0.00184',
  ],
  ['fal/flux-schnell', startFal, 'png', 'flux-schnell · fal.ai · 1312×736 · 4 steps · seed 7 · ? s · $0.00300'],
  ['sdapi/local', startSdapi, 'png', 'local · Local server · 1344×768 · 20 steps · seed 7 · ? s · free'],
];

it.each(offers)('paints with %s and hands its bytes over unchanged', async (model, startVendor, extension, facts) => {
  const vendor = await startVendor();
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot
    .as('alice')
    .command('imagine', { prompt: 'a red kite over the dunes', model, aspect: '16:9', seed: 7 });
  const message = await asked.final();

  expect(await downloadPictures(message)).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
  expect(picturesOf(message)).toMatchObject([
    { name: `easel-${asked.id}-1.${extension}`, description: 'a red kite over the dunes' },
  ]);
  const line =
    textOf(message)
      .split('\n')
      .find((one) => one.startsWith('-# ')) ?? '';
  expect(line.replace(/ [\d.]+ s /, ' ? s ')).toBe(`-# ${facts}`);
});

it.each([
  ['octoai/flux-schnell', startOctoAi, 1],
  ['fireworks/flux-schnell', startFireworks, 4],
  ['novita/flux-schnell', startNovita, 4],
  ['deepinfra/flux-schnell', startDeepInfra, 4],
] as const)('asks %s for four pictures in as few calls as bring a seed for each', async (model, startVendor, calls) => {
  const vendor = await startVendor();
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'four winds', model, seed: 3, count: 4 });
  const message = await asked.final();
  expect(vendor.requests.filter(({ method }) => method === 'POST')).toHaveLength(calls);
  expect(vendor.billed).toBe(4);
  expect(textOf(message)).toContain('seed 3–6');
  const shown = await downloadPictures(message);
  expect(shown.toSorted(Buffer.compare)).toEqual(vendor.painted.toSorted(Buffer.compare));
});

it('takes the options only some models have, and lists them while one of those is there', async () => {
  const vendor = await startFireworks();
  const bot = await startTestBot({ vendors: [vendor] });
  const listed = bot.discord
    .commands()
    .find(({ name }) => name === 'imagine')
    ?.options?.map(({ name }) => name);
  expect(listed).toContain('guidance');
  expect(listed).toContain('negative');
  const asked = await bot.as('alice').command('imagine', {
    prompt: 'a quiet street',
    model: 'fireworks/flux-schnell',
    steps: 6,
    guidance: 2.5,
    negative: 'cars and people',
  });
  await asked.final();
  expect(vendor.requests[0]?.json).toMatchObject({ steps: 6, cfg_scale: 2.5, negative_prompt: 'cars and people' });
});

it('paints with flux-schnell when a key is there and no model is named', async () => {
  const vendor = await startNovita();
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'morning mist' });
  expect(textOf(await asked.final())).toContain('flux-schnell · Novita · 1024×1024');
});

it('starts from the member’s picture at a provider that can', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  const own = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#203040' } })
    .png()
    .toBuffer();
  const asked = await bot.as('alice').command('imagine', {
    prompt: 'the same at night',
    model: 'flux-dev',
    image: { file: own, name: 'day.png' },
    strength: 0.3,
  });
  const message = await asked.final();
  expect(vendor.requests[0]?.path).toBe('/generate/flux-dev');
  expect(vendor.requests[0]?.json).toMatchObject({
    strength: 0.3,
    width: 1216,
    height: 832,
    init_image: expect.any(String),
  });
  expect(textOf(message)).toContain('flux-dev · OctoAI · 1216×832 · 30 steps · strength 0.3');
});

it('says what the chosen provider cannot do as asked', async () => {
  const vendor = await startDeepInfra({ api: 'openai' });
  const bot = await startTestBot({ vendors: [vendor] });
  const options = { prompt: 'a stone arch', model: 'deepinfra/flux-schnell', seed: 7, steps: 6, aspect: '21:9' };
  const text = textOf(await (await bot.as('alice').command('imagine', options)).final());
  expect(text).toContain('DeepInfra chooses its own seed, so the one you gave was not used.');
  expect(text).toContain('DeepInfra chooses its own steps, so the number you gave was not used.');
});

it.each<[string, () => Promise<Vendor>, number, string]>([
  ['OctoAI', () => startOctoAi({ withheld: [1] }), 1, 'One picture was withheld by the safety filter.'],
  ['OctoAI', () => startOctoAi({ withheld: [0, 2] }), 2, '2 pictures were withheld by the safety filter.'],
])(
  'shows what the safety filter of %s left of a batch, and says how many it held back',
  async (_vendor, start, held, sentence) => {
    const vendor = await start();
    const bot = await startTestBot({ vendors: [vendor] });
    const message = await (await bot.as('alice').command('imagine', { prompt: 'three wishes', count: 3 })).final();
    expect(picturesOf(message)).toHaveLength(3 - held);
    expect(textOf(message)).toContain(sentence);
  },
);

it('shows what came when one call of several fails, and says how many are missing', async () => {
  const vendor = await startNovita();
  const bot = await startTestBot({ vendors: [vendor] });
  // Many calls at once are trusted only to a vendor that has answered before.
  await (await bot.as('alice').command('imagine', { prompt: 'one wish' })).final();
  vendor.failNext({ kind: 'status', status: 422 });
  const message = await (
    await bot.as('alice').command('imagine', { prompt: 'three wishes', model: 'novita/flux-schnell', count: 3 })
  ).final();
  expect(picturesOf(message)).toHaveLength(2);
  expect(textOf(message)).toContain('One picture could not be painted.');
});
