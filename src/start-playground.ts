import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Bot, startBot } from './bot.ts';
import type { Config } from './config.ts';
import { createLocalDiscord, FolderInUseError, type LocalDiscord } from './playground/discord/local-discord.ts';
import { createPlayground, type Playground } from './playground/server.ts';
import { type Running, serve } from './start-bot.ts';
import { makeDataDir } from './store/data-dir.ts';
import { DataError, explainFileError } from './store/data-error.ts';

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/**
 * The real bot against a Discord of its own, and a page to talk to it: no account, no key, no network. With provider
 * keys set it paints with them.
 */
export async function startPlayground({ config, log }: { config: Config; log: Logger }): Promise<Running> {
  const web = await serve({ config, log });
  let discord: LocalDiscord | undefined;
  let playground: Playground | undefined;
  let bot: Bot | undefined;
  async function close(): Promise<void> {
    playground?.close();
    await web.close();
    await bot?.close();
    await discord?.close();
  }
  try {
    discord = await openDiscord(config.DATA_DIR);
    tellNotices(discord);
    playground = await createPlayground({ discord, host: config.HOST });
    bot = await startBot({
      config: { ...config, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl },
      log,
    });
    web.show([...playground.pages, ...bot.pages]);
    console.log(`\n  Easel's playground: ${web.url}\n  Type /imagine there. Ctrl+C stops it.\n`);
    if (!LOOPBACK.includes(config.HOST)) {
      console.error(
        `  HOST=${config.HOST} and no DISCORD_TOKEN: whoever reaches this machine can use this page, and paint with your keys.\n`,
      );
    }
    return { url: web.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Those there are, and those to come, each once. */
function tellNotices(discord: LocalDiscord): void {
  const told = new Set<string>();
  function tell(): void {
    for (const notice of discord.notices) if (!told.has(notice)) console.error(notice);
    for (const notice of discord.notices) told.add(notice);
  }
  tell();
  discord.subscribe(({ type }) => {
    if (type === 'notices-changed') tell();
  });
}

async function openDiscord(dataDir: string): Promise<LocalDiscord> {
  try {
    makeDataDir(dataDir);
    return await createLocalDiscord({ folder: join(dataDir, 'playground') });
  } catch (cause) {
    if (!(cause instanceof FolderInUseError)) throw explainFileError(cause, dataDir);
    throw new DataError(
      `Another Easel is running with this DATA_DIR (${dataDir}). Use that one, stop it, or set DATA_DIR to another folder.`,
      { cause },
    );
  }
}
