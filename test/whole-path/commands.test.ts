import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LocalDiscord } from '../../src/playground/discord/contract.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startTestBot, type TestBot } from '../support/bot.ts';
import { checkRequests } from '../support/discord-schema.ts';
import { OFFER_RECORD } from '../support/generations.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { picturesOf } from '../support/messages.ts';
import { runScript } from '../support/run-script.ts';
import { startNovita } from '../support/vendors.ts';

function countRegistrations({ discord }: Pick<TestBot, 'discord'>): number {
  return discord.requests.filter(
    ({ method, route }) => method === 'PUT' && route === '/applications/{application_id}/commands',
  ).length;
}

async function settingsFor({ token, apiUrl }: LocalDiscord) {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  return { DISCORD_TOKEN: token, DISCORD_API_URL: apiUrl, DATA_DIR: dataDir };
}

it('registers its commands at the first start, and not again while they are the same', async () => {
  const bot = await startTestBot();
  expect(bot.discord.commands().map(({ name }) => name)).toContain('imagine');
  expect(countRegistrations(bot)).toBe(1);
  await bot.restart();
  expect(countRegistrations(bot)).toBe(1);
});

it('works with the commands Discord has while it takes no others', async () => {
  const bot = await startTestBot();
  await bot.stop();
  bot.discord.faults.add({ route: '/applications/{application_id}/commands', status: 500, times: 4 });
  await bot.start();
  await bot.log.find({ msg: 'could not register the commands: those it has stay' });
  const asked = await bot.as('alice').command('imagine', { prompt: 'a tin boat' });
  expect(picturesOf(await asked.final())).toHaveLength(1);
});

it('uses up no login when Discord refuses its token for them', async () => {
  const bot = await startTestBot();
  const logins = bot.discord.gateway.identifies();
  await bot.stop();
  bot.discord.faults.add({ route: '/applications/{application_id}/commands', status: 401 });
  await expect(bot.start()).rejects.toMatchObject({ status: 401 });
  expect(bot.discord.gateway.identifies()).toBe(logins);
});

it('registers them anew when a key brings another model', async () => {
  const novita = await startNovita();
  const bot = await startTestBot();
  await bot.restart(novita.env);
  expect(countRegistrations(bot)).toBe(2);
  const model = bot.discord
    .commands()
    .find(({ name }) => name === 'imagine')
    ?.options?.find(({ name }) => name === 'model');
  expect(JSON.stringify(model)).toContain('novita/flux-schnell');
});

it('registers them from the terminal, once', async () => {
  const discord = await startLocalDiscord();
  const env = await settingsFor(discord);
  expect(await runScript('deploy-commands', [], env)).toMatchObject({ code: 0, stdout: 'Commands registered.\n' });
  expect(discord.commands().map(({ name }) => name)).toContain('imagine');
  expect(await runScript('deploy-commands', [], env)).toMatchObject({
    code: 0,
    stdout: 'Discord already has these commands.\n',
  });
  expect(checkRequests(discord)).toEqual([]);
});

it('registers from the terminal what those who paint can do, without their keys', async () => {
  const discord = await startLocalDiscord();
  const env = await settingsFor(discord);
  const store = await openStore({ dataDir: env.DATA_DIR });
  await store.offers.record([OFFER_RECORD]);
  await store.close();
  expect(await runScript('deploy-commands', [], env)).toMatchObject({ code: 0 });
  expect(JSON.stringify(discord.commands())).toContain('novita/flux-schnell');
});

it.each([
  ['without a token', { DISCORD_TOKEN: '' }, 'DISCORD_TOKEN: needed to register commands.\n'],
  [
    'with a wrong token',
    { DISCORD_TOKEN: 'wrong' },
    'DISCORD_TOKEN: Discord does not know this token. Copy it anew from the developer portal, “Bot”, “Reset Token”.\n',
  ],
  [
    'where there is no Discord',
    { DISCORD_API_URL: 'http://127.0.0.1:9/api' },
    'A host is unknown or does not answer (ECONNREFUSED). Check the network of this machine, and DISCORD_API_URL where it is set.\n',
  ],
  ['with data nobody can write', { DATA_DIR: '/dev/null/easel' }, 'DATA_DIR'],
])('says plainly what is wrong when they are registered %s', async (_how, env, sentence) => {
  const discord = await startLocalDiscord();
  const run = await runScript('deploy-commands', [], { ...(await settingsFor(discord)), ...env });
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(sentence);
  expect(run.stdout).toBe('');
});

it('says plainly that Discord is in trouble when they are registered', async () => {
  const discord = await startLocalDiscord();
  discord.faults.add({ route: '/applications/@me', status: 503, times: 10 });
  const run = await runScript('deploy-commands', [], await settingsFor(discord));
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('Discord is in trouble just now (it answered 503). Try again in a few minutes.\n');
});
