import { PermissionFlagsBits } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import type { Fault, Interaction } from '../../src/playground/discord/contract.ts';
import { startTestBot, type TestBot, type TestBotOptions } from '../support/bot.ts';
import {
  answerOf,
  buttonsOf,
  downloadPictures,
  givingBack,
  picturesOf,
  refusalOf,
  textOf,
} from '../support/messages.ts';
import { startOctoAi, type Vendor } from '../support/vendors.ts';

const ORIGINAL = '/webhooks/{application_id}/{interaction_token}/messages/@original';
const FOLLOW_UP = '/webhooks/{application_id}/{interaction_token}';
const MESSAGES = '/channels/{channel_id}/messages';
const MESSAGE = '/channels/{channel_id}/messages/{message_id}';
const SIXTEEN_MINUTES = 16 * 60_000;

/** A request that is at its provider, until the test lets go of it. */
async function ask({
  private: isPrivate = false,
  channelId,
  ...options
}: { private?: boolean; channelId?: (bot: TestBot) => string } & TestBotOptions = {}): Promise<{
  bot: TestBot;
  vendor: Vendor;
  asked: Interaction;
}> {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ ...options, vendors: [vendor] });
  const alice = bot.as('alice', channelId?.(bot));
  const asked = await alice.command('imagine', { prompt: 'a message in a bottle', private: isPrivate });
  await vendor.nextRequest();
  return { bot, vendor, asked };
}

it.each<[string, Fault]>([
  ['answers 500', { status: 500 }],
  ['answers 500 after it took it', { status: 500, afterWork: true }],
  ['drops the connection', { dropConnection: true }],
  ['drops the connection after it took it', { dropConnection: true, afterWork: true }],
  ['answers 502 for longer than one try', { status: 502, times: 5 }],
  ['is busy', { status: 429, retryAfterMs: 400 }],
])('shows the result once when Discord %s', async (_trouble, fault) => {
  const { bot, vendor, asked } = await ask();
  bot.discord.faults.add({ method: 'PATCH', route: ORIGINAL, ...fault });
  vendor.release();
  const { state, messageId } = await bot.finished(asked);
  const message = await asked.final();
  expect({ state, messageId }).toEqual({ state: 'done', messageId: message.id });
  expect(await downloadPictures(message)).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
  expect(bot.discord.messages(message.channel_id)).toHaveLength(1);
});

it('answers in a new message that mentions its member when the token died under “thinking…”', async () => {
  const { bot, vendor, asked } = await ask({ unanswered: 1 });
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  const { messageId = '' } = await bot.finished(asked);
  const message = bot.discord.message(asked.channelId, messageId);
  expect(message).toMatchObject({ nonce: asked.id, message_reference: { message_id: asked.message()?.id } });
  expect(message?.mentions.map(({ id }) => id)).toEqual([asked.userId]);
  expect(message && (await downloadPictures(message))).toEqual(vendor.painted);
  expect(Object.keys(buttonsOf(message))).toContain('Regenerate');
});

it('answers in the same message with the bot token when that had said something already', async () => {
  const { bot, vendor, asked } = await ask();
  await bot.discord.until(() => (buttonsOf(asked.message()).Cancel === undefined ? undefined : true));
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  expect(await bot.finished(asked)).toMatchObject({ state: 'done', messageId: asked.message()?.id });
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
  expect(bot.discord.messages(asked.channelId)).toHaveLength(1);
});

it('falls back to the bot token when a token is dead that seemed alive', async () => {
  const clock = { ahead: 0 };
  const { bot, vendor, asked } = await ask({ unanswered: 1, discord: { now: () => Date.now() + clock.ahead } });
  clock.ahead = SIXTEEN_MINUTES;
  vendor.release();
  const { messageId = '' } = await bot.finished(asked);
  const message = bot.discord.message(asked.channelId, messageId);
  expect(message && (await downloadPictures(message))).toEqual(vendor.painted);
});

it.each<[string, Fault]>([
  ['answers 500 after it posted', { status: 500, afterWork: true }],
  ['drops the connection after it posted', { dropConnection: true, afterWork: true }],
  ['answers 503 for longer than one try', { status: 503, times: 5, afterWork: true }],
])('posts one new message when Discord %s', async (_trouble, fault) => {
  const { bot, vendor, asked } = await ask({ unanswered: 1 });
  bot.discord.faults.add({ method: 'POST', route: MESSAGES, ...fault });
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  await bot.finished(asked);
  const posted = bot.discord.messages(asked.channelId).filter((message) => picturesOf(message).length > 0);
  expect(posted).toHaveLength(1);
});

it('answers in a new message, once, when the waiting one was deleted', async () => {
  const { bot, vendor, asked } = await ask();
  await asked.response();
  bot.discord.deleteMessage(asked.channelId, asked.message()?.id ?? '');
  bot.discord.faults.add({ method: 'POST', status: 500, afterWork: true });
  vendor.release();
  const { messageId = '' } = await bot.finished(asked);
  const messages = bot.discord.messages(asked.channelId);
  expect(messages.map(({ id }) => id)).toEqual([messageId]);
  expect(picturesOf(messages[0] ?? expect.fail('no message'))).toHaveLength(1);
});

it('answers with the token when the waiting message was deleted and the bot may not post there', async () => {
  const { bot, vendor, asked } = await ask();
  await asked.response();
  bot.discord.deleteMessage(asked.channelId, asked.message()?.id ?? '');
  bot.discord.setBotPermissions(asked.channelId, 0n);
  vendor.release();
  await bot.finished(asked);
  expect(picturesOf(asked.followUps()[0] ?? expect.fail('no follow-up'))).toHaveLength(1);
});

