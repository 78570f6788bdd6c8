import type { APIMessage } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { startTestBot, type TestBot } from '../support/bot.ts';
import { answerOf, downloadPictures, openForm, picturesOf, press, textOf } from '../support/messages.ts';
import { until } from '../support/until.ts';
import { startOctoAi } from '../support/vendors.ts';

const DAYS_MS = 3 * 24 * 3_600_000;

async function startWithPicture(
  options: Record<string, boolean | string> = {},
): Promise<{ bot: TestBot; first: APIMessage }> {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'an old bridge', seed: 7, ...options });
  const first = await asked.final();
  await bot.finished(asked);
  return { bot, first };
}

/** Signed links have expired and stored pictures are forgotten. */
async function comeBackDaysLater(bot: TestBot): Promise<void> {
  await bot.stop();
  bot.advance(DAYS_MS);
  await bot.start();
}

const laters = [
  ['a restart', (bot: TestBot) => bot.restart()],
  ['a restart days later', comeBackDaysLater],
] as const;

it('paints nothing at a start that fails', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], env: { DISCORD_TOKEN: 'a.b.c', WORKERS: '0' } });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a stone well', model: 'octoai/flux-schnell' });
  await asked.response();
  // Who paints is away for longer than a member has patience.
  bot.advance(6_000);
  await until(() => expect(textOf(asked.message())).toContain('You are next in line…'));
  await bot.stop();
  bot.discord.faults.add({ route: '/gateway/bot', status: 401 });
  await expect(bot.start({ WORKERS: '4' })).rejects.toThrow();
  expect(vendor.requests).toEqual([]);
  await bot.start({ WORKERS: '4' });
  expect(picturesOf(await asked.final())).toHaveLength(1);
});

it.each(laters)('answers every button after %s', async (_when, comeBack) => {
  const { bot, first } = await startWithPicture();
  const [bytes] = await downloadPictures(first);
  await comeBack(bot);
  const bob = bot.as('bob');

  expect(picturesOf(await (await press(bob, first, 'Regenerate')).final())).toHaveLength(1);
  const varied = await press(bob, first, 'V1');
  expect(textOf(await varied.final())).toContain('flux-dev · OctoAI · 1024×1024 · 30 steps · strength 0.75');
  const [input] = await bot.store.images.read(varied.id, 'init');
  expect(input?.bytes).toEqual(bytes);
  const opened = await openForm(bob, first, 'Edit prompt');
  const edited = await (await bob.submitModal(opened, { prompt: 'a new bridge', seed: '' })).final();
  expect(textOf(edited)).toContain('**a new bridge**');
  expect(textOf(await answerOf(await press(bob, first, 'Info')))).toContain('an old bridge');
  await press(bot.as('alice'), first, 'Delete');
  await bot.discord.until(() => (bot.discord.message(first.channel_id, first.id) === undefined ? true : undefined));
});

it.each(laters)(
  'paints on from a variation after %s, from the picture that one started from',
  async (_when, comeBack) => {
    const { bot, first } = await startWithPicture();
    const [bytes] = await downloadPictures(first);
    const pressed = await press(bot.as('alice'), first, 'V1');
    const varied = await pressed.final();
    await bot.finished(pressed);
    await comeBack(bot);

    const again = await press(bot.as('bob'), varied, 'Regenerate');
    expect(textOf(await again.final())).toContain('strength 0.75');
    const [input] = await bot.store.images.read(again.id, 'init');
    expect(input?.bytes).toEqual(bytes);
  },
);

it.each(laters)('tries again after %s', async (_when, comeBack) => {
  const vendor = await startOctoAi();
  vendor.failNext({ kind: 'status', status: 422 });
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'an old well', model: 'octoai/flux-schnell' });
  const failure = await asked.final();
  await bot.finished(asked);
  await comeBack(bot);
  expect(textOf(await (await press(bot.as('bob'), failure, 'Try again')).final())).toContain('an old well');
});

it('varies a private picture days later from what Discord hands over with the press', async () => {
  const { bot, first } = await startWithPicture({ private: true });
  await comeBackDaysLater(bot);
  const varied = await (await press(bot.as('alice'), first, 'V1')).final();
  expect(bot.discord.visibleOnlyTo(varied.id)).toBe(bot.discord.world.users.alice.id);
});

it('answers members while it finishes, and paints what they ask for after its next start', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor] });
  vendor.hold();
  const running = await bot.as('alice').command('imagine', { prompt: 'under way' });
  await vendor.nextRequest();
  const stopped = bot.stop();
  const late = await bot.as('bob').command('imagine', { prompt: 'asked at the last moment' });
  expect((await late.response()).type).toBe('thinking');
  vendor.release();
  await stopped;
  expect(picturesOf(await running.final())).toHaveLength(1);
  await bot.start();
  expect(picturesOf(await late.final())).toHaveLength(1);
});

it('goes on with what waited and ran when it was stopped', async () => {
  const vendor = await startOctoAi();
  const bot = await startTestBot({ vendors: [vendor], env: { WORKERS: '1' } });
  vendor.hold();
  const running = await bot.as('alice').command('imagine', { prompt: 'under way' });
  await vendor.nextRequest();
  const waiting = await bot.as('bob').command('imagine', { prompt: 'in line' });
  await waiting.response();
  const stopped = bot.stop();
  vendor.release();
  await stopped;
  expect(picturesOf(await running.final())).toHaveLength(1);
  await bot.start();
  expect(picturesOf(await waiting.final())).toHaveLength(1);
  expect(vendor.billed).toBe(2);
});
