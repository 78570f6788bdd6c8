import { defineButtons } from '../src/discord/handlers.ts';
import { InvalidInputError } from '../src/errors.ts';
import { again } from './again.ts';
import { originOf } from './origin.ts';
import { outcomeOf, resultGone } from './outcome.ts';

/** The buttons of a request that has no picture yet: Cancel while it waits, Try again when it failed. */
export const jobButtons = defineButtons({
  family: 'job',
  actions: ['cancel', 'retry'],
  ephemeral: ({ message }) => message.ephemeral,

  first: ({ target }) => (target.action === 'cancel' ? 'update' : 'message'),

  async run(press, { store, submit, sealToken }) {
    const source = await store.generations.find(press.target.generationId);
    if (source === undefined) throw resultGone();
    if (press.target.action === 'cancel') {
      if (source.userId !== press.userId)
        throw new InvalidInputError('not the owner', { sentence: { key: 'not-yours-to-cancel' } });
      const answer = await store.generations.cancel(source.id);
      store.wakeUps.send(answer === 'stopping' ? `cancel:${source.id}` : 'work');
      return { kind: 'quiet' };
    }
    if (source.erased) throw resultGone();
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
