import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

/** What stops the start with this environment, line by line. */
function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe('readConfig', () => {
  it('needs nothing', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ DATA_DIR: './data', HOST: '127.0.0.1', PORT: 3000, WORKERS: 16, GATEWAY: 'on' });
    expect(config.DISCORD_TOKEN).toBeUndefined();
    expect(config.DATABASE_URL).toBeUndefined();
    expect(config.DEFAULT_GUILD_BUDGET_USD).toBeUndefined();
  });

  it.each(['', '   ', '\t'])('counts %j as not set', (value) => {
    const env = {
      DISCORD_TOKEN: value,
      PORT: value,
      DATABASE_URL: value,
      DEFAULT_GUILD_BUDGET_USD: value,
      WORKERS: value,
    };
    expect(readConfig(env)).toEqual(readConfig({}));
  });

  it('ignores what is not its own', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root', EDITOR: 'vi' })).toEqual(readConfig({}));
  });

  it.each<[string, string, unknown]>([
    ['DISCORD_TOKEN', '  a.b.c\n', 'a.b.c'],
    ['FIREWORKS_BASE_URL', 'http://127.0.0.1:8080/proxy///', 'http://127.0.0.1:8080/proxy'],
    ['SDAPI_URL', 'http://gpu:7860/', 'http://gpu:7860'],
    ['SDAPI_MODEL', 'flux-dev.q8', 'flux-dev.q8'],
    ['PORT', '0', 0],
    ['PORT', ' 8080 ', 8080],
    ['IMAGE_RETENTION_HOURS', '0.5', 0.5],
    ['DATABASE_URL', 'postgresql://easel:secret@db/easel', 'postgresql://easel:secret@db/easel'],
    ['DEFAULT_GUILD_BUDGET_USD', '20', 20_000_000],
    ['DEFAULT_MEMBER_DAILY_BUDGET_USD', '0.1', 100_000],
    ['DEFAULT_MEMBER_BUDGET_USD', '0', 0],
    ['ROUTING_ORDER', ' novita, fireworks ,,', ['novita', 'fireworks']],
    ['NOVITA_RESULT_HOSTS', 'files.example.com', ['files.example.com']],
    ['NOVITA_RESULT_HOSTS', '*.R2.dev, Files.Example.com', ['r2.dev', 'files.example.com']],
  ])('reads %s=%j', (name, value, expected) => {
    expect(readConfig({ [name]: value })).toMatchObject({ [name]: expected });
  });

  it.each([
    ['PORT', 'http', 'PORT: must be a whole number.'],
    ['PORT', '80.5', 'PORT: must be a whole number.'],
    ['PORT', '65536', 'PORT: must be 65535 or less.'],
    ['PORT', '-1', 'PORT: must be 0 or more.'],
    ['WORKERS', '1001', 'WORKERS: must be 1000 or less.'],
    ['USER_RUNNING', '0', 'USER_RUNNING: must be 1 or more.'],
    ['NOVITA_CONCURRENCY', 'many', 'NOVITA_CONCURRENCY: must be a whole number.'],
    ['IMAGE_RETENTION_HOURS', 'a day', 'IMAGE_RETENTION_HOURS: must be a number.'],
    ['DEFAULT_GUILD_BUDGET_USD', '$20', 'DEFAULT_GUILD_BUDGET_USD: must be a number.'],
    ['DEFAULT_GUILD_BUDGET_USD', '-1', 'DEFAULT_GUILD_BUDGET_USD: must be 0 or more.'],
    ['GATEWAY', 'yes', 'GATEWAY: must be one of on, off.'],
    ['ROUTING', 'best', 'ROUTING: must be one of cheapest, fastest, order.'],
    [
      'ROUTING_ORDER',
      'novita,firework,secret',
      'ROUTING_ORDER: must name some of octoai, fireworks, novita, deepinfra, fal, sdapi, sketch, separated by commas.',
    ],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent.'],
    ['DEEPINFRA_API', 'OpenAI', 'DEEPINFRA_API: must be one of native, openai.'],
    ['DISCORD_API_URL', 'discord.com/api', 'DISCORD_API_URL: must be an http:// or https:// address.'],
    ['NOVITA_BASE_URL', 'ftp://novita.ai', 'NOVITA_BASE_URL: must be an http:// or https:// address.'],
    ['SDAPI_URL', '127.0.0.1:7860', 'SDAPI_URL: must be an http:// or https:// address.'],
    ['SDAPI_MODEL', 'FLUX dev', 'SDAPI_MODEL: must be lower-case letters, digits, dots and hyphens, at most 32.'],
    [
      'DATABASE_URL',
      'mysql://db/easel',
      'DATABASE_URL: must be a postgres:// address; signs such as / # @ in its password are written %2F %23 %40.',
    ],
    ...['https://r2.dev', 'r2.dev/files', 'r2.dev:443', '*', 'a.*.r2.dev', '.r2.dev', '10.0.0.1', 'localhost'].map(
      (host) => [
        'NOVITA_RESULT_HOSTS',
        `novita.ai,${host}`,
        'NOVITA_RESULT_HOSTS: must be host names, separated by commas, such as r2.dev, files.example.com.',
      ],
    ),
  ])('refuses %s=%j', (name, value, line) => {
    expect(problemsOf({ [name]: value })).toEqual([line]);
  });

  it.each(['0', '00', ' 0'])('refuses a process with nothing to do: no gateway and WORKERS=%j', (WORKERS) => {
    expect(problemsOf({ GATEWAY: 'off', WORKERS, DISCORD_TOKEN: 'a.b.c' })).toEqual([
      'WORKERS: with GATEWAY=off and WORKERS=0 this process would do nothing. Set WORKERS to 1 or more.',
    ]);
  });

  it('refuses a playground that never paints', () => {
    expect(problemsOf({ WORKERS: '0' })).toEqual([
      'WORKERS: the playground (no DISCORD_TOKEN) has no other process that paints. Set WORKERS to 1 or more.',
    ]);
    expect(readConfig({ WORKERS: '0', DISCORD_TOKEN: 'a.b.c' }).WORKERS).toBe(0);
  });

  it('refuses a worker without the bot’s token', () => {
    expect(problemsOf({ GATEWAY: 'off' })).toEqual([
      'DISCORD_TOKEN: a worker (GATEWAY=off) needs the bot token as well.',
    ]);
  });

  it('lists every problem at once, without repeating what was given', () => {
    const lines = problemsOf({
      PORT: 'secret-1',
      LOG_LEVEL: 'secret-2',
      DATABASE_URL: 'mysql://easel:secret-3@db/easel',
      FAL_BASE_URL: 'secret-4',
      USER_WAITING: '0',
      GATEWAY: 'off',
    });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'FAL_BASE_URL',
      'DATABASE_URL',
      'PORT',
      'USER_WAITING',
      'LOG_LEVEL',
      'DISCORD_TOKEN',
    ]);
    expect(lines.join('\n')).not.toContain('secret');
  });
});

