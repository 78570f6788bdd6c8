import { DiscordAPIError } from 'discord.js';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';

/** These pass. Source: Discord docs, Opcodes and Status Codes, 2026-08. */
const PASSING = new Set<unknown>([
  RESTJSONErrorCodes.ActionCannotBePerformedDueToSlowmodeRateLimit,
  RESTJSONErrorCodes.ChannelSendRateLimit,
  RESTJSONErrorCodes.ServerSendRateLimit,
  RESTJSONErrorCodes.ServiceResourceIsBeingRateLimited,
  RESTJSONErrorCodes.CloudflareIsBlockingYourRequest,
]);

/** Discord itself refused this request, and would again. Anything else that went wrong with it may pass. */
export function isRefusal(error: unknown): error is DiscordAPIError {
  if (!(error instanceof DiscordAPIError)) return false;
  const { status, code } = error;
  // Too large for whoever stands before Discord, which sends a page without a code.
  if (status === 413) return true;
  // A token that is refused says nothing about the request, and a code is what Discord's own answers have.
  return status !== 401 && status !== 408 && status !== 429 && typeof code === 'number' && !PASSING.has(code);
}
