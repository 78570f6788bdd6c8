import { expect, it } from 'vitest';
import { startTestBot } from '../support/bot.ts';
import { buttonsOf, picturesOf, textOf } from '../support/messages.ts';
import { NOBODY } from '../support/nobody.ts';
import { FIREWORKS_FILTERED } from '../support/stand-ins/fireworks.ts';
import { OCTOAI_FORBIDDEN } from '../support/stand-ins/octoai.ts';
import type { Fault } from '../support/stand-ins/stand-in.ts';
import { startDeepInfra, startFireworks, startNovita, startOctoAi, type Vendor } from '../support/vendors.ts';

const AT_ONCE = { 'retry-after': '0' };

it.each<[string, Fault, RegExp]>([
  [
    'does not accept the key',
    { kind: 'status', status: 401 },
    /^OctoAI cannot be used right now because of how it is set up here\./,
  ],
  [
    'wants money',
    { kind: 'status', status: 402 },
    /^OctoAI cannot be used right now because of how it is set up here\./,
  ],
  [
    'does not allow it',
    { kind: 'status', status: 403 },
    /^OctoAI cannot be used right now because of how it is set up here\./,
  ],
  [
    'is not where it should be',
    { kind: 'status', status: 404 },
    /^OctoAI cannot be used right now because of how it is set up here\./,
  ],
  ['does not understand us', { kind: 'status', status: 422 }, /^OctoAI could not finish the picture\./],
  [
    'redirects to somewhere private',
    'redirect-private',
    /^OctoAI cannot be used right now because of how it is set up here\./,
  ],
])('says so in one sentence when a provider %s', async (_what, fault, sentence) => {
  const vendor = await startOctoAi();
  vendor.failAlways(fault);
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'a weathervane' })).final();
  expect(textOf(message)).toMatch(sentence);
  expect(Object.keys(buttonsOf(message))).toEqual(['Try again']);
  expect(vendor.requests).toHaveLength(1);
});

// Tries again wait for a quarter of a minute, so these bots wait beside each other.
it('gives up in one sentence when a provider goes on failing', { timeout: 120_000 }, async () => {
  const failing: readonly (readonly [what: string, fault: Fault | 'gone', sentence: RegExp])[] = [
    ['stays busy', { kind: 'status', status: 429, headers: AT_ONCE }, /^OctoAI is busy right now\./],
    ['stays in trouble', { kind: 'status', status: 500, headers: AT_ONCE }, /^OctoAI could not finish the picture\./],
    ['answers with a page', 'html', /^OctoAI sent something that is not a picture\./],
    ['answers with junk', 'not-an-image', /^OctoAI sent something that is not a picture\./],
    ['answers with nothing', 'empty-list', /^OctoAI sent something that is not a picture\./],
    ['breaks the connection', 'reset', /^OctoAI cannot be reached right now\./],
    ['stalls in a picture', 'stall-in-body', /^OctoAI did not answer in time\./],
    ['is not there', 'gone', /^OctoAI cannot be reached right now\./],
  ];
  await Promise.all(
    failing.map(async ([what, fault, sentence]) => {
      const vendor = await startOctoAi();
      const isGone = fault === 'gone';
      const bot = await startTestBot({ vendors: [vendor], ...(isGone ? { env: { OCTOAI_BASE_URL: NOBODY } } : {}) });
      if (!isGone) vendor.failAlways(fault);
      const asked = await bot.as('alice').command('imagine', { prompt: 'a weathervane' });
      const message = await asked.final({ withinMs: 110_000 });
      expect(textOf(message), what).toMatch(sentence);
      expect(Object.keys(buttonsOf(message)), what).toEqual(['Try again']);
    }),
  );
});

it.each<[string, Fault]>([
  ['is busy once', { kind: 'status', status: 429, headers: AT_ONCE }],
  ['is in trouble once', { kind: 'status', status: 503, headers: AT_ONCE }],
  ['is cut off once', 'cut-body'],
])('paints in the end when a provider %s', async (_what, fault) => {
  const vendor = await startOctoAi();
  vendor.failNext(fault);
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'a second chance' })).final();
  expect(picturesOf(message)).toHaveLength(1);
  expect(vendor.requests).toHaveLength(2);
});

it('moves on to another provider of the same model', async () => {
  const [octoai, novita] = [await startOctoAi(), await startNovita()];
  octoai.failAlways({ kind: 'status', status: 500 });
  novita.failAlways({ kind: 'status', status: 500 });
  const bot = await startTestBot({ vendors: [octoai, novita] });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a detour' });
  const first = await Promise.race([octoai.nextRequest(), novita.nextRequest()]);
  const [failing, other] = octoai.requests.includes(first) ? [octoai, novita] : [novita, octoai];
  other.failAlways(undefined);
  expect(picturesOf(await asked.final())).toHaveLength(1);
  expect([failing.billed, other.billed]).toEqual([0, 1]);
});

it.each<[string, () => Promise<Vendor>, string, RegExp]>([
  [
    'refuses the prompt',
    startOctoAi,
    `something ${OCTOAI_FORBIDDEN}`,
    /^OctoAI refused this prompt because of its content rules\./,
  ],
  [
    'withholds the only picture',
    () => startOctoAi({ withheld: [0] }),
    'a statue',
    /^OctoAI’s safety filter withheld the picture\./,
  ],
  [
    'filters the picture',
    startFireworks,
    `something ${FIREWORKS_FILTERED}`,
    /^Fireworks’s safety filter withheld the picture\./,
  ],
  [
    'flags the picture',
    () => startDeepInfra({ flagged: [true] }),
    'a statue',
    /^DeepInfra’s safety filter withheld the picture\./,
  ],
])('says what to change when a provider %s, and asks no other', async (_what, start, prompt, sentence) => {
  const vendor = await start();
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt })).final();
  expect(textOf(message)).toMatch(sentence);
  expect(buttonsOf(message)).toEqual({});
  expect(vendor.requests).toHaveLength(1);
});

it('brings a picture of another size than it asked for, and says so', async () => {
  const vendor = await startFireworks();
  vendor.failNext('wrong-size');
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'a statue' })).final();
  expect(picturesOf(message)).toHaveLength(1);
  expect(textOf(message)).toContain('Fireworks painted 512×512 although it was asked for 1024×1024.');
});

it('says what to change when every picture of a batch is withheld', async () => {
  const vendor = await startOctoAi({ withheld: [0, 1, 2] });
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'three statues', count: 3 })).final();
  expect(textOf(message)).toMatch(/^OctoAI’s safety filter withheld the picture\./);
});

it('never passes a vendor’s own words on', async () => {
  const vendor = await startNovita();
  const body = JSON.stringify({ code: 400, reason: 'ILLEGAL_PROMPT', message: 'prompt “a secret recipe” is illegal' });
  vendor.failNext({ kind: 'status', status: 400, headers: { 'content-type': 'application/json' }, body });
  const bot = await startTestBot({ vendors: [vendor] });
  const message = await (await bot.as('alice').command('imagine', { prompt: 'a secret recipe' })).final();
  expect(textOf(message)).toBe(
    'Novita refused this prompt because of its content rules. Change the prompt and try again.',
  );
});
