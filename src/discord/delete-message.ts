import { DiscordAPIError, type REST } from 'discord.js';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import { InvalidInputError } from '../errors.ts';
import { isRefusal } from './is-refusal.ts';

/** Deletes a public message of the bot's own. One that is gone already counts as deleted. */
export function createMessageDeleter(rest: REST) {
  /** Throws `InvalidInputError` when Discord refuses. */
  return async ({ channelId, messageId }: { channelId: string; messageId: string }): Promise<void> => {
    try {
      await rest.delete(Routes.channelMessage(channelId, messageId));
    } catch (error) {
      if (isAlreadyGone(error)) return;
      if (!isRefusal(error)) throw error;
      throw new InvalidInputError(`Discord refused to delete the message: ${error.code}`, {
        sentence: { key: 'cannot-delete' },
        cause: error,
      });
    }
  };
}

/** The message, or its whole channel, was deleted before. */
export function isAlreadyGone(error: unknown): boolean {
  return (
    error instanceof DiscordAPIError &&
    (error.code === RESTJSONErrorCodes.UnknownMessage || error.code === RESTJSONErrorCodes.UnknownChannel)
  );
}
