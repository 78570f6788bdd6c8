import { expect, it } from 'vitest';
import { startTestBot } from '../support/bot.ts';
import { answerOf, buttonsOf, downloadPictures, picturesOf, press, refusalOf, textOf } from '../support/messages.ts';
import { noise } from '../support/noise.ts';
import { startOctoAi } from '../support/vendors.ts';

const KILOBYTE = 1024;
const ORIGINAL = '/webhooks/{application_id}/{interaction_token}/messages/@original';

it('says so when there are none', async () => {
  const bot = await startTestBot();
  const answer = await answerOf(await bot.as('alice').command('recent'));
  expect(textOf(answer)).toBe('You have no pictures yet. Ask for one with `/imagine`.');
  expect(bot.discord.visibleOnlyTo(answer.id)).toBe(bot.discord.world.users.alice.id);
});

it('shows a member’s own pictures with their buttons, private ones too, and leafs through them', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const first = await alice.command('imagine', { prompt: 'the older picture', private: true });
  const older = await first.final();
  await bot.finished(first);
  const second = await alice.command('imagine', { prompt: 'the newer picture', seed: 4 });
  await second.final();
  await (await bot.as('bob').command('imagine', { prompt: 'bob’s picture' })).final();
  await bot.finished(second);

  const recent = await answerOf(await alice.command('recent'));
  expect(bot.discord.visibleOnlyTo(recent.id)).toBe(bot.discord.world.users.alice.id);
  expect(textOf(recent)).toContain('the newer picture');
  expect(Object.keys(buttonsOf(recent))).toEqual([
    'Regenerate',
    'V1',
    'Edit prompt',
    'Info',
    'Delete',
    'Newer',
    'Older',
  ]);
  const leafed = await (await press(alice, recent, 'Older')).final();
  expect(leafed.id).toBe(recent.id);
  expect(textOf(leafed)).toContain('the older picture');
  expect(await downloadPictures(leafed)).toEqual(await downloadPictures(older));
  expect(Object.keys(buttonsOf(leafed))).toContain('Newer');
  const varied = await (await press(alice, leafed, 'V1')).final();
  expect(bot.discord.visibleOnlyTo(varied.id)).toBe(bot.discord.world.users.alice.id);
});

it('has what could not be delivered: a private picture whose token died first', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor], unanswered: 1 });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a late secret', private: true });
  await vendor.nextRequest();
  bot.advance(16 * 60_000);
  vendor.release();
  expect(await bot.finished(asked)).toMatchObject({ state: 'done', ephemeral: true });
  const recent = await answerOf(await bot.as('alice').command('recent'));
  expect(textOf(recent)).toContain('a late secret');
  expect(await downloadPictures(recent)).toEqual(vendor.painted);
  expect(bot.discord.messages(bot.discord.world.channels.general.id)).toEqual([]);
});

it('shows pictures whose bytes it no longer keeps from their message, and says when those are gone too', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()], env: { IMAGE_RETENTION_HOURS: '1' } });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'an old picture' });
  const message = await asked.final();
  await bot.finished(asked);
  const [bytes] = await downloadPictures(message);
  bot.advance(3 * 24 * 3_600_000);
  await bot.restart();
  await bot.discord.until(() => (bot.discord.gateway.connections() > 0 ? true : undefined));
  const recent = await (await alice.command('recent')).final();
  expect(await downloadPictures(recent)).toEqual([bytes]);
  bot.discord.deleteMessage(message.channel_id, message.id);
  const lost = await (await alice.command('recent')).final();
  expect(picturesOf(lost)).toEqual([]);
  expect(textOf(lost)).toContain('The picture itself is no longer kept.');
});

it('leaves out what its member deleted', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'not this one' });
  const message = await asked.final();
  await press(alice, message, 'Delete');
  await bot.discord.until(() => (bot.discord.message(message.channel_id, message.id) === undefined ? true : undefined));
  expect(textOf(await answerOf(await alice.command('recent')))).toContain('You have no pictures yet');
});

