import type { APIMessage } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import type { Interaction, MemberName } from '../../src/playground/discord/contract.ts';
import { startTestBot, type TestBot, type TestBotOptions } from '../support/bot.ts';
import { answerOf, buttonsOf, openForm, picturesOf, press, textOf } from '../support/messages.ts';
import { startDeepInfra, startFireworks, startNovita } from '../support/vendors.ts';

/** Fireworks asks $0.00140 a picture, Novita $0.00300. */
const PICTURE = 1_400;
const PINNED = 'fireworks/flux-schnell';

function ask(
  bot: TestBot,
  options: { count?: number; model?: string; steps?: number } = {},
  member: MemberName = 'alice',
) {
  return bot.as(member).command('imagine', { prompt: 'a paper boat', model: PINNED, ...options });
}

/** Asks for a picture, and waits for it. */
async function paint(
  bot: TestBot,
  ...rest: [options?: { count?: number; model?: string; steps?: number }, member?: MemberName]
): Promise<APIMessage> {
  const asked = await ask(bot, ...rest);
  const message = await asked.final();
  await bot.finished(asked);
  return message;
}

async function usage(bot: TestBot, member: MemberName = 'alice'): Promise<string> {
  return textOf(await answerOf(await bot.as(member).command('usage')));
}

/** The sentence an interaction was refused with, which nobody else sees, without the words it gives back. */
async function refusal(bot: TestBot, asked: Interaction): Promise<string> {
  const message = await answerOf(asked);
  expect(bot.discord.visibleOnlyTo(message.id)).toBe(asked.userId);
  expect(picturesOf(message)).toEqual([]);
  const [sentence = ''] = textOf(message).split('\nWhat you wrote, to copy:');
  return sentence;
}

/** Noon of the tenth of next month: no day or month ends while a test runs. */
function findNoon(): number {
  const date = new Date();
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 10, 12);
}

async function startAtNoon(options: TestBotOptions): Promise<TestBot> {
  const bot = await startTestBot(options);
  bot.advance(findNoon() - Date.now());
  return bot;
}

/** The end of the UTC day or month around that noon, in Discord's words. */
function resetOf(period: 'day' | 'month'): string {
  const noon = new Date(findNoon());
  const [year, month, day] = [noon.getUTCFullYear(), noon.getUTCMonth(), noon.getUTCDate()];
  const end = period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1);
  return `<t:${end / 1_000}:R>`;
}

it.each([
  ['DEFAULT_MEMBER_DAILY_BUDGET_USD', 'Your budget for pictures is used up.', 'day'],
  ['DEFAULT_MEMBER_BUDGET_USD', 'Your budget for pictures is used up.', 'month'],
  ['DEFAULT_GUILD_DAILY_BUDGET_USD', 'This server’s budget for pictures is used up.', 'day'],
  ['DEFAULT_GUILD_BUDGET_USD', 'This server’s budget for pictures is used up.', 'month'],
] as const)('stops at %s, by command, button and form, until it resets', async (setting, sentence, period) => {
  const fireworks = await startFireworks();
  const bot = await startAtNoon({ vendors: [fireworks], env: { [setting]: '0.003' } });
  const first = await paint(bot);
  await paint(bot);
  const expected = `${sentence} It resets ${resetOf(period)}.`;
  expect(await refusal(bot, await ask(bot))).toBe(expected);
  expect(await refusal(bot, await press(bot.as('alice'), first, 'Regenerate'))).toBe(expected);
  const form = await openForm(bot.as('alice'), first, 'Edit prompt');
  expect(await refusal(bot, await bot.as('alice').submitModal(form, { prompt: 'another' }))).toBe(expected);
  expect(fireworks.billed).toBe(2);
  // A month is over after 31 days, a day long before.
  bot.advance(31 * 24 * 3_600_000);
  expect(picturesOf(await paint(bot))).toHaveLength(1);
});

