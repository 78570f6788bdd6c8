import type { Logger } from 'pino';
import { type BotOptions, startBot } from './bot.ts';
import type { Config } from './config.ts';
import type { GatewayClosedError } from './discord/gateway.ts';
import { describeError } from './log.ts';
import { startWebServer } from './web/server.ts';

/** A running Easel. */
export interface Running {
  /** Where its pages are: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Resolves when Discord has ended the connection for good: there is nothing left to do but to close. */
  readonly lost?: Promise<GatewayClosedError> | undefined;
  /** Stops it in order; see `Bot.close`. */
  close(): Promise<void>;
}

/** The bot on Discord, with its health pages. */
export async function startOnDiscord({ config, log }: { config: BotOptions['config']; log: Logger }): Promise<Running> {
  const web = await serve({ config, log });
  try {
    const bot = await startBot({ config, log });
    web.show(bot.pages);
    return {
      url: web.url,
      lost: bot.lost,
      async close() {
        await bot.close();
        await web.close();
      },
    };
  } catch (error) {
    await web.close();
    throw error;
  }
}

/**
 * Takes the address, and says there that Easel is starting until it is shown pages. That comes before all else: a
 * second start by mistake must end before it claims a job, or uses up one of the day's logins.
 */
export function serve({ config, log }: { config: Pick<Config, 'HOST' | 'PORT'>; log: Logger }) {
  return startWebServer({
    host: config.HOST,
    port: config.PORT,
    onError: (error, request) => log.error({ ...request, err: describeError(error) }, 'page failed'),
  });
}