it('deletes the message in the channel too when Delete is pressed here, and goes on with what is left', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const kept = await alice.command('imagine', { prompt: 'one to keep', private: true });
  const picture = await kept.final();
  await bot.finished(kept);
  const asked = await alice.command('imagine', { prompt: 'not for this channel' });
  const message = await asked.final();
  await bot.finished(asked);
  const recent = await answerOf(await alice.command('recent'));
  const next = await (await press(alice, recent, 'Delete')).final();
  expect(next.id).toBe(recent.id);
  expect(textOf(next)).toContain('one to keep');
  expect(await downloadPictures(next)).toEqual(await downloadPictures(picture));
  expect(bot.discord.message(message.channel_id, message.id)).toBeUndefined();
  expect(await bot.store.generations.find(asked.id)).toMatchObject({ erased: true });
  // A private picture's own message is its member's to dismiss.
  const last = await (await press(alice, next, 'Delete')).final();
  expect(textOf(last)).toBe('You have no pictures yet. Ask for one with `/imagine`.');
  expect(picturesOf(last)).toEqual([]);
  expect(await bot.store.generations.find(kept.id)).toMatchObject({ erased: true });
});

it('erases nothing while Discord keeps the message in the channel, and says so', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'here to stay' });
  const message = await asked.final();
  await bot.finished(asked);
  const recent = await answerOf(await alice.command('recent'));
  bot.discord.setBotPermissions(message.channel_id, 0n);
  expect(await refusalOf(bot.discord, await press(alice, recent, 'Delete'))).toMatch(/nothing was erased/);
  expect(bot.discord.message(message.channel_id, message.id)).toBeDefined();
  expect(await bot.store.generations.find(asked.id)).toMatchObject({ erased: false });
  // The message itself needs nobody's permission.
  await press(alice, message, 'Delete');
  await bot.discord.until(() => (bot.discord.message(message.channel_id, message.id) === undefined ? true : undefined));
});

it('takes a picture whose message someone deleted before for deleted', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'gone already' });
  const message = await asked.final();
  await bot.finished(asked);
  const recent = await answerOf(await alice.command('recent'));
  bot.discord.deleteMessage(message.channel_id, message.id);
  await press(alice, recent, 'Delete');
  await bot.log.find({ handler: 'result:delete', outcome: 'updated' });
  expect(await bot.store.generations.find(asked.id)).toMatchObject({ erased: true });
});

it('says “thinking…” before it uploads what three seconds may not be enough for', async () => {
  const heavy = await noise(400, 300);
  const bot = await startTestBot({ vendors: [await startOctoAi({ picture: () => heavy })] });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'grain' });
  await asked.final();
  await bot.finished(asked);
  const recent = await alice.command('recent');
  expect(await downloadPictures(await recent.final())).toEqual([heavy]);
  expect(recent.record().callbacks).toMatchObject([
    { method: 'POST', body: { type: 5 }, files: [] },
    { method: 'PATCH', files: [{ size: heavy.byteLength }] },
  ]);
});

it('keeps to what may be uploaded where it is asked for', async () => {
  const heavy = await noise(400, 300);
  const bot = await startTestBot({ vendors: [await startOctoAi({ picture: () => heavy })] });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'grain' });
  await asked.final();
  await bot.finished(asked);
  const recent = await alice.command('recent', {}, { attachmentSizeLimit: 200 * KILOBYTE });
  const [shown] = await downloadPictures(await recent.final());
  expect(shown?.byteLength).toBeLessThanOrEqual(200 * KILOBYTE);
});

it('sends less when Discord finds it too large all the same', async () => {
  const heavy = await noise(400, 300);
  const bot = await startTestBot({ vendors: [await startOctoAi({ picture: () => heavy })], refused: 1 });
  const alice = bot.as('alice');
  const asked = await alice.command('imagine', { prompt: 'grain' });
  await asked.final();
  await bot.finished(asked);
  bot.discord.faults.add({ method: 'PATCH', route: ORIGINAL, status: 400, code: 40005 });
  const recent = await alice.command('recent', {}, { attachmentSizeLimit: 600 * KILOBYTE });
  const [shown] = await downloadPictures(await recent.final());
  expect(heavy.byteLength).toBeGreaterThan(300 * KILOBYTE);
  expect(shown?.byteLength).toBeLessThanOrEqual(300 * KILOBYTE);
});