it('answers once with the token when Discord fails after it posted, and keeps it for /recent', async () => {
  const { bot, vendor, asked } = await ask({ private: true });
  await asked.response();
  bot.discord.deleteMessage(asked.channelId, asked.message()?.id ?? '');
  bot.discord.faults.add({ method: 'POST', route: FOLLOW_UP, status: 500, afterWork: true, times: 5 });
  vendor.release();
  await bot.finished(asked);
  expect(asked.followUps()).toHaveLength(1);
  const recent = await answerOf(await bot.as('alice').command('recent'));
  expect(await downloadPictures(recent)).toEqual(vendor.painted);
});

it('keeps for /recent what it may show nowhere any more', async () => {
  const { bot, vendor, asked } = await ask({ unanswered: 1 });
  bot.discord.setBotPermissions(asked.channelId, PermissionFlagsBits.ViewChannel);
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  expect((await bot.finished(asked)).state).toBe('done');
  const recent = await answerOf(await bot.as('alice', bot.discord.world.channels.dm.alice.id).command('recent'));
  expect(await downloadPictures(recent)).toEqual(vendor.painted);
});

it.each<[string, Fault]>([
  ['may not be posted there', { status: 403, code: 50013 }],
  ['is limited in that server', { status: 400, code: 400001 }],
  ['is not taken as a file', { status: 400, code: 50046 }],
  ['is found wrong', { status: 400, code: 50035 }],
  ['stays too large, however small', { status: 400, code: 40005, times: 3 }],
  ['is blocked by AutoMod without its words too', { status: 400, code: 200000, times: 3 }],
])('says that a picture waits in /recent when it %s', async (_why, fault) => {
  const { bot, vendor, asked } = await ask({ refused: 3 });
  bot.discord.faults.add({ method: 'PATCH', route: ORIGINAL, withFiles: true, ...fault });
  vendor.release();
  expect((await bot.finished(asked)).state).toBe('done');
  const message = asked.message();
  expect(textOf(message)).toBe('The picture is ready, but Discord would not take it here. It waits in `/recent`.');
  expect(buttonsOf(message)).toEqual({});
  const recent = await answerOf(await bot.as('alice').command('recent'));
  expect(await downloadPictures(recent)).toEqual(vendor.painted);
});

it('says so with the bot token when it may edit its message, but add no file', async () => {
  const { bot, vendor, asked } = await ask();
  await bot.discord.until(() => (buttonsOf(asked.message()).Cancel === undefined ? undefined : true));
  bot.advance(SIXTEEN_MINUTES);
  bot.discord.faults.add({ method: 'PATCH', route: MESSAGE, status: 403, code: 50013 });
  bot.discord.setBotPermissions(asked.channelId, PermissionFlagsBits.ViewChannel);
  vendor.release();
  await bot.finished(asked);
  expect(textOf(asked.message())).toMatch(/It waits in `\/recent`\.$/);
  expect(buttonsOf(asked.message())).toEqual({});
});

it('tells its member later when Discord is in trouble just then', async () => {
  const { bot, vendor, asked } = await ask({ refused: 1 });
  bot.discord.faults.add({ method: 'PATCH', route: ORIGINAL, status: 400, code: 50046 });
  bot.discord.faults.add({ method: 'PATCH', route: ORIGINAL, status: 500, times: 4 });
  vendor.release();
  await bot.finished(asked);
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
});

it.each([
  ['was deleted', (bot: TestBot, channelId: string) => bot.discord.deleteChannel(channelId)],
  ['was archived', (bot: TestBot, channelId: string) => bot.discord.setThreadState(channelId, { archived: true })],
  ['was locked', (bot: TestBot, channelId: string) => bot.discord.setThreadState(channelId, { locked: true })],
])('ends when the thread %s', async (_what, happen) => {
  const { bot, vendor, asked } = await ask({
    unanswered: 1,
    channelId: ({ discord }) => discord.world.channels.thread.id,
  });
  happen(bot, asked.channelId);
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  expect((await bot.finished(asked)).state).toBe('done');
});

it('asks nobody to paint what it may not show', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  const { id } = bot.discord.world.channels.general;
  bot.discord.setBotPermissions(id, PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages);
  const refused = await bot.as('alice').command('imagine', { prompt: 'a hidden door' });
  expect(await refusalOf(bot.discord, refused)).toBe(
    givingBack(
      'a hidden door',
      'Easel is not allowed to post pictures in this channel. Ask a moderator to give it the permission Attach Files here, or use `/imagine` with `private`.',
    ),
  );
  expect(vendor.requests).toEqual([]);
  const secret = await bot.as('alice').command('imagine', { prompt: 'a hidden door', private: true });
  expect(picturesOf(await secret.final())).toHaveLength(1);
});

it('leaves the words out when AutoMod refuses them', async () => {
  const { bot, vendor, asked } = await ask();
  bot.discord.faults.add({
    method: 'PATCH',
    route: ORIGINAL,
    withFiles: true,
    status: 400,
    code: 200000,
    message: 'Message was blocked by automatic moderation',
  });
  vendor.release();
  const message = await asked.final();
  expect(await downloadPictures(message)).toEqual(vendor.painted);
  expect(JSON.stringify(message.components)).not.toContain('bottle');
  expect(Object.keys(buttonsOf(message))).toContain('Regenerate');
});

it('keeps a private answer private when its token is dead', async () => {
  const { bot, vendor, asked } = await ask({ private: true, unanswered: 1 });
  bot.advance(SIXTEEN_MINUTES);
  vendor.release();
  await bot.finished(asked);
  expect(bot.discord.messages(asked.channelId)).toEqual([]);
});
