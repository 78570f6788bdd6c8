import { z } from 'zod';

const number = z.coerce.number('must be a number.');
const WHOLE = 'must be a whole number.';
const whole = (least: number, most: number) => z.coerce.number(WHOLE).int(WHOLE).min(least).max(most);
const url = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address.' });
const baseUrl = (fallback: string) => url.default(fallback).transform(withoutSlash);
/** Separated by commas. */
const list = z
  .string()
  .optional()
  .transform((text) =>
    text
      ?.split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );
/** Each stands for itself and everything below it, so a leading `*.` says nothing more. */
const hosts = list
  .transform((entries) => entries?.map((entry) => entry.toLowerCase().replace(/^\*\./, '')))
  .refine(
    (entries = []) => entries.every((entry) => /^([a-z0-9-]+\.)+[a-z][a-z0-9-]+$/.test(entry)),
    'must be host names, separated by commas, such as r2.dev, files.example.com.',
  );
/** Read as micro-dollars. Absent: no limit. */
const dollars = number
  .min(0)
  .max(1_000_000)
  .transform((usd) => Math.round(usd * 1_000_000))
  .optional();
const text = z.string().trim().min(1).optional();
/** Sent in a header as it is. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/, 'must be letters, digits and signs as on an English keyboard, without spaces.')
  .optional();

/** As `providers/index.ts` lists them. */
export const PROVIDER_NAMES = ['octoai', 'fireworks', 'novita', 'deepinfra', 'fal', 'sdapi', 'sketch'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** Every variable, and what it may be. `.env.example` says what each is for. */
const environment = z.object({
  DISCORD_TOKEN: key,
  DISCORD_API_URL: baseUrl('https://discord.com/api'),
  OCTOAI_TOKEN: key,
  OCTOAI_BASE_URL: baseUrl('https://image.octoai.run'),
  OCTOAI_CONCURRENCY: whole(1, 1_000).default(50),
  FIREWORKS_API_KEY: key,
  FIREWORKS_BASE_URL: baseUrl('https://api.fireworks.ai'),
  FIREWORKS_DIALECT: z.enum(['seed', 'current']).default('seed'),
  FIREWORKS_SAFETY_CHECK: z.enum(['on', 'off']).default('on'),
  FIREWORKS_CONCURRENCY: whole(1, 1_000).default(50),
  NOVITA_API_KEY: key,
  NOVITA_BASE_URL: baseUrl('https://api.novita.ai'),
  NOVITA_IMAGE_TYPE_FIELD: z.enum(['response_image_type', 'response_image_format']).default('response_image_type'),
  NOVITA_RESULT_HOSTS: hosts,
  NOVITA_CONCURRENCY: whole(1, 1_000).default(50),
  DEEPINFRA_TOKEN: key,
  DEEPINFRA_BASE_URL: baseUrl('https://api.deepinfra.com'),
  DEEPINFRA_API: z.enum(['native', 'openai']).default('native'),
  DEEPINFRA_CONCURRENCY: whole(1, 1_000).default(200),
  FAL_KEY: key,
  FAL_BASE_URL: baseUrl('https://fal.run'),
  FAL_CONCURRENCY: whole(1, 1_000).default(50),
  SDAPI_URL: url.transform(withoutSlash).optional(),
  SDAPI_AUTH: text,
  SDAPI_MODEL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'must be lower-case letters, digits, dots and hyphens, at most 32.')
    .default('local'),
  SDAPI_STEPS: whole(1, 150).default(20),
  SDAPI_CONCURRENCY: whole(1, 1_000).default(1),
  SKETCH_CONCURRENCY: whole(1, 1_000).default(50),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must be a postgres:// address; signs such as / # @ in its password are written %2F %23 %40.',
    })
    .optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  WORKERS: whole(0, 1_000).default(16),
  GATEWAY: z.enum(['on', 'off']).default('on'),
  MAX_IMAGE_BYTES_IN_FLIGHT: whole(2 ** 20, 2 ** 36).default(256 * 2 ** 20),
  USER_RUNNING: whole(1, 100).default(2),
  USER_WAITING: whole(1, 1_000).default(20),
  ROUTING: z.enum(['cheapest', 'fastest', 'order']).default('cheapest'),
  ROUTING_ORDER: list.refine(
    (names = []) => names.every((name) => PROVIDER_NAMES.some((known) => known === name)),
    `must name some of ${PROVIDER_NAMES.join(', ')}, separated by commas.`,
  ),
  DEFAULT_GUILD_BUDGET_USD: dollars,
  DEFAULT_GUILD_DAILY_BUDGET_USD: dollars,
  DEFAULT_MEMBER_BUDGET_USD: dollars,
  DEFAULT_MEMBER_DAILY_BUDGET_USD: dollars,
  IMAGE_RETENTION_HOURS: number
    .min(0)
    .max(24 * 365 * 10)
    .default(24),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
export type Config = z.output<typeof environment>;

/** The environment has values the bot cannot start with; one line for each. */
export class ConfigError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

/** Reads the settings. An empty variable counts as unset. Throws `ConfigError` that lists every problem at once. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environment.safeParse(given);
  const lines = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${explain(issue)}`);
  if (given.GATEWAY === 'off' && Number(given.WORKERS) === 0) {
    lines.push('WORKERS: with GATEWAY=off and WORKERS=0 this process would do nothing. Set WORKERS to 1 or more.');
  }
  if (given.GATEWAY !== 'off' && Number(given.WORKERS) === 0 && given.DISCORD_TOKEN === undefined) {
    lines.push(
      'WORKERS: the playground (no DISCORD_TOKEN) has no other process that paints. Set WORKERS to 1 or more.',
    );
  }
  if (given.GATEWAY === 'off' && given.DISCORD_TOKEN === undefined) {
    lines.push('DISCORD_TOKEN: a worker (GATEWAY=off) needs the bot token as well.');
  }
  if (lines.length > 0 || !parsed.success) throw new ConfigError(lines);
  return parsed.data;
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}

function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}.`;
    case 'too_small':
      return `must be ${issue.minimum} or more.`;
    case 'too_big':
      return `must be ${issue.maximum} or less.`;
    default:
      return issue.message;
  }
}
