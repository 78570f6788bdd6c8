import { isDeepStrictEqual } from 'node:util';
import { DiscordAPIError, type REST } from 'discord.js';
import { Routes } from 'discord-api-types/v10';
import { z } from 'zod';
import type { OfferRecord } from '../generation/offer-record.ts';
import type { Handlers } from './handlers.ts';

/** A start does not wait longer for a Discord that does not answer. */
const ASK_WITHIN_MS = 10_000;

/** What Discord adds to a command of its own accord, and what it fills in where we say nothing. */
const OWN_FIELDS = new Set([
  'id',
  'application_id',
  'guild_id',
  'version',
  'name_localized',
  'description_localized',
  'dm_permission',
  'default_permission',
]);
const DEFAULTS: Readonly<Record<string, unknown>> = {
  type: 1,
  nsfw: false,
  required: false,
  autocomplete: false,
  description: '',
  default_member_permissions: null,
  name_localizations: null,
  description_localizations: null,
  integration_types: [0],
  contexts: null,
  handler: null,
};

/** Whose commands they are: the bot says so itself, without a connection to the gateway. */
export async function readApplicationId(rest: REST): Promise<string> {
  return z.looseObject({ id: z.string() }).parse(await rest.get(Routes.currentApplication())).id;
}

/** Throws where Discord does not know the token. Any other trouble may pass, and is not waited for long. */
export async function requireKnownToken(rest: REST): Promise<void> {
  try {
    await rest.get(Routes.currentApplication(), { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
  } catch (error) {
    if (error instanceof DiscordAPIError && error.status === 401) throw error;
  }
}

/**
 * Registers the commands when they differ from what Discord has. Discord counts new commands against a daily limit,
 * so an unchanged list is left alone.
 * @returns whether anything had to be changed
 */
export async function registerCommands(
  rest: REST,
  applicationId: string,
  commands: Handlers['commands'],
  offers: readonly OfferRecord[],
): Promise<boolean> {
  const wanted = commands.map((command) => command.describe(offers));
  const route = Routes.applicationCommands(applicationId);
  const registered = await rest.get(route, { query: new URLSearchParams({ with_localizations: 'true' }) });
  const same = isDeepStrictEqual(comparable(z.array(z.unknown()).parse(registered)), comparable(wanted));
  if (!same) await rest.put(route, { body: wanted });
  return !same;
}

/** Commands in a form in which only real differences differ. */
function comparable(commands: readonly unknown[]): unknown[] {
  return commands
    .map((command) => normalise(JSON.parse(JSON.stringify(command))))
    .toSorted((one, other) => sortKey(one).localeCompare(sortKey(other)));
}

function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, entry]) =>
      !OWN_FIELDS.has(key) &&
      !(key in DEFAULTS && isDeepStrictEqual(entry, DEFAULTS[key])) &&
      !(Array.isArray(entry) && entry.length === 0),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, normalise(entry)]));
}

function sortKey(command: unknown): string {
  const { name, type } = z.looseObject({ name: z.string(), type: z.number().default(1) }).parse(command);
  return `${type}:${name}`;
}