it.each(['“abc”', 'a b', 'a\nb', 'ключ'])('refuses a key that no header can carry: %j', (value) => {
  for (const name of ['DISCORD_TOKEN', 'FAL_KEY'] as const) {
    expect(problemsOf({ [name]: value })).toEqual([
      `${name}: must be letters, digits and signs as on an English keyboard, without spaces.`,
    ]);
  }
  expect(readConfig({ SDAPI_AUTH: `me:${value}` }).SDAPI_AUTH).toBe(`me:${value}`);
});

describe('a start with wrong settings', () => {
  async function start(env: Record<string, string>) {
    const cwd = await mkdtemp(join(tmpdir(), 'easel-config-'));
    onTestFinished(() => rm(cwd, { recursive: true }));
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await exited;
    return { code, output, complaint, left: await readdir(cwd) };
  }

  it('ends at once with a line for each, and leaves nothing behind', async () => {
    const { code, output, complaint, left } = await start({
      PORT: '99999',
      WORKERS: 'all',
      LOG_LEVEL: 'loud',
      OCTOAI_BASE_URL: 'x',
    });
    expect(complaint.trimEnd().split('\n')).toEqual([
      'Easel cannot start with these settings:',
      '  OCTOAI_BASE_URL: must be an http:// or https:// address.',
      '  PORT: must be 65535 or less.',
      '  WORKERS: must be a whole number.',
      '  LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent.',
    ]);
    expect({ code, output, left }).toEqual({ code: 1, output: '', left: [] });
  });
});