it('counts members apart, and a direct message for no server', async () => {
  const env = { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.0028', DEFAULT_GUILD_DAILY_BUDGET_USD: '0.0042' };
  const bot = await startAtNoon({ vendors: [await startFireworks()], env });
  await paint(bot);
  await paint(bot);
  expect(await refusal(bot, await ask(bot))).toMatch(/^Your budget/);
  await paint(bot, {}, 'bob');
  expect(await refusal(bot, await ask(bot, {}, 'bob'))).toMatch(/^This server’s budget/);
  const asked = await bot
    .as('bob', bot.discord.world.channels.dm.bob.id)
    .command('imagine', { prompt: 'a boat', model: PINNED });
  expect(picturesOf(await asked.final())).toHaveLength(1);
});

it('says to ask for fewer where one would still fit', async () => {
  const bot = await startAtNoon({
    vendors: [await startFireworks()],
    env: { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.003' },
  });
  expect(await refusal(bot, await ask(bot, { count: 4 }))).toBe(
    `What is left of your budget does not cover 4 pictures. Ask for fewer; it resets ${resetOf('day')}.`,
  );
  expect(picturesOf(await paint(bot, { count: 2 }))).toHaveLength(2);
});

it('says that a dearer picture does not fit where cheaper ones would', async () => {
  const bot = await startAtNoon({
    vendors: [await startFireworks()],
    env: { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.0020' },
  });
  expect(await refusal(bot, await ask(bot, { steps: 12 }))).toBe(
    `What is left of your budget does not cover a picture like this. Pick a cheaper model or fewer steps; it resets ${resetOf('day')}.`,
  );
  expect(picturesOf(await paint(bot))).toHaveLength(1);
});

it('paints what is free although the budget is used up', async () => {
  const bot = await startAtNoon({
    vendors: [await startFireworks()],
    env: { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.0014' },
  });
  await paint(bot);
  expect(picturesOf(await paint(bot, { model: 'sketch', count: 4 }))).toHaveLength(4);
  // Settings may become stricter: then more is used than there is.
  await bot.restart({ DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.001' });
  expect(picturesOf(await paint(bot, { model: 'sketch' }))).toHaveLength(1);
  expect(await refusal(bot, await ask(bot))).toMatch(/^Your budget for pictures is used up/);
});

it('lets no more through than the budget covers, however many ask at once', async () => {
  const fireworks = await startFireworks();
  const env = { DEFAULT_GUILD_DAILY_BUDGET_USD: '0.0045', USER_RUNNING: '10' };
  const bot = await startAtNoon({ vendors: [fireworks], env });
  const members: MemberName[] = ['alice', 'bob', 'moderator'];
  const asked = await Promise.all(Array.from({ length: 12 }, (_, index) => ask(bot, {}, members[index % 3])));
  const responses = await Promise.all(asked.map((one) => one.response()));
  const accepted = asked.filter((_, index) => responses[index]?.type === 'thinking');
  expect(accepted).toHaveLength(3);
  await Promise.all(accepted.map((one) => one.final()));
  expect(fireworks.billed).toBe(3);
});

it('tells the owner once at 80 and once at 100 percent', async () => {
  const bot = await startAtNoon({
    vendors: [await startFireworks()],
    env: { DEFAULT_GUILD_DAILY_BUDGET_USD: '0.007' },
  });
  const told = () =>
    bot.log.lines.filter((line) => line.includes('"msg":"budget')).map((line) => Number(JSON.parse(line).percent));
  for (let picture = 0; picture < 3; picture += 1) await paint(bot);
  expect(told()).toEqual([]);
  await paint(bot);
  await bot.log.find({
    msg: 'budget nearly used up',
    percent: 80,
    scope: 'guild',
    id: bot.discord.world.guild.id,
    period: 'day',
  });
  await paint(bot);
  await bot.log.find({ msg: 'budget used up', percent: 100, scope: 'guild' });
  for (let request = 0; request < 3; request += 1) await refusal(bot, await ask(bot));
  expect(await bot.page('/metrics')).toContain(
    'easel_budget_thresholds_total{scope="guild",period="day",percent="80"} 1',
  );
  expect(await bot.page('/metrics')).toContain(
    'easel_budget_thresholds_total{scope="guild",period="day",percent="100"} 1',
  );
  await bot.restart();
  await refusal(bot, await ask(bot));
  expect(told()).toEqual([80, 100]);
});

it('gives back what a vendor cannot have billed, and keeps what it may', async () => {
  const fireworks = await startFireworks();
  const bot = await startAtNoon({ vendors: [fireworks], env: { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.01' } });
  fireworks.failNext({ kind: 'status', status: 402 });
  expect(picturesOf(await paint(bot))).toHaveLength(0);
  expect(await usage(bot)).toMatch(/- Today: 0 pictures, \$0\.0100 left of \$0\.0100 until <t:\d+:f>/);
  await bot.restart();
  fireworks.failNext('hang-before-headers');
  const asked = await ask(bot);
  await fireworks.nextRequest();
  await (await bot.as('alice').pressRaw(`v1:job:cancel:${asked.id}`)).response();
  await asked.final();
  expect(await usage(bot)).toMatch(
    /- Today: 0 pictures, and up to \$0\.00140 that may still be charged for calls that brought no picture, \$0\.00860 left of \$0\.0100/,
  );
});

it('shows the price of several pictures before they are there, and what cancelling may have cost', async () => {
  const fireworks = await startFireworks();
  fireworks.hold();
  const bot = await startAtNoon({ vendors: [fireworks] });
  const asked = await ask(bot, { count: 3 });
  const waiting = await bot.discord.until(() => {
    const message = asked.message();
    return buttonsOf(message).Cancel === undefined ? undefined : message;
  });
  expect(textOf(waiting)).toBe('3 pictures by Fireworks for about $0.00420…');
  // An offer that nobody has tried yet gets two calls at once.
  while (fireworks.requests.length < 2) await fireworks.nextRequest();
  expect(await usage(bot)).toContain('$0.00420 reserved for pictures on the way');
  await press(bot.as('alice'), waiting, 'Cancel');
  expect(textOf(await asked.final())).toBe(
    'Cancelled. Fireworks had been asked already and may charge up to $0.00280 for it.',
  );
  await bot.finished(asked);
  const { uncertainMicroUsd, reservedMicroUsd } = await bot.store.ledger.spending(
    { scope: 'user', id: asked.userId },
    0,
    Number.MAX_SAFE_INTEGER,
  );
  expect([uncertainMicroUsd, reservedMicroUsd]).toEqual([2 * PICTURE, 0]);
});

it('does not say that nothing was asked where an earlier try did ask', async () => {
  const fireworks = await startFireworks();
  const bot = await startAtNoon({ vendors: [fireworks] });
  fireworks.failAlways({ kind: 'status', status: 500 });
  const asked = await ask(bot);
  await bot.log.find({ code: 'retry' });
  await (await bot.as('alice').pressRaw(`v1:job:cancel:${asked.id}`)).response();
  expect(textOf(await asked.final())).toBe(
    'Cancelled. A provider had been asked before; whatever it may charge is in `/usage`.',
  );
});

it('pays for a dearer vendor out of the budget, and for none that it does not cover', async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startAtNoon({ vendors: [fireworks, novita], env: { DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.004' } });
  fireworks.failAlways({ kind: 'status', status: 401 });
  expect(textOf(await paint(bot, { model: 'flux-schnell' }))).toContain('· Novita ·');
  await bot.restart({ DEFAULT_MEMBER_DAILY_BUDGET_USD: '0.0045' });
  // $0.00150 are left: enough for Fireworks, which does not work, and not for Novita.
  expect(textOf(await paint(bot, { model: 'flux-schnell' }))).toMatch(/^Fireworks cannot be used right now/);
  expect(novita.billed).toBe(1);
});

it('adds up: what members read, what the server reads, and what vendors billed', async () => {
  const [fireworks, novita, deepinfra] = [await startFireworks(), await startNovita(), await startDeepInfra()];
  const bot = await startAtNoon({ vendors: [fireworks, novita, deepinfra] });
  await paint(bot, { count: 3 });
  await paint(bot, { model: 'novita/flux-schnell' }, 'bob');
  await paint(bot, { model: 'deepinfra/flux-schnell', count: 2 }, 'bob');
  expect(await usage(bot)).toContain('- Today: 3 pictures, $0.00420\n');
  expect(await usage(bot)).not.toContain('server');
  expect(await usage(bot, 'bob')).toContain('- This month: 3 pictures, $0.00700\n');
  const server = (await usage(bot, 'moderator')).split('### This server’s pictures')[1];
  expect(server).toContain('- Today: 6 pictures, $0.0112\n');
  expect(fireworks.billed * PICTURE + novita.billed * 3_000 + deepinfra.billed * 2_000).toBe(11_200);
});
