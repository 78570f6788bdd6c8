import type { HandlerOutcome } from '../src/discord/handlers.ts';
import { InvalidInputError } from '../src/errors.ts';

/** How an interaction ends that asked for a picture: with the message its worker fills in. */
export function outcomeOf(admitted: 'accepted' | 'duplicate', interactionId: string): HandlerOutcome {
  return admitted === 'duplicate' ? { kind: 'duplicate' } : { kind: 'painting', generationId: interactionId };
}

/** The result, or what was to become one, is too old or was deleted. */
export function resultGone(): InvalidInputError {
  return new InvalidInputError('no such result', { sentence: { key: 'result-gone' } });
}
