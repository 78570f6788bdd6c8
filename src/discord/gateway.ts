import { setTimeout as delay } from 'node:timers/promises';
import { Client, Events, GatewayCloseCodes, GatewayDispatchEvents, Options, Status } from 'discord.js';
import type { Logger } from 'pino';
import { describeError } from '../log.ts';
import { restOptions } from './rest.ts';

const CLOSE_WITHIN_MS = 2_000;

/** After these discord.js does not connect again. Source: Discord docs, Gateway Close Event Codes, 2026-08. */
const FINAL: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]:
    'Discord no longer accepts DISCORD_TOKEN. Copy it anew from the developer portal, “Bot”, “Reset Token”.',
  [GatewayCloseCodes.InvalidShard]: 'Discord refused the shard this process asked for. Update Easel.',
  [GatewayCloseCodes.ShardingRequired]:
    'Discord wants this bot to be sharded: it is in too many servers for one connection, which is all Easel makes.',
  [GatewayCloseCodes.InvalidAPIVersion]: 'Discord no longer speaks the gateway version of this Easel. Update it.',
  [GatewayCloseCodes.InvalidIntents]: 'Discord refused what this Easel asked to be told of. Update it.',
  [GatewayCloseCodes.DisallowedIntents]: 'Discord refused what this Easel asked to be told of. Update it.',
};
/**
 * Discord lets a bot connect 1000 times a day: whoever is started anew at once, for ever, has to wait before it ends.
 * A token that is refused is found out before Discord counts a connection; all other tries are counted.
 */
const PAUSE_MS = 2 * 60_000;

/** Discord ended the connection for good. `message` is for the person who runs the bot. */
export class GatewayClosedError extends Error {
  /** How long the process should wait before it ends, so that a supervisor does not use up the day's connections. */
  readonly pauseMs: number;
  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'GatewayClosedError';
    this.pauseMs = code === GatewayCloseCodes.AuthenticationFailed ? 0 : PAUSE_MS;
  }
}

export interface GatewayOptions {
  token: string;
  apiUrl: string;
  /** Gets each raw interaction as Discord sent it. */
  onInteraction: (raw: unknown) => void;
  log: Logger;
}

export type Gateway = Awaited<ReturnType<typeof connectGateway>>;

/**
 * Connects to Discord's gateway with no intents at all: interactions need none, so no message of a community ever
 * reaches the bot. Resolves once Discord says ready; throws when the token is refused, or the connection for good.
 */
export async function connectGateway({ token, apiUrl, onInteraction, log }: GatewayOptions) {
  const client = new Client({
    intents: [],
    rest: restOptions({ apiUrl }),
    // Interactions are taken from the raw events, so nothing is read from a cache.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      UserManager: 1,
      GuildMemberManager: 0,
    }),
  });
  client.on(Events.Error, (error) => log.error({ err: describeError(error) }, 'gateway error'));
  const lost = Promise.withResolvers<GatewayClosedError>();
  let closed: GatewayClosedError | undefined;
  client.on(Events.ShardDisconnect, ({ code }) => {
    closed = new GatewayClosedError(code, FINAL[code] ?? 'Discord ended the connection for good.');
    log.error({ code, reason: closed.message }, 'gateway closed for good');
    lost.resolve(closed);
  });
  client.on(Events.ShardReconnecting, () => log.info('gateway reconnecting'));
  client.on(Events.ShardResume, (_shard, replayed) => log.info({ replayed }, 'gateway resumed'));
  client.ws.on(GatewayDispatchEvents.InteractionCreate, onInteraction);
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  try {
    await client.login(token);
    await Promise.race([ready, lost.promise]);
    if (closed !== undefined) throw closed;
  } catch (error) {
    void client.destroy();
    throw closed ?? error;
  }
  return {
    /** Resolves when Discord has ended the connection for good. */
    lost: lost.promise,
    /** Now: not while it connects anew. The client's own status stays at ready once it was. */
    isReady: () => client.ws.shards.every(({ status }) => status === Status.Ready),
    async close(): Promise<void> {
      client.removeAllListeners();
      client.ws.removeAllListeners();
      client.on(Events.Error, () => {});
      // While discord.js is connecting, its destroy() never resolves.
      await Promise.race([client.destroy(), delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
