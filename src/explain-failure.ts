import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { GatewayClosedError } from './discord/gateway.ts';
import { BotError } from './errors.ts';
import { speak } from './language/index.ts';
import { describeError } from './log.ts';
import { DataError } from './store/data-error.ts';

/** Node's words, and undici's, for a connection that could not be made. What comes of DATABASE_URL is a `DataError`. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

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
  if (status === 404)
    return ['DISCORD_API_URL: Discord’s API is not there. Give it without the version: https://discord.com/api'];
  if (status >= 500) return [`Discord is in trouble just now (it answered ${status}). Try again in a few minutes.`];
  const isSilent = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
  if (UNREACHABLE.has(code) || isSilent)
    return [
      `A host is unknown or does not answer (${isSilent ? 'no answer in time' : code}). Check the network of this machine, and DISCORD_API_URL where it is set.`,
    ];
  return [what, JSON.stringify(describeError(error))];
}
