import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import type { LocalDiscord } from '../../src/playground/discord/contract.ts';
import { type BotProcess, startBotProcess } from '../support/bot-process.ts';
import { checkRequests } from '../support/discord-schema.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { downloadPictures, picturesOf, press, textOf } from '../support/messages.ts';
import { findHanging, findLeaks } from '../support/oversights.ts';
import { runScript } from '../support/run-script.ts';
import { until } from '../support/until.ts';
import { startDeepInfra, startFireworks, startNovita, startOctoAi } from '../support/vendors.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function startProcess(discord: LocalDiscord, env: Readonly<Record<string, string>>): Promise<BotProcess> {
  const bot = startBotProcess({ env: { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, ...env } });
  onTestFinished(() => bot.kill());
  await bot.ready;
  return bot;
}

it('uploads pictures from its main file, and ends in order', async () => {
  const vendors = [await startNovita(), await startOctoAi()];
  const discord = await startLocalDiscord();
  const env = { DATA_DIR: await makeFolder(), ...vendors[0]?.env, ...vendors[1]?.env };
  const bot = await startProcess(discord, env);
  const { users, channels } = discord.world;
  const alice = discord.act(users.alice.id, channels.general.id);
  const message = await (
    await alice.command('imagine', { prompt: 'a paper lantern', model: 'novita/flux-schnell' })
  ).final();
  expect(await downloadPictures(message)).toEqual(vendors[0]?.painted);
  const varied = await (await press(alice, message, 'V1')).final();
  expect(await downloadPictures(varied)).toEqual(vendors[1]?.painted);

  expect(await bot.stop()).toBe(0);
  expect(checkRequests(discord)).toEqual([]);
  expect(findHanging(discord)).toEqual([]);
  expect(findLeaks(bot.output, discord, env)).toEqual([]);
});

it.each([
  ['0.0.0.0', 1],
  ['127.0.0.1', 0],
])('says who can use a playground at %s', async (host, warnings) => {
  const bot = startBotProcess({ env: { HOST: host, DATA_DIR: await makeFolder(), LOG_LEVEL: 'info' } });
  onTestFinished(() => bot.kill());
  await until(() => expect(bot.output.join('\n')).toContain('Ctrl+C stops it'));
  expect(await bot.stop()).toBe(0);
  expect(bot.output.filter((line) => line.includes('whoever reaches this machine'))).toHaveLength(warnings);
});

it('answers the buttons of a picture it painted before it was killed', async () => {
  const vendor = await startOctoAi();
  const discord = await startLocalDiscord();
  const env = { DATA_DIR: await makeFolder(), ...vendor.env };
  const { users, channels } = discord.world;
  const alice = discord.act(users.alice.id, channels.general.id);
  const first = await startProcess(discord, env);
  const message = await (await alice.command('imagine', { prompt: 'a clay jug', seed: 3 })).final();
  await first.kill();
  await startProcess(discord, env);
  expect(textOf(await (await press(alice, message, 'V1')).final())).toContain('a clay jug');
  expect(picturesOf(await (await press(alice, message, 'Regenerate')).final())).toHaveLength(1);
});

it('ends at once at a second signal, and loses nothing by it', async () => {
  const vendor = await startOctoAi();
  const discord = await startLocalDiscord();
  const env = { DATA_DIR: await makeFolder(), WORKERS: '1', ...vendor.env };
  const { users, channels } = discord.world;
  const bot = await startProcess(discord, env);
  vendor.hold();
  const running = await discord.act(users.alice.id, channels.general.id).command('imagine', { prompt: 'under way' });
  await vendor.nextRequest();
  const waiting = await discord.act(users.bob.id, channels.general.id).command('imagine', { prompt: 'in line' });
  await waiting.response();
  const stopped = bot.stop();
  // Two signals at the same moment are one.
  await until(() => expect(bot.output.join('\n')).toContain('"msg":"stopping"'));
  await bot.stop();
  expect(await stopped).toBe(1);
  vendor.release();
  await startProcess(discord, env);
  expect(picturesOf(await waiting.final())).toHaveLength(1);
  expect(textOf(await running.final())).toContain('may still be billed');
});

