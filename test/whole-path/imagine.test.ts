import { ChannelType, MessageFlags } from 'discord-api-types/v10';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import type { Interaction } from '../../src/playground/discord/contract.ts';
import { startTestBot } from '../support/bot.ts';
import { answerOf, buttonsOf, downloadPictures, picturesOf, textOf } from '../support/messages.ts';
import { startOctoAi } from '../support/vendors.ts';

it('paints, shows the picture with its facts, and offers what comes next', async () => {
  const bot = await startTestBot();
  const asked = await bot.as('alice').command('imagine', { prompt: 'a lighthouse at dusk', aspect: '16:9', seed: 7 });
  expect((await asked.response()).type).toBe('thinking');
  const message = await asked.final();

  const [headline, facts] = textOf(message).split('\n');
  expect(headline).toBe('**a lighthouse at dusk**');
  expect(facts).toMatch(/^-# sketch · 1408×792 · 8 steps · seed 7 · \d+(\.\d)? s · free$/);
  expect(picturesOf(message)).toMatchObject([{ name: `easel-${asked.id}-1.png`, description: 'a lighthouse at dusk' }]);
  const [bytes = Buffer.alloc(0)] = await downloadPictures(message);
  expect(readPictureSize(bytes)).toEqual({ width: 1408, height: 792 });
  expect(buttonsOf(message)).toEqual({
    Regenerate: `v1:result:regenerate:${asked.id}`,
    V1: `v1:result:variation:${asked.id}:0`,
    'Edit prompt': `v1:result:edit:${asked.id}`,
    Info: `v1:result:info:${asked.id}`,
    Delete: `v1:result:delete:${asked.id}`,
  });
  expect(bot.discord.messages(message.channel_id)).toHaveLength(1);
});

it('paints the same picture for the same request, and another one for another seed', async () => {
  const bot = await startTestBot();
  const paint = async (seed: number) => {
    const asked = await bot.as('alice').command('imagine', { prompt: 'two herons', seed });
    return (await downloadPictures(await asked.final()))[0];
  };
  const first = await paint(7);
  expect(await paint(7)).toEqual(first);
  expect(await paint(8)).not.toEqual(first);
});

it('draws a seed when none is given, and shows it', async () => {
  const bot = await startTestBot();
  const asked = await bot.as('alice').command('imagine', { prompt: 'a tin robot' });
  const [, seed] = /seed (\d+)/.exec(textOf(await asked.final())) ?? [];
  expect(Number(seed)).toBeGreaterThanOrEqual(1);
  const again = await bot.as('alice').command('imagine', { prompt: 'a tin robot', seed: Number(seed) });
  expect(await downloadPictures(await again.final())).toEqual(await downloadPictures(await asked.final()));
});

it('paints four pictures with a button each, their seeds counted up', async () => {
  const bot = await startTestBot();
  const asked = await bot.as('alice').command('imagine', { prompt: 'four seasons', count: 4, seed: 4_294_967_294 });
  const message = await asked.final();
  expect(picturesOf(message).map(({ name }) => name)).toEqual([1, 2, 3, 4].map((n) => `easel-${asked.id}-${n}.png`));
  expect(textOf(message)).toContain('seed 4294967294, 4294967295, 1, 2');
  expect(Object.keys(buttonsOf(message))).toEqual([
    'Regenerate',
    'V1',
    'V2',
    'V3',
    'V4',
    'Edit prompt',
    'Info',
    'Delete',
  ]);
  expect(new Set((await downloadPictures(message)).map(String)).size).toBe(4);
});

it('takes every option it lists', async () => {
  const bot = await startTestBot();
  const listed = bot.discord
    .commands()
    .find(({ name }) => name === 'imagine')
    ?.options?.map(({ name }) => name);
  expect(listed).toEqual(['prompt', 'model', 'aspect', 'seed', 'steps', 'count', 'image', 'strength', 'private']);
  const own = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  const asked = await bot.as('alice').command('imagine', {
    prompt: 'a harbour in fog',
    model: 'sketch',
    aspect: '3:2',
    seed: 11,
    steps: 3,
    count: 2,
    image: { file: own, name: 'harbour.png' },
    strength: 0.4,
    private: true,
  });
  const message = await asked.final();
  expect(textOf(message)).toMatch(/sketch · 1248×832 · 3 steps · strength 0\.4 · seed 11–12 · .* s · free/);
  expect(picturesOf(message)).toHaveLength(2);
  expect((message.flags ?? 0) & MessageFlags.Ephemeral).toBeTruthy();
});

it('paints on from a picture of the member’s own, in its shape', async () => {
  const bot = await startTestBot();
  const own = await sharp({ create: { width: 900, height: 1600, channels: 3, background: '#884422' } })
    .jpeg()
    .toBuffer();
  const asked = await bot.as('alice').command('imagine', { prompt: 'rust', image: { file: own, name: 'rust.jpg' } });
  const message = await asked.final();
  expect(textOf(message)).toContain('sketch · 792×1408 · 8 steps · strength 0.75');
  const [bytes] = await downloadPictures(message);
  const { dominant } = await sharp(bytes).stats();
  expect(dominant.r).toBeGreaterThan(dominant.b);
});

it('keeps a private answer to its member', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a secret garden', private: true });
  const message = await asked.final();
  expect(bot.discord.visibleOnlyTo(message.id)).toBe(bot.discord.world.users.alice.id);
  expect(bot.discord.messages(message.channel_id)).toEqual([]);
});

