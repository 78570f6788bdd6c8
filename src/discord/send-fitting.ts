import { DiscordAPIError } from 'discord.js';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { z } from 'zod';
import { fitFiles } from './fit-files.ts';
import { buildMessage, type Reply } from './reply.ts';

const TOO_LARGE = new Set<number>([
  RESTJSONErrorCodes.RequestEntityTooLarge,
  RESTJSONErrorCodes.FileUploadedExceedsMaximumSize,
]);
const BLOCKED_TEXT = new Set<number>([
  RESTJSONErrorCodes.MessageWasBlockedByAutomaticModeration,
  RESTJSONErrorCodes.MessageBlockedByHarmfulLinksFilter,
]);

const created = z.looseObject({ id: z.string() });

export type Message = ReturnType<typeof buildMessage>;

/**
 * Sends a reply, and up to twice more with smaller files or plainer text when Discord asks for that. Throws what
 * `request` throws. @param limit bytes a file may have
 */
export async function sendFitting(
  reply: Reply,
  limit: number,
  request: (message: Message) => Promise<unknown>,
): Promise<{ messageId: string; bytes: number }> {
  let sent = await fitFiles(reply, limit);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { id } = created.parse(await request(buildMessage(sent)));
      return { messageId: id, bytes: (sent.pictures ?? []).reduce((sum, picture) => sum + picture.bytes.length, 0) };
    } catch (error) {
      const code = codeOf(error);
      const tooLarge = TOO_LARGE.has(code) || (error instanceof DiscordAPIError && error.status === 413);
      if (attempt > 2) throw error;
      if (tooLarge) sent = await fitFiles(sent, limit / 2 ** attempt);
      else if (BLOCKED_TEXT.has(code)) sent = withoutPrompt(sent);
      else throw error;
    }
  }
}

/** AutoMod objected to the member's words: the pictures come without them. */
function withoutPrompt({ text: _text, pictures, ...rest }: Reply): Reply {
  return {
    ...rest,
    ...(pictures === undefined ? {} : { pictures: pictures.map(({ name, bytes }) => ({ name, bytes })) }),
  };
}

/** Discord's own code of an error; 0 where it has none. */
export function codeOf(error: unknown): number {
  return error instanceof DiscordAPIError ? Number(error.code) : 0;
}
