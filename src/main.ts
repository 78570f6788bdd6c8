import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Config, ConfigError, readConfig } from './config.ts';
import { GatewayClosedError } from './discord/gateway.ts';
import { explainFailure } from './explain-failure.ts';
import { createLog, describeError } from './log.ts';
import { type Running, startOnDiscord } from './start-bot.ts';

/** A start that is stopped has so long to come to its end. */
const START_ENDS_WITHIN_MS = 2_000;

async function start(config: Config, log: Logger): Promise<Running> {
  const { DISCORD_TOKEN } = config;
  if (DISCORD_TOKEN !== undefined) return startOnDiscord({ config: { ...config, DISCORD_TOKEN }, log });
  return (await import('./start-playground.ts')).startPlayground({ config, log });
}

try {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL);
  const starting = start(config, log);

  let stopping = false;
  const stop = async (exitCode: number, pauseMs = 0): Promise<void> => {
    stopping = true;
    // A start that goes on waiting, for Discord or the database, has begun nothing either.
    const patience = setTimeout(() => process.exit(exitCode), START_ENDS_WITHIN_MS);
    // A start that fails leaves nothing to close; why it did was said below.
    const running = await starting.catch(() => process.exit(1));
    clearTimeout(patience);
    try {
      await running.close();
    } catch (error) {
      log.error({ err: describeError(error) }, 'could not stop cleanly');
      process.exit(1);
    }
    await delay(pauseMs);
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Everything accepted is in the store: leaving at once loses nothing.
      if (stopping) process.exit(1);
      log.info({ signal }, 'stopping');
      void stop(0);
    });
  }
  const running = await starting;
  // Whatever started this process starts it anew.
  void running.lost?.then(({ pauseMs }) => {
    if (!stopping) void stop(1, pauseMs);
  });
} catch (error) {
  const lines =
    error instanceof ConfigError
      ? ['Easel cannot start with these settings:', ...error.lines.map((line) => `  ${line}`)]
      : explainFailure(error, 'Easel could not start.');
  for (const line of lines) console.error(line);
  if (error instanceof GatewayClosedError) await delay(error.pauseMs);
  process.exit(1);
}
