import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { GatewayClosedError } from './discord/gateway.ts';
import { BotError } from './errors.ts';
import { speak } from './language/index.ts';
import { describeError } from './log.ts';
import { DataError } from './store/data-error.ts';

/**
 * What keeps the bot from its work, in words for the person who runs it.
 * @param what the sentence for a failure nothing more is known of: what did not work
 */
export function explainFailure(error: unknown, what: string): readonly string[] {
  if (error instanceof DataError || error instanceof GatewayClosedError) return [error.message];
  if (error instanceof BotError) return [speak('en', error.sentence)];
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 0;
  if (code === 'TokenInvalid' || status === 401)
    return [
      'DISCORD_TOKEN: Discord does not know this token. Copy it anew from the developer portal, “Bot”, “Reset Token”.',
    ];
  if (code === String(RESTJSONErrorCodes.MaximumDailyApplicationCommandCreatesReached))
    return ['Discord takes no more new commands from this bot today. Those it has stay; try again tomorrow.'];
  if (status >= 500) return [`Discord is in trouble just now (it answered ${status}). Try again in a few minutes.`];
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND')
    return [
      `A connection was refused or its host is unknown (${code}). Check DISCORD_API_URL, and DATABASE_URL where it is set.`,
    ];
  return [what, JSON.stringify(describeError(error))];
}
