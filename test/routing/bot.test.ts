import type { APIMessage } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { startTestBot, type TestBot } from '../support/bot.ts';
import { answerOf, buttonsOf, picturesOf, press, textOf } from '../support/messages.ts';
import { OCTOAI_FORBIDDEN } from '../support/stand-ins/octoai.ts';
import { until } from '../support/until.ts';
import { startFireworks, startNovita, startOctoAi, type Vendor } from '../support/vendors.ts';

const SECOND = 1_000;
const TROUBLE = { kind: 'status', status: 503, body: 'no healthy upstream' } as const;

/** What /status says to a member. */
async function status(bot: TestBot, member: 'alice' | 'moderator' = 'alice'): Promise<string> {
  return textOf(await answerOf(await bot.as(member).command('status')));
}

async function paint(bot: TestBot, options: { model?: string; count?: number } = {}): Promise<APIMessage> {
  const asked = await bot.as('alice').command('imagine', { prompt: 'a kite over the sea', ...options });
  return asked.final({ withinMs: 60 * SECOND });
}

/** Requests for pictures, without the downloads of them. */
function callsOf({ requests }: Vendor): number {
  return requests.filter(({ method }) => method === 'POST').length;
}

it('paints on while the cheapest vendor is broken, says so in /status, and goes back to it', async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startTestBot({ vendors: [fireworks, novita] });
  fireworks.failAlways(TROUBLE);
  for (let picture = 0; picture < 4; picture += 1) expect(textOf(await paint(bot))).toContain('· Novita ·');
  expect([callsOf(fireworks), callsOf(novita)]).toEqual([2, 4]);
  await bot.log.find({ msg: 'provider call failed', provider: 'fireworks', failure: 'trouble', status: 503 });
  await bot.log.find({ msg: 'provider out of rotation', provider: 'fireworks', failure: 'trouble' });
  const metrics = await bot.page('/metrics');
  expect(metrics).toMatch(/easel_offer_out_of_rotation\{provider="fireworks",.*\} 1/);
  expect(metrics).toMatch(/easel_provider_calls_total\{provider="fireworks",.*,outcome="trouble"\} 2/);
  expect(metrics).toMatch(/easel_provider_calls_total\{provider="novita",.*,outcome="succeeded"\} 4/);
  expect(metrics).toMatch(/easel_cost_micro_usd_total\{provider="novita",state="settled"\} 12000/);
  expect(await status(bot)).toMatch(/🔴 fireworks\/flux-schnell: failing, tried again <t:\d+:R>\n/);
  expect(await status(bot)).toMatch(/🟢 novita\/flux-schnell: fine, \d\.\d s lately/);

  fireworks.failAlways(undefined);
  bot.advance(15 * SECOND);
  expect(await status(bot)).toMatch(
    /🟡 fireworks\/flux-schnell: was failing, the next picture will show whether it is back/,
  );
  expect(textOf(await paint(bot))).toContain('· Fireworks ·');
  expect(await status(bot)).toMatch(/🟢 fireworks\/flux-schnell: fine/);
  await bot.log.find({ msg: 'provider is back', provider: 'fireworks' });
  expect(await bot.page('/metrics')).toMatch(/easel_offer_out_of_rotation\{provider="fireworks",.*\} 0/);
});

it('tells in Info why an offer was asked', async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startTestBot({ vendors: [fireworks, novita] });
  const reason = async (message: APIMessage) =>
    /\*\*Chosen:\*\* (.*)/.exec(textOf(await answerOf(await press(bot.as('alice'), message, 'Info'))))?.[1];
  expect(await reason(await paint(bot))).toBe('Fireworks: cheapest here.');
  fireworks.failNext(TROUBLE);
  expect(await reason(await paint(bot))).toBe('Novita: stood in for Fireworks, which was busy or failing.');
  expect(await reason(await paint(bot, { model: 'novita/flux-schnell' }))).toBe('Novita: you chose it.');
});

it('remembers what is broken over a restart', async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startTestBot({ vendors: [fireworks, novita] });
  fireworks.failAlways(TROUBLE);
  await paint(bot);
  await paint(bot);
  await bot.restart();
  expect(textOf(await paint(bot))).toContain('· Novita ·');
  expect(callsOf(fireworks)).toBe(2);
});

it('leaves a vendor that hangs in time, and says so in one calm line', { timeout: 60 * SECOND }, async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startTestBot({ vendors: [fireworks, novita] });
  fireworks.failAlways('hang-before-headers');
  novita.hold();
  const lines = () =>
    bot.discord.requests.filter(({ body }) => JSON.stringify(body ?? '').includes('Fireworks is slow, trying Novita…'));
  const painting = paint(bot);
  await novita.nextRequest();
  await until(() => expect(lines()).toHaveLength(1));
  novita.release();
  expect(textOf(await painting)).toContain('· Novita ·');
  expect(lines()).toHaveLength(1);
  const usage = textOf(await answerOf(await bot.as('alice').command('usage')));
  expect(usage).toContain('- This month: 1 picture, $0.00300, and up to $0.00140 that may still be charged');
});

