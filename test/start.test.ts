import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { type Running, startOnDiscord } from '../src/start-bot.ts';
import { startPlayground } from '../src/start-playground.ts';
import { DataError } from '../src/store/data-error.ts';
import { AddressUnavailableError, startWebServer } from '../src/web/server.ts';
import { startBotProcess } from './support/bot-process.ts';
import { startLocalDiscord } from './support/local-discord.ts';
import { createLogBook, type LogBook } from './support/log-book.ts';

async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-start-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  return dataDir;
}

async function start(env: Record<string, string>, log: LogBook = createLogBook()): Promise<Running> {
  const running = await startPlayground({ config: readConfig(env), log: createLog('info', log) });
  onTestFinished(running.close);
  return running;
}

/** A start that must fail; what it failed with, and what it logged until then. */
async function failToStart(env: Record<string, string>): Promise<{ error: unknown; log: readonly string[] }> {
  const log = createLogBook();
  const error = await start(env, log).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, log: log.lines };
}

/** What a member reads on the page: the first frame of its events. */
async function readSnapshot(url: string) {
  const leave = new AbortController();
  const response = await fetch(`${url}/playground/events`, { signal: leave.signal });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  leave.abort();
  return JSON.parse(text.slice('data: '.length, text.indexOf('\n\n')));
}

async function post(url: string, content: string): Promise<void> {
  const { memberId, channelId } = await readSnapshot(url);
  const body = new FormData();
  body.set('deed', JSON.stringify({ kind: 'post', memberId, channelId, content }));
  const response = await fetch(`${url}/playground/act`, { method: 'POST', body });
  expect(await response.json()).toEqual({ type: 'done' });
}

it.each([
  ['at the same address', true],
  ['at another address', false],
])('a second start with the same data, %s, ends before it touches anything', async (_where, samePort) => {
  const dataDir = await makeDataDir();
  const first = await start({ DATA_DIR: dataDir, PORT: '0' });
  const journal = join(dataDir, 'playground', 'journal.jsonl');
  const { ino } = await stat(journal);

  const { error, log } = await failToStart({
    DATA_DIR: dataDir,
    PORT: samePort ? new URL(first.url).port : '0',
  });
  if (samePort) expect(error).toBeInstanceOf(AddressUnavailableError);
  else
    expect(error).toEqual(
      new DataError(
        `Another Easel is running with this DATA_DIR (${dataDir}). Use that one, stop it, or set DATA_DIR to another folder.`,
      ),
    );
  expect(log).toEqual([]);
  expect((await stat(journal)).ino).toBe(ino);

  await post(first.url, 'still kept');
  expect(await readFile(journal, 'utf8')).toContain('still kept');
  await first.close();
  const again = await start({ DATA_DIR: dataDir, PORT: '0' });
  expect(await readSnapshot(again.url)).toMatchObject({ messages: [{ content: 'still kept' }] });
});

it('gives the address back when the data cannot be had', async () => {
  const dataDir = await makeDataDir();
  await start({ DATA_DIR: dataDir, PORT: '0' });
  const blocker = await startWebServer({ host: '127.0.0.1', port: 0, pages: [] });
  const { port } = new URL(blocker.url);
  await blocker.close();
  expect((await failToStart({ DATA_DIR: dataDir, PORT: port })).error).toBeInstanceOf(DataError);
  const next = await startWebServer({ host: '127.0.0.1', port: Number(port), pages: [] });
  await next.close();
});

it('on Discord, uses up no login when its address is taken', async () => {
  const discord = await startLocalDiscord();
  const taken = await startWebServer({ host: '127.0.0.1', port: 0, pages: [] });
  onTestFinished(() => taken.close());
  const config = readConfig({ DATA_DIR: await makeDataDir(), PORT: new URL(taken.url).port });
  await expect(
    startOnDiscord({
      config: { ...config, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
      log: createLog('info', createLogBook()),
    }),
  ).rejects.toThrow(AddressUnavailableError);
  expect(discord.gateway.identifies()).toBe(0);
  expect(discord.requests).toEqual([]);
});

it('is stopped by one signal while it waits for a Discord that says nothing', async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const bot = startBotProcess({
    env: {
      DISCORD_API_URL: `http://127.0.0.1:${port}/api`,
      DISCORD_TOKEN: 'MTE4MDAwMDAwMDAwMDAwMDAwMA.Gabcde.abcdefghijklmnopqrstuvwxyzabcdefghijklm',
      DATA_DIR: await makeDataDir(),
    },
  });
  await Promise.race([asked.promise, bot.exited.then(() => expect.fail(bot.output.join('\n')))]);
  expect(await bot.stop()).toBe(0);
});
