import { Routes } from 'discord-api-types/v10';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createBotRest } from '../../src/discord/rest.ts';
import type { Driver } from '../../src/playground/discord/contract.ts';
import { startTestBot } from '../support/bot.ts';
import { downloadPictures, givingBack, refusalOf, textOf } from '../support/messages.ts';
import { startNovita, startOctoAi } from '../support/vendors.ts';

const COMMAND = 'Imagine from this';

async function picture(background: string, width = 800, height = 600): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

async function openForm(member: Driver, messageId: string) {
  const opened = await member.openMessageCommand(COMMAND, messageId);
  expect((await opened.response()).type).toBe('modal');
  return opened;
}

it('starts from a picture someone posted', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  const posted = await bot.as('bob').post('look', [{ file: await picture('#204060'), name: 'lake.png' }]);
  const opened = await openForm(bot.as('alice'), posted.id);
  const submitted = await bot.as('alice').submitModal(opened, { prompt: 'a frozen lake', strength: '0.4' });
  const message = await submitted.final();
  expect(textOf(message)).toMatch(/a frozen lake.*flux-dev · OctoAI · 1024×768 · 30 steps · strength 0\.4/s);
  expect(bot.discord.visibleOnlyTo(message.id)).toBeUndefined();
});

it('starts from the chosen one of several pictures', async () => {
  const bot = await startTestBot();
  const files = [
    { file: await picture('#200000'), name: 'first.png' },
    { file: await picture('#0000ff'), name: 'second.png' },
  ];
  const posted = await bot.as('bob').post('', files);
  const opened = await openForm(bot.as('alice'), posted.id);
  const submitted = await bot.as('alice').submitModal(opened, { prompt: 'blue', strength: '0.05', picture: ['1'] });
  await submitted.final();
  const [input] = await bot.store.images.read(submitted.id, 'init');
  expect(input?.bytes).toEqual(files[1]?.file);
});

it('starts from a result of its own, after a restart in between', async () => {
  const bot = await startTestBot();
  const first = await (await bot.as('alice').command('imagine', { prompt: 'a copper moon' })).final();
  const opened = await openForm(bot.as('bob'), first.id);
  await bot.restart();
  const submitted = await bot.as('bob').submitModal(opened, { prompt: 'a silver moon', strength: '' });
  expect(textOf(await submitted.final())).toContain('strength 0.75');
  const [input] = await bot.store.images.read(submitted.id, 'init');
  expect([input?.bytes]).toEqual(await downloadPictures(first));
});

it('answers privately from a private picture', async () => {
  const bot = await startTestBot();
  const alice = bot.as('alice');
  const first = await (await alice.command('imagine', { prompt: 'a hidden moon', private: true })).final();
  const submitted = await alice.submitModal(await openForm(alice, first.id), { prompt: 'a silver moon', strength: '' });
  const message = await submitted.final();
  expect(bot.discord.visibleOnlyTo(message.id)).toBe(bot.discord.world.users.alice.id);
});

it('refuses a message without a picture, in one sentence to the one who asked', async () => {
  const bot = await startTestBot();
  const posted = await bot.as('bob').post('no picture here');
  const refused = await bot.as('alice').openMessageCommand(COMMAND, posted.id);
  expect(await refusalOf(bot.discord, refused)).toBe(
    'That message has no picture. Use this on a message that shows one.',
  );
});

it('refuses a picture of another site, in one sentence to the one who asked', async () => {
  const bot = await startTestBot();
  const { apiUrl, token, world } = bot.discord;
  const posted = z.object({ id: z.string() }).parse(
    await createBotRest({ apiUrl, token }).post(Routes.channelMessages(world.channels.general.id), {
      body: { embeds: [{ title: 'a link', thumbnail: { url: 'https://example.com/a.png' } }] },
    }),
  );
  const refused = await bot.as('alice').openMessageCommand(COMMAND, posted.id);
  expect(await refusalOf(bot.discord, refused)).toMatch(/^That picture is hosted on another site/);
});

it('says so where nothing can start from a picture', async () => {
  const bot = await startTestBot({ vendors: [await startNovita()] });
  const posted = await bot.as('bob').post('', [{ file: await picture('#123456'), name: 'a.png' }]);
  // Sketch could; it does not stand in for a real model.
  const refused = await bot.as('alice').openMessageCommand(COMMAND, posted.id);
  expect(await refusalOf(bot.discord, refused)).toMatch(/^None of the models configured here can vary a picture/);
});

it('refuses a strength that is none, and a form that is too old', async () => {
  const bot = await startTestBot();
  const posted = await bot.as('bob').post('', [{ file: await picture('#123456'), name: 'a.png' }]);
  const opened = await openForm(bot.as('alice'), posted.id);
  const wrong = await bot.as('alice').submitModal(opened, { prompt: 'a storm', strength: '7' });
  expect(await refusalOf(bot.discord, wrong)).toBe(
    givingBack('a storm', 'Strength is a number from 0.05 (close to the picture) to 1 (free of it).'),
  );

  const late = await openForm(bot.as('alice'), posted.id);
  bot.advance(2 * 24 * 3_600_000);
  await bot.restart();
  await bot.discord.until(() => (bot.discord.gateway.connections() > 0 ? true : undefined));
  const submitted = await bot.as('alice').submitModal(late, { prompt: 'a storm', strength: '' });
  expect(await refusalOf(bot.discord, submitted)).toBe(givingBack('a storm', 'That form is too old. Open it again.'));
});
