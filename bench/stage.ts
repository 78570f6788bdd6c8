import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Child, startChild } from './child.ts';
import { fillHistory } from './fill-history.ts';
import { type LoadOrder, loadReport } from './load.ts';

/**
 * Who is measured. bare: bare undici. minimal: a minimal discord.js bot. ours: Easel on its embedded file. history: the
 * same with 100 000 past generations. postgres and postgresHistory: Easel on PostgreSQL.
 */
export type SubjectName = 'bare' | 'minimal' | 'ours' | 'history' | 'postgres' | 'postgresHistory';

const PROGRAMS: Readonly<Record<SubjectName, string>> = {
  bare: 'floor-undici.ts',
  minimal: 'floor-bot.ts',
  ours: '../src/start.mjs',
  history: '../src/start.mjs',
  postgres: '../src/start.mjs',
  postgresHistory: '../src/start.mjs',
};

/** Of those who measure: their own stops to collect garbage, two a second by default, would count as those of a bot. */
const HARNESS_FLAGS = ['--heap-growing-percent=1000'];
/** Those of `npm start`. */
const START_FLAGS = ['--max-semi-space-size=4'];

const usage = z.object({ cpuMs: z.number(), rss: z.number(), peakRss: z.number() });
const opened = z.object({ apiUrl: z.string(), token: z.string() });

/** What one load did. */
export interface Measured {
  readonly acknowledgedMs: readonly number[];
  readonly finishedMs: readonly number[];
  readonly picturesPerSecond: number;
  /** Of the bot alone, all its threads. */
  readonly cpuMsPerPicture: number;
}

export interface Subject {
  readonly name: SubjectName;
  /** From the start of the program until Discord had its identify, milliseconds. */
  readonly startMs: number;
  load(order: LoadOrder): Promise<Measured>;
  /** Resident memory now, bytes. */
  rss(): Promise<number>;
  /** The most it ever was, bytes. */
  peakRss(): Promise<number>;
  /** Heap and buffers after a garbage collection, bytes. */
  held(): Promise<number>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Rows of past generations for the subjects with a history. */
  pastGenerations: number;
  /** An empty PostgreSQL database for each of the two subjects that use one; absent: those cannot be started. */
  postgres?: Readonly<Record<'postgres' | 'postgresHistory', string>>;
  /** For Node where it runs Easel, such as those that take a profile. */
  flags?: readonly string[];
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The local Discords and the provider, each in a process of its own, and whoever is measured between them. */
export async function openStage({ pastGenerations, postgres, flags = [] }: StageOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  const discord = startChild({ file: 'local-discord.ts', flags: HARNESS_FLAGS });
  const provider = startChild({ file: 'provider.ts', flags: HARNESS_FLAGS });
  const providerUrl = `http://127.0.0.1:${await provider.ask('open', z.int())}`;
  const discords = new Map<SubjectName, z.output<typeof opened>>();
  const running = new Set<Child>();

  async function openDiscord(name: SubjectName) {
    const known = discords.get(name);
    if (known !== undefined) return known;
    const made = await discord.ask('open', opened, { name });
    discords.set(name, made);
    if (name === 'history') await fillHistory({ dataDir: join(folder, name) }, pastGenerations);
    if (name === 'postgresHistory') {
      await fillHistory({ dataDir: join(folder, name), databaseUrl: postgres?.[name] }, pastGenerations);
    }
    return made;
  }

  async function start(name: SubjectName): Promise<Subject> {
    const { apiUrl, token } = await openDiscord(name);
    const isFloor = name === 'bare' || name === 'minimal';
    const databaseUrl = name === 'postgres' || name === 'postgresHistory' ? postgres?.[name] : undefined;
    const child = startChild({
      file: PROGRAMS[name],
      env: {
        DISCORD_API_URL: apiUrl,
        DISCORD_TOKEN: token,
        ...(isFloor
          ? { PROVIDER_URL: providerUrl }
          : {
              FIREWORKS_API_KEY: 'bench',
              FIREWORKS_BASE_URL: providerUrl,
              FIREWORKS_CONCURRENCY: '1000',
              OCTOAI_TOKEN: 'bench',
              OCTOAI_BASE_URL: providerUrl,
              DATA_DIR: join(folder, name),
              PORT: '0',
              // Three members make all requests.
              WORKERS: '300',
              USER_RUNNING: '100',
              USER_WAITING: '1000',
              ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
            }),
      },
      flags: isFloor ? [] : [...START_FLAGS, ...flags],
    });
    running.add(child);
    const connectedAt = await Promise.race([discord.ask('ready', z.number(), { name }), child.ended]);

    return {
      name,
      startMs: connectedAt - child.startedAt,
      async load(order) {
        const before = await child.ask('usage', usage);
        const { samples, lost, seconds } = await discord.ask('load', loadReport, { name, ...order });
        const after = await child.ask('usage', usage);
        if (lost > 0) console.error(`${name}: ${lost} requests were not answered within three seconds`);
        const pictures = samples.length * (order.pictures ?? 1);
        return {
          acknowledgedMs: samples.map(({ acknowledgedMs }) => acknowledgedMs),
          finishedMs: samples.map(({ finishedMs }) => finishedMs),
          picturesPerSecond: pictures / seconds,
          cpuMsPerPicture: (after.cpuMs - before.cpuMs) / pictures,
        };
      },
      rss: async () => (await child.ask('usage', usage)).rss,
      peakRss: async () => (await child.ask('usage', usage)).peakRss,
      held: () => child.ask('held', z.number()),
      async stop() {
        await child.stop();
        running.delete(child);
        await discord.ask('gone', z.undefined(), { name });
      },
    };
  }

  return {
    start,
    /** What the provider answers from now on. */
    async paint(order: { bytes: number; latencyMs: number }): Promise<void> {
      await provider.ask('paint', z.undefined(), order);
    },
    async close(): Promise<void> {
      await Promise.all([...running, discord, provider].map((child) => child.stop()));
      await rm(folder, { recursive: true });
    },
  };
}