it.each([
  [401, 'FIREWORKS_API_KEY', 'credentials'],
  [402, 'FIREWORKS_API_KEY', 'money'],
  [404, 'FIREWORKS_BASE_URL', 'wrong-address'],
])(
  'tells the operator of a %i which variable to look at, and members nothing of it',
  async (code, variable, failure) => {
    const [fireworks, novita] = [await startFireworks(), await startNovita()];
    const bot = await startTestBot({ vendors: [fireworks, novita] });
    fireworks.failAlways({ kind: 'status', status: code });
    const pinned = await paint(bot, { model: 'fireworks/flux-schnell' });
    expect(textOf(pinned)).toBe(
      'Fireworks cannot be used right now because of how it is set up here. Try another model; the person who runs this bot has been told.',
    );
    expect(await bot.log.find({ msg: 'provider out of rotation' })).toMatchObject({ level: 50, variable, failure });
    expect(await status(bot)).toContain('🔴 fireworks/flux-schnell: the person who runs this bot has to fix its setup');
    expect(await status(bot, 'moderator')).toContain(
      `🔴 fireworks/flux-schnell: refuses how it is set up here; look at ${variable}`,
    );
    expect(textOf(await paint(bot))).toContain('· Novita ·');
    expect(callsOf(fireworks)).toBe(1);
    // Whoever starts it again has mended it, until it turns out otherwise.
    fireworks.failAlways(undefined);
    await bot.restart();
    expect(textOf(await paint(bot))).toContain('· Fireworks ·');
  },
);

it('names a pinned vendor that stays broken, and offers to try again', async () => {
  const [fireworks, novita] = [await startFireworks(), await startNovita()];
  const bot = await startTestBot({ vendors: [fireworks, novita] });
  fireworks.failAlways(TROUBLE);
  const asked = await bot.as('alice').command('imagine', { prompt: 'a kite', model: 'fireworks/flux-schnell' });
  await bot.log.find({ msg: 'provider out of rotation' });
  bot.advance(90 * SECOND);
  const message = await asked.final();
  expect(textOf(message)).toBe('Fireworks could not finish the picture. Try again in a moment.');
  expect(Object.keys(buttonsOf(message))).toEqual(['Try again']);
  expect(callsOf(novita)).toBe(0);
  expect(callsOf(fireworks)).toBeLessThanOrEqual(3);
});

it('asks a pinned vendor again when its Retry-After is over', async () => {
  const fireworks = await startFireworks();
  const bot = await startTestBot({ vendors: [fireworks] });
  fireworks.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '20' } });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a kite' });
  await bot.log.find({ code: 'retry' });
  expect(await status(bot)).toMatch(/🟡 fireworks\/flux-schnell: asked for a pause, back <t:\d+:R>/);
  bot.advance(19 * SECOND);
  expect(callsOf(fireworks)).toBe(1);
  bot.advance(1 * SECOND);
  expect(picturesOf(await asked.final())).toHaveLength(1);
  expect(callsOf(fireworks)).toBe(2);
});

it('says at once when a vendor asks for more time than a member would wait', async () => {
  const fireworks = await startFireworks();
  const bot = await startTestBot({ vendors: [fireworks] });
  const inTenMinutes = new Date(Date.now() + 600 * SECOND).toUTCString();
  fireworks.failAlways({ kind: 'status', status: 429, headers: { 'retry-after': inTenMinutes } });
  expect(textOf(await paint(bot))).toMatch(/^Fireworks is busy right now\. Try again in (59\d|600) seconds\.$/);
  expect(textOf(await paint(bot))).toMatch(/^Fireworks is busy right now\. Try again in (59\d|600) seconds\.$/);
  expect(callsOf(fireworks)).toBe(1);
});

it('never takes refused content to another vendor', async () => {
  const [octoai, novita] = [await startOctoAi(), await startNovita()];
  const bot = await startTestBot({ vendors: [octoai, novita] });
  const asked = await bot.as('alice').command('imagine', { prompt: `${OCTOAI_FORBIDDEN} fruit`, count: 2 });
  expect(textOf(await asked.final())).toBe(
    'OctoAI refused this prompt because of its content rules. Change the prompt and try again.',
  );
  expect([callsOf(octoai), callsOf(novita)]).toEqual([1, 0]);
});

it('describes in /models what can be asked for, by whom, at what price and speed', async () => {
  const [fireworks, octoai] = [await startFireworks(), await startOctoAi()];
  const bot = await startTestBot({ vendors: [fireworks, octoai] });
  const models = async () => textOf(await answerOf(await bot.as('alice').command('models')));
  expect(await models()).toContain(
    '- `fireworks/flux-schnell` by Fireworks: $0.00140 a picture, not asked lately; paints from words, 1–50 steps',
  );
  await paint(bot);
  expect(await models()).toMatch(/`fireworks\/flux-schnell` by Fireworks: \$0\.00140 a picture, \d\.\d s lately/);
  fireworks.failAlways({ kind: 'status', status: 401 });
  await paint(bot);
  expect(await models()).toContain(
    '`fireworks/flux-schnell` by Fireworks: $0.00140 a picture, out of rotation just now',
  );
});
