import { MessageFlags } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import type { Fault } from '../../src/playground/discord/contract.ts';
import { startTestBot } from '../support/bot.ts';
import { answerOf, downloadPictures, press, textOf } from '../support/messages.ts';
import { startOctoAi } from '../support/vendors.ts';

const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';
const ORIGINAL = '/webhooks/{application_id}/{interaction_token}/messages/@original';

const troubles: readonly (readonly [string, Fault])[] = [
  ['answers 500', { status: 500 }],
  ['answers 500 three times', { status: 500, times: 3 }],
  ['answers 500 after it took it', { status: 500, afterWork: true }],
  ['drops the connection', { dropConnection: true }],
  ['drops the connection after it took it', { dropConnection: true, afterWork: true }],
  ['is busy for a moment', { status: 429, retryAfterMs: 300 }],
  ['takes it and says so too late', { delayMs: 2_700, afterWork: true }],
];

it.each(troubles)('paints once when Discord %s', async (_trouble, fault) => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, ...fault });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron' });
  const message = await asked.final();
  expect(await downloadPictures(message)).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
  expect(bot.discord.messages(message.channel_id)).toHaveLength(1);
  expect((await bot.finished(asked)).messageId).toBe(message.id);
});

it.each(troubles)('answers a button once when Discord %s', async (_trouble, fault) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'a patient heron' })).final();
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, ...fault });
  const info = await answerOf(await press(bot.as('alice'), message, 'Info'));
  expect(textOf(info)).toContain('a patient heron');
  await bot.log.find({ handler: 'result:info' });
  expect(bot.discord.messages(message.channel_id, bot.discord.world.users.alice.id)).toHaveLength(2);
});

it.each<[string, Fault]>([
  ['is blocked by Cloudflare for a moment', { status: 403, code: 40333, times: 2 }],
  ['takes too long over it', { status: 408, afterWork: true }],
])('tries again when the first answer %s', async (_trouble, fault) => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], refused: 3 });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, ...fault });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron' });
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
});

it('voids a request whose answer came too late for Discord: nothing is painted', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], unanswered: 1 });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, status: 404, code: 10062, message: 'Unknown interaction' });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a hasty hare' });
  await bot.log.find({ msg: 'interaction', interaction: asked.id, outcome: 'refused' });
  expect(await bot.store.generations.find(asked.id)).toMatchObject({ state: 'cancelled' });
  expect(vendor.requests).toEqual([]);
});

it('waits for an answer that is held up on its way to Discord', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], discord: { limits: { interactionMs: 20_000 } } });
  // For longer than the bot waits for it.
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, delayMs: 4_000 });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron' });
  await bot.log.find({ msg: 'interaction', interaction: asked.id, outcome: 'unclear' });
  expect(await bot.store.generations.find(asked.id)).toMatchObject({ state: 'queued' });
  expect((await asked.response()).type).toBe('thinking');
  // Longer than any first answer takes.
  bot.advance(11_000);
  await bot.restart();
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
});

it('learns which message its answer became when Discord’s word of that was lost', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor] });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, status: 500, afterWork: true });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron' });
  await vendor.nextRequest();
  const { messageId } = (await bot.store.generations.find(asked.id)) ?? {};
  expect(messageId).toBe(asked.message()?.id);
  vendor.release();
  await asked.final();
});

it('leaves an interaction to whoever has answered it', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], unanswered: 1 });
  bot.discord.faults.add({
    method: 'POST',
    route: CALLBACK,
    status: 400,
    code: 40060,
    message: 'Already acknowledged',
  });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a twin' });
  await bot.log.find({ msg: 'interaction', interaction: asked.id, outcome: 'elsewhere' });
  expect(vendor.requests).toEqual([]);
});

it('answers after the gateway connection was lost and found again', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  bot.discord.gateway.disconnect(4000);
  await bot.discord.until(() => (bot.discord.gateway.resumes() === 1 ? true : undefined));
  const asked = await bot.as('alice').command('imagine', { prompt: 'a homing pigeon' });
  expect(textOf(await asked.final())).toContain('a homing pigeon');
});

it('says nothing wrong, and paints once, when not even Discord says whether it took it', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, dropConnection: true, afterWork: true, times: 5 });
  const lifted = bot.discord.faults.add({ method: 'GET', route: ORIGINAL, status: 500, times: 100 });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron' });
  await bot.log.find({ msg: 'interaction', interaction: asked.id, outcome: 'unclear' });
  expect(asked.message()?.flags).toBe(MessageFlags.Loading);
  expect(asked.followUps()).toEqual([]);
  expect(vendor.requests).toEqual([]);
  lifted();
  // Longer than any first answer takes.
  bot.advance(11_000);
  await bot.restart();
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
  expect(vendor.billed).toBe(1);
});

it.each([
  ['public', false],
  ['private', true],
])('paints nothing when it was away for too long to find that out: a %s request', async (_kind, isPrivate) => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], unanswered: 1 });
  bot.discord.faults.add({ method: 'POST', route: CALLBACK, dropConnection: true, afterWork: true, times: 5 });
  bot.discord.faults.add({ method: 'GET', route: ORIGINAL, status: 500, times: 100 });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a patient heron', private: isPrivate });
  await bot.log.find({ msg: 'interaction', interaction: asked.id, outcome: 'unclear' });
  await bot.stop();
  bot.discord.faults.clear();
  bot.advance(16 * 60_000);
  await bot.start();
  const { state, messageId = '' } = await bot.finished(asked);
  expect(state).toBe('failed');
  expect(vendor.requests).toEqual([]);
  const posted = bot.discord.messages(asked.channelId).filter(({ flags = 0 }) => (flags & MessageFlags.Loading) === 0);
  expect(posted.map(({ id }) => id)).toEqual(isPrivate ? [] : [messageId]);
  if (isPrivate) return;
  const [told] = posted;
  expect(textOf(told)).toBe(
    `<@${asked.userId}> Easel was away when you asked for this, so nothing was painted, and it cost nothing.`,
  );
  const again = await press(bot.as('alice'), told ?? expect.fail('no message'), 'Try again');
  expect(await downloadPictures(await again.final())).toEqual(vendor.painted);
});
