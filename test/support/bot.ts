import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Bot, startBot } from '../../src/bot.ts';
import { readConfig } from '../../src/config.ts';
import type { Generation } from '../../src/generation/record.ts';
import { createLog } from '../../src/log.ts';
import type {
  Driver,
  Interaction,
  LocalDiscord,
  LocalDiscordOptions,
  MemberName,
} from '../../src/playground/discord/contract.ts';
import { createLocalDiscord } from '../../src/playground/discord/local-discord.ts';
import { checkRequests } from './discord-schema.ts';
import { createLogBook, type LogBook } from './log-book.ts';
import { findHanging, findLeaks } from './oversights.ts';
import type { Vendor } from './vendors.ts';

export interface TestBotOptions {
  vendors?: readonly Vendor[];
  /** Further settings. */
  env?: Readonly<Record<string, string>>;
  discord?: LocalDiscordOptions;
  /** Interactions that end at “The application did not respond”, on purpose. Default 0. */
  unanswered?: number;
  /** Requests that Discord finds wrong, on purpose. Default 0. */
  refused?: number;
}

export interface TestBot {
  readonly discord: LocalDiscord;
  /** Of the bot that runs now. */
  readonly store: Bot['store'];
  /** At `info`, over all its restarts. */
  readonly log: LogBook;
  /** A member in a channel; general when it is left out. */
  as(member: MemberName, channelId?: string): Driver;
  /** The generation an interaction started, once its member has been told how it ended. */
  finished(interaction: Pick<Interaction, 'id'>): Promise<Generation>;
  /** One of its web pages: `/metrics`. */
  page(path: string): Promise<string>;
  /** Moves the clock of bot and Discord; timers do not follow it. */
  advance(ms: number): void;
  /** As SIGTERM does. */
  stop(): Promise<void>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** The bot ends and another one begins on the same data. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * The whole bot against a Discord on this machine, over sockets, its data in a folder of its own. It ends with the
 * test; then every request it made must have been valid, nobody may be left waiting, and its log may tell nothing
 * that is a secret.
 */
export async function startTestBot({
  vendors = [],
  env = {},
  discord: discordOptions,
  unanswered = 0,
  refused = 0,
}: TestBotOptions = {}): Promise<TestBot> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-'));
  const discord = await createLocalDiscord({ now, ...discordOptions });
  const log = createLogBook();
  const logger = createLog('info', log);
  const keys: Record<string, string> = Object.assign({}, ...vendors.map((vendor) => vendor.env));
  let bot: Bot | undefined;

  async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const config = readConfig({ ...keys, DATA_DIR: dataDir, ...env, ...more });
    bot = await startBot({
      config: { ...config, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
      log: logger,
      now,
    });
  }
  async function stop(): Promise<void> {
    await bot?.close();
    bot = undefined;
  }
  function getStore(): Bot['store'] {
    if (bot === undefined) throw new Error('the bot is stopped');
    return bot.store;
  }

  onTestFinished(async () => {
    try {
      expect(findHanging(discord, unanswered)).toEqual([]);
      await stop();
      expect(withoutPlanned(checkRequests(discord), refused)).toEqual([]);
      expect(findLeaks(log.lines, discord, keys)).toEqual([]);
    } finally {
      for (const vendor of vendors) vendor.release();
      await stop();
      await discord.close();
      await rm(dataDir, { recursive: true });
    }
  });
  await start();

  return {
    discord,
    get store() {
      return getStore();
    },
    log,
    as: (member, channelId = discord.world.channels.general.id) =>
      discord.act(discord.world.users[member].id, channelId),
    async finished({ id }) {
      await log.find({ msg: 'generation finished', generation: id });
      const generation = await getStore().generations.find(id);
      if (generation === undefined) throw new Error(`there is no generation ${id}`);
      return generation;
    },
    async page(path) {
      const page = bot?.pages.find((one) => one.path === path);
      if (page === undefined) throw new Error(`there is no page ${path}`);
      return (await page.handle(new Request(`http://localhost${path}`))).text();
    },
    advance(ms) {
      ahead += ms;
    },
    stop,
    start,
    async restart(more) {
      await stop();
      await start(more);
    },
  };
}

function withoutPlanned(problems: readonly string[], refused: number): string[] {
  const refusals = problems.filter((problem) => problem.includes(': refused with'));
  return [...problems.filter((problem) => !refusals.includes(problem)), ...refusals.slice(refused)];
}