it.each([
  ['a direct message', 'dm'],
  ['a thread', 'thread'],
  ['an age-restricted channel', 'gallery'],
] as const)('answers in %s', async (_where, place) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const { channels } = bot.discord.world;
  const channel = place === 'dm' ? channels.dm.alice : channels[place];
  const asked = await bot.as('alice', channel.id).command('imagine', { prompt: 'paper boats' });
  const message = await asked.final();
  expect(message.channel_id).toBe(channel.id);
  const stored = await bot.finished(asked);
  expect(stored).toMatchObject({ ageRestricted: place === 'gallery', state: 'done', messageId: message.id });
  expect(stored.guildId).toBe(channel.type === ChannelType.DM ? undefined : bot.discord.world.guild.id);
});

it('shows a member’s words as they wrote them: nothing formatted, nobody notified', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const prompt =
    '# @everyone **bold** `code` [link](https://example.com)\n<@1180000000000000012> ||spoiler|| <#1180000000000000021>';
  const message = await (await bot.as('alice').command('imagine', { prompt })).final();
  expect(message.mention_everyone).toBe(false);
  expect(message.mentions).toEqual([]);
  const [headline = ''] = textOf(message).split('\n');
  expect(headline).not.toMatch(/@everyone|<@1|<#1|[^\\]\[link|[^\\]`|[^\\]\|\|/);
  expect(picturesOf(message)[0]?.description).toBe(prompt);
});

it.each([
  ['Latin', 'sea '],
  ['Chinese', '海边的灯塔'],
  ['emoji', '🌊🗼'],
])('shows a prompt of 4000 characters in %s within Discord’s limits', async (_script, words) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const prompt = Array.from(words.repeat(4_000)).slice(0, 4_000).join('').trimEnd();
  const message = await (await bot.as('alice').command('imagine', { prompt })).final();
  expect(textOf(message)).toContain('[…]');
  expect(picturesOf(message)[0]?.description?.length).toBeLessThanOrEqual(1_024);
});

/** First answers that Discord took. */
function acceptedOf(asked: Interaction) {
  return asked.record().callbacks.filter(({ route, status }) => route?.endsWith('/callback') && status < 300);
}

it('answers a redelivered interaction once', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'an echo' });
  bot.discord.gateway.redeliver(asked.id);
  const message = await asked.final();
  bot.discord.gateway.redeliver(asked.id);
  await answerOf(await bot.as('alice').command('recent'));
  expect(acceptedOf(asked)).toHaveLength(1);
  expect(bot.discord.messages(message.channel_id)).toHaveLength(1);
});

it('answers an interaction that is redelivered after a restart once', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'an echo' });
  await asked.final();
  await bot.restart();
  bot.discord.gateway.redeliver(asked.id);
  await answerOf(await bot.as('alice').command('recent'));
  expect(acceptedOf(asked)).toHaveLength(1);
  expect((await bot.store.attempts.of(asked.id)).length).toBe(1);
});
