import { TOKEN_LIFE_MS } from '../src/discord/deliver.ts';
import { defineButtons, type Press } from '../src/discord/handlers.ts';
import { presentFailure } from '../src/discord/present.ts';
import type { Reply } from '../src/discord/reply.ts';
import { InvalidInputError } from '../src/errors.ts';
import type { Generation } from '../src/generation/record.ts';
import { speak } from '../src/language/index.ts';
import { again } from './again.ts';
import { originOf } from './origin.ts';
import { isThereFor, outcomeOf, resultGone } from './outcome.ts';

/** The buttons of a request that has no picture yet: Cancel while it waits, Try again when it failed. */
export const jobButtons = defineButtons({
  family: 'job',
  actions: ['cancel', 'retry'],
  ephemeral: ({ message }) => message.ephemeral,

  first: ({ target }) => (target.action === 'cancel' ? 'update' : 'message'),

  async run(press, { store, submit, sealToken, now }) {
    const source = await store.generations.find(press.target.generationId);
    if (source === undefined) throw resultGone();
    if (press.target.action === 'cancel') {
      if (source.userId !== press.userId)
        throw new InvalidInputError('not the owner', { sentence: { key: 'not-yours-to-cancel' } });
      const answer = await store.generations.cancel(source.id);
      store.wakeUps.send(answer === 'stopping' ? `cancel:${source.id}` : 'work');
      return isOutOfReach(source, press, now())
        ? { kind: 'update', reply: presentCancelled((await store.generations.find(source.id)) ?? source) }
        : { kind: 'quiet' };
    }
    if (source.erased || !isThereFor(source, press.userId)) throw resultGone();
    const { kind, parentId, parentIndex } = source;
    const admitted = await submit({
      origin: originOf(press, { ephemeral: press.message.ephemeral, sealToken }),
      kind,
      request: again(source),
      parentId,
      parentIndex,
    });
    return outcomeOf(admitted, press.id);
  },
});

/** Only the press can still change the message: it is private, it waits, and the request's own token is dead. */
function isOutOfReach({ ephemeral, createdAt }: Generation, { message }: Press, now: number): boolean {
  return ephemeral && message.pictures.length === 0 && now - createdAt >= TOKEN_LIFE_MS;
}

/** What came of Cancel, as far as it is known by now. */
function presentCancelled(generation: Generation): Reply {
  const { locale, outcome, failure } = generation;
  if (failure !== undefined) return presentFailure(generation, failure);
  return { text: speak(locale, { key: outcome === 'done' ? 'waits-in-recent' : 'stopping' }) };
}
