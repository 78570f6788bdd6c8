import { expect, it } from 'vitest';
import type { Interaction } from '../../src/playground/discord/contract.ts';
import { startTestBot, type TestBot } from '../support/bot.ts';
import { buttonsOf, givingBack, picturesOf, press, refusalOf, textOf } from '../support/messages.ts';
import { startNovita, startOctoAi } from '../support/vendors.ts';

/** The waiting message, once it has something to press. */
function whenCancellable(bot: TestBot, asked: Interaction) {
  return bot.discord.until(() => {
    const message = asked.message();
    return buttonsOf(message).Cancel === undefined ? undefined : message;
  });
}

it('cancels a request that waits, before any provider is asked', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor], env: { WORKERS: '1' } });
  const first = await bot.as('alice').command('imagine', { prompt: 'the first in line' });
  await vendor.nextRequest();
  const second = await bot.as('bob').command('imagine', { prompt: 'the second in line' });
  const waiting = await whenCancellable(bot, second);
  expect(textOf(waiting)).toMatch(/^You are next in line.*…$/);
  await press(bot.as('bob'), waiting, 'Cancel');
  vendor.release();
  expect(textOf(await second.final())).toBe('Cancelled. It cost nothing.');
  expect(picturesOf(await first.final())).toHaveLength(1);
  expect(vendor.requests).toHaveLength(1);
});

it('cancels a running request: the call is aborted, and what it may cost is said', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a slow picture' });
  const call = await vendor.nextRequest();
  const waiting = await whenCancellable(bot, asked);
  expect(textOf(waiting)).toMatch(/^OctoAI is painting, \d s so far…$/);
  await press(bot.as('alice'), waiting, 'Cancel');
  expect(textOf(await asked.final())).toBe(
    'Cancelled. OctoAI had been asked already and may charge up to $0.00200 for it.',
  );
  expect(await call.delivered).toBe(false);
  expect(await bot.finished(asked)).toMatchObject({ state: 'cancelled' });
});

it('says where a private picture will wait before its message can be changed no more, and still cancels it', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor], env: { WORKERS: '1' } });
  const first = await bot.as('alice').command('imagine', { prompt: 'the first in line' });
  await vendor.nextRequest();
  const second = await bot.as('bob').command('imagine', { prompt: 'the second in line', private: true });
  await whenCancellable(bot, second);
  bot.advance(13 * 60_000);
  const late = await second.final();
  expect(textOf(late)).toMatch(/Look into `\/recent` later: the picture will wait there\.$/);
  bot.advance(3 * 60_000);
  await press(bot.as('bob'), late, 'Cancel');
  await bot.discord.until(() => (textOf(second.message()) === 'Cancelled. It cost nothing.' ? true : undefined));
  vendor.release();
  await first.final();
  expect(vendor.requests).toHaveLength(1);
});

it('lets nobody else cancel', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'alice’s own picture' });
  const waiting = await whenCancellable(bot, asked);
  const refused = await press(bot.as('bob'), waiting, 'Cancel');
  expect(await refusalOf(bot.discord, refused)).toBe('Only the member who asked for this picture can cancel it.');
  vendor.release();
  expect(picturesOf(await asked.final())).toHaveLength(1);
});

it('leaves a picture alone that is finished before its Cancel arrives', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a quick picture' });
  const message = await asked.final();
  await bot.finished(asked);
  await (await bot.as('alice').pressRaw(`v1:job:cancel:${asked.id}`, message.id)).response();
  expect(bot.discord.message(message.channel_id, message.id)).toEqual(message);
});

it.each(['alice', 'bob'] as const)(
  'tries again when %s presses the button under a failure, in a new message',
  async (member) => {
    const vendor = await startNovita();
    vendor.failNext({ kind: 'status', status: 422 });
    const bot = await startTestBot({ vendors: [vendor] });
    const asked = await bot
      .as('alice')
      .command('imagine', { prompt: 'once more', model: 'novita/flux-schnell', seed: 5 });
    const failure = await asked.final();
    expect(Object.keys(buttonsOf(failure))).toEqual(['Try again']);
    const again = await press(bot.as(member), failure, 'Try again');
    const message = await again.final();
    expect(textOf(message)).toContain('seed 5');
    expect(bot.discord.message(failure.channel_id, failure.id)).toEqual(failure);
    expect((await bot.finished(again)).userId).toBe(bot.discord.world.users[member].id);
  },
);

it('refuses a request beyond what a member may have waiting, in one sentence', async () => {
  const vendor = await startOctoAi();
  vendor.hold();
  const bot = await startTestBot({ vendors: [vendor], env: { USER_WAITING: '2', USER_RUNNING: '1' } });
  const asked = [];
  for (const prompt of ['one of two', 'two of two']) asked.push(await bot.as('alice').command('imagine', { prompt }));
  await Promise.all(asked.map((one) => one.response()));
  await vendor.nextRequest();
  const refused = await bot.as('alice').command('imagine', { prompt: 'three of two' });
  expect(await refusalOf(bot.discord, refused)).toBe(
    givingBack('three of two', 'You already have 2 pictures on the way. Wait for one to arrive, or cancel one.'),
  );
  expect(vendor.requests).toHaveLength(1);
  vendor.release();
  for (const one of asked) expect(picturesOf(await one.final())).toHaveLength(1);
});