it('ends in order at a signal while it starts', async () => {
  const discord = await startLocalDiscord();
  discord.faults.add({ route: '/gateway/bot', delayMs: 3_000 });
  const bot = startBotProcess({
    env: { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, DATA_DIR: await makeFolder() },
  });
  onTestFinished(() => bot.kill());
  await until(() => expect(bot.output.join('\n')).toContain('"msg":"commands registered"'));
  expect(await bot.stop()).toBe(0);
  expect(bot.output.join('\n')).toContain('"msg":"stopping"');
  await until(() => expect(discord.gateway.connections()).toBe(0));
});

it('ends at once at a second signal while it starts', async () => {
  const discord = await startLocalDiscord();
  discord.faults.add({ route: '/gateway/bot', delayMs: 60_000 });
  const bot = startBotProcess({
    env: { DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl, DATA_DIR: await makeFolder() },
  });
  onTestFinished(() => bot.kill());
  await until(() => expect(bot.output.join('\n')).toContain('"msg":"commands registered"'));
  const stopped = bot.stop();
  await until(() => expect(bot.output.join('\n')).toContain('"msg":"stopping"'));
  await bot.stop();
  expect(await stopped).toBe(1);
});

it('ends in order, for a supervisor to start it anew, when Discord ends its connection for good', async () => {
  const vendor = await startOctoAi();
  const discord = await startLocalDiscord();
  const bot = await startProcess(discord, { DATA_DIR: await makeFolder(), ...vendor.env });
  const { users, channels } = discord.world;
  vendor.hold();
  const asked = await discord.act(users.alice.id, channels.general.id).command('imagine', { prompt: 'a last lantern' });
  await vendor.nextRequest();
  discord.gateway.disconnect(4004);
  vendor.release();
  // What it was painting is finished first.
  expect(await downloadPictures(await asked.final())).toEqual(vendor.painted);
  expect(await bot.exited).toBe(1);
  expect(bot.output.join('\n')).toContain('Discord no longer accepts DISCORD_TOKEN.');
});

it('names every wrong setting, one line each, and does not start', async () => {
  const bot = startBotProcess({ env: { PORT: '70000', WORKERS: 'many', NOVITA_BASE_URL: 'novita' } });
  await expect(bot.ready).rejects.toThrow('ended with 1');
  expect(bot.output.map((line) => line.trim().split(':')[0])).toEqual([
    'Easel cannot start with these settings',
    'NOVITA_BASE_URL',
    'PORT',
    'WORKERS',
  ]);
});

it.each(['on', 'off'])('says so when Discord does not know its token, with GATEWAY=%s', async (GATEWAY) => {
  const discord = await startLocalDiscord();
  const bot = startBotProcess({
    env: { DISCORD_TOKEN: 'wrong', DISCORD_API_URL: discord.apiUrl, DATA_DIR: await makeFolder(), GATEWAY },
  });
  await expect(bot.ready).rejects.toThrow(/ended with 1.*DISCORD_TOKEN: Discord does not know this token/s);
});

it('says so in one line when its database is not there, and keeps the password to itself', async () => {
  const bot = startBotProcess({
    env: { DISCORD_TOKEN: 'a.b.c', DATABASE_URL: 'postgres://easel:hunter2@127.0.0.1:1/easel' },
  });
  await expect(bot.ready).rejects.toThrow('ended with 1');
  expect(bot.output).toEqual([
    'DATABASE_URL: Nothing listens at that host and port. Start PostgreSQL there, or correct them.',
  ]);
});

it.each([
  ['sketch', undefined, '1408×792'],
  ['octoai/flux-schnell', startOctoAi, '1024×576'],
  ['octoai/flux-dev', startOctoAi, '1024×576'],
  ['fireworks/flux-schnell', startFireworks, '1344×768'],
  ['novita/flux-schnell', startNovita, '1280×720'],
  ['deepinfra/flux-schnell', startDeepInfra, '1312×736'],
] as const)('paints with %s from the terminal', async (model, startVendor, size) => {
  const vendor = await startVendor?.();
  const out = join(await makeFolder(), 'out.png');
  const args = ['a lighthouse at dusk', '--model', model, '--aspect', '16:9', '--seed', '7', '--out', out];
  const run = await runScript('imagine', args, vendor?.env ?? {});
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toContain(size);
  expect(run.stdout).toContain('seed 7');
  const bytes = await readFile(out);
  const { width, height } = readPictureSize(bytes) ?? { width: 0, height: 0 };
  expect(`${width}×${height}`).toBe(size);
  if (vendor !== undefined) expect([bytes]).toEqual(vendor.painted);
});
