import { DiscordAPIError } from 'discord.js';
import { createSentMark, runMarked } from '../sent-mark.ts';

/** The request left, and nobody knows what became of it. */
export class AnswerLostError extends Error {
  constructor(options: ErrorOptions) {
    super('the answer was lost', options);
    this.name = 'AnswerLostError';
  }
}

/**
 * Makes a request that would do its work twice if it were repeated. Throws `AnswerLostError` where Discord may have done
 * it; after any other error it has not.
 */
export async function postOnce(request: () => Promise<unknown>): Promise<unknown> {
  const mark = createSentMark();
  mark.preparing();
  try {
    return await runMarked(mark, request);
  } catch (error) {
    if (mark.isUnsent() || isAnswer(error)) throw error;
    throw new AnswerLostError({ cause: error });
  }
}

/** Discord said no. An error of its own, or a request that took it too long, may come after the work. */
function isAnswer(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status !== 408;
}
