import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalDiscord } from '../../src/playground/discord/contract.ts';
import { createLocalDiscord } from '../../src/playground/discord/local-discord.ts';
import { type BotProcess, startBotProcess } from '../support/bot-process.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { type NovitaStandIn, startNovitaStandIn } from '../support/stand-ins/novita.ts';
import { type OctoAiStandIn, startOctoAiStandIn } from '../support/stand-ins/octoai.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import { type Database, openEmbedded, openServed } from './database.ts';
import { createRandom, type Random } from './random.ts';

export interface WorldOptions {
  /** Names its data; letters and underscores. */
  name: string;
  /** Absent: the embedded file. */
  postgres?: PostgresServer | undefined;
  /** How long vendors take for a picture, milliseconds. */
  paintingMs: readonly [least: number, most: number];
}

/** A Discord, slow vendors and a database that stay up while bots come and go. */
export interface World {
  readonly engine: 'SQLite' | 'PostgreSQL';
  readonly discord: LocalDiscord;
  readonly octoai: OctoAiStandIn;
  readonly novita: NovitaStandIn;
  readonly database: Database;
  readonly random: Random;
  /** Never the same twice. */
  nextNumber(): number;
  /** Moves Discord's clock, and that of bots started from now on. */
  advance(ms: number): void;
  startBot(env?: Readonly<Record<string, string>>): BotProcess;
  close(): Promise<void>;
}

const MOVE_CLOCK = new URL('./move-clock.ts', import.meta.url);

export async function openWorld({ name, postgres, paintingMs }: WorldOptions): Promise<World> {
  const random = createRandom();
  let ahead = 0;
  let numbers = 0;
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-crash-'));
  const discord = await createLocalDiscord({ now: () => Date.now() + ahead, rememberedRequests: 10 });
  const slowly = (format: 'png' | 'jpeg') => {
    const paint = createPainter(format);
    return async (width: number, height: number, one: number) => {
      await sleep(random.between(...paintingMs));
      return paint(width, height, one);
    };
  };
  const octoai = await startOctoAiStandIn({ apiKey: 'octoai-key', picture: slowly('jpeg') });
  const novita = await startNovitaStandIn({ apiKey: 'novita-key', picture: slowly('png') });
  const databaseUrl = await postgres?.createDatabase(`easel_${name}`);
  const database = databaseUrl === undefined ? openEmbedded(join(dataDir, 'easel.db')) : openServed(databaseUrl);
  const bots: BotProcess[] = [];

  return {
    engine: databaseUrl === undefined ? 'SQLite' : 'PostgreSQL',
    discord,
    octoai,
    novita,
    database,
    random,
    nextNumber() {
      numbers += 1;
      return numbers;
    },
    advance(ms) {
      ahead += ms;
    },
    startBot(env = {}) {
      const bot = startBotProcess({
        env: {
          DISCORD_TOKEN: discord.token,
          DISCORD_API_URL: discord.apiUrl,
          DATA_DIR: dataDir,
          ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
          OCTOAI_TOKEN: 'octoai-key',
          OCTOAI_BASE_URL: octoai.url,
          NOVITA_API_KEY: 'novita-key',
          NOVITA_BASE_URL: novita.url,
          WORKERS: '4',
          USER_RUNNING: '4',
          USER_WAITING: '1000',
          CLOCK_AHEAD_MS: String(ahead),
          ...env,
        },
        preload: ahead === 0 ? [] : [MOVE_CLOCK],
      });
      bots.push(bot);
      return bot;
    },
    async close() {
      await Promise.all(bots.map((bot) => bot.kill()));
      await Promise.all([octoai.close(), novita.close(), discord.close()]);
      await rm(dataDir, { recursive: true });
    },
  };
}
