import { Client, type ClientOptions, Events, type Interaction, REST, type RESTOptions } from 'discord.js';
import { expect, onTestFinished } from 'vitest';
import type { LocalDiscord, LocalDiscordOptions } from '../../../src/playground/discord/local-discord.ts';
import { checkResponses } from '../../support/discord-schema.ts';
import { startLocalDiscord } from '../../support/local-discord.ts';

/** A local Discord whose answers must fit Discord's own description, where that is at hand. */
export async function startChecked(options?: LocalDiscordOptions): Promise<LocalDiscord> {
  const local = await startLocalDiscord(options);
  onTestFinished(() => expect(checkResponses(local)).toEqual([]));
  return local;
}

/** The global `fetch`, its network errors unwrapped so that discord.js sees ECONNRESET. */
const makeRequest: RESTOptions['makeRequest'] = async (url, init) => {
  try {
    // discord.js types its own undici's request and response; Node's are the same at run time.
    return (await fetch(url, init as RequestInit)) as unknown as Awaited<ReturnType<RESTOptions['makeRequest']>>;
  } catch (error) {
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  }
};

/** discord.js's REST pointed at a local Discord. */
export function restOptions(local: LocalDiscord): Partial<RESTOptions> {
  return { api: local.apiUrl, makeRequest };
}

/** discord.js's REST with the bot's token, and no gateway. */
export function createRest(local: LocalDiscord): REST {
  return new REST(restOptions(local)).setToken(local.token);
}

/** A logged-in discord.js client with no intents; `onInteraction` answers what members do. */
export async function startClient(
  local: LocalDiscord,
  onInteraction: (interaction: Interaction) => unknown = () => undefined,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  const client = new Client({ intents: [], rest: restOptions(local), ...options });
  onTestFinished(() => client.destroy());
  client.on(Events.InteractionCreate, onInteraction);
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(local.token);
  return ready;
}
