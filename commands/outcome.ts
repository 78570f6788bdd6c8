import type { HandlerOutcome } from '../src/discord/handlers.ts';
import { InvalidInputError } from '../src/errors.ts';
import type { Generation } from '../src/generation/record.ts';

/** How an interaction ends that asked for a picture: with the message its worker fills in. */
export function outcomeOf(admitted: 'accepted' | 'duplicate', interactionId: string): HandlerOutcome {
  return admitted === 'duplicate' ? { kind: 'duplicate' } : { kind: 'painting', generationId: interactionId };
}

/**
 * Whether a member may build on this. Custom IDs are no secret and may be made up: what is private is there for whoever
 * asked for it alone.
 */
export function isThereFor({ ephemeral, userId }: Generation, member: string): boolean {
  return !ephemeral || userId === member;
}

/** The result, or what was to become one, is too old or was deleted. */
export function resultGone(): InvalidInputError {
  return new InvalidInputError('no such result', { sentence: { key: 'result-gone' } });
}
