import type { APIModalInteractionResponseCallbackData } from 'discord-api-types/v10';
import { buildCustomId } from '../src/discord/custom-id.ts';
import { defineModals } from '../src/discord/handlers.ts';
import { InvalidInputError } from '../src/errors.ts';
import type { Generation } from '../src/generation/record.ts';
import { MOST_PROMPT_CHARACTERS } from '../src/generation/request.ts';
import { speak } from '../src/language/index.ts';
import { again } from './again.ts';
import { promptField, readPrompt, readSeed, readStrength, seedField, strengthField } from './modal-fields.ts';
import { originOf } from './origin.ts';
import { isThereFor, outcomeOf, resultGone } from './outcome.ts';

/**
 * The form behind Edit prompt, filled in with what the picture was made of. Throws `InvalidInputError` for a prompt
 * that no form can hold.
 */
export function editModal({ id, request }: Generation, locale: string): APIModalInteractionResponseCallbackData {
  // A form counts UTF-16 units, in which an emoji is two; an option counts characters.
  if (request.prompt.length > MOST_PROMPT_CHARACTERS) {
    throw new InvalidInputError('prompt too long for a form', { sentence: { key: 'prompt-too-long-for-form' } });
  }
  return {
    custom_id: buildCustomId({ family: 'edit', action: 'submit', generationId: id }),
    title: speak(locale, { key: 'modal-edit-title' }),
    components: [
      promptField(locale, request.prompt),
      seedField(locale, request.seed),
      ...(request.strength === undefined ? [] : [strengthField(locale, request.strength)]),
    ],
  };
}

/** A submitted Edit prompt form: a new picture, a child of the first, all else equal. */
export const editModals = defineModals({
  family: 'edit',
  actions: ['submit'],
  ephemeral: ({ message }) => message?.ephemeral === true,

  async run(submitted, { store, submit, drawSeed, sealToken }) {
    const source = await store.generations.find(submitted.target.generationId);
    if (source === undefined || source.erased || !isThereFor(source, submitted.userId)) throw resultGone();
    const { fields } = submitted;
    const seed = readSeed(fields.seed);
    const strength =
      source.request.strength === undefined ? undefined : (readStrength(fields.strength) ?? source.request.strength);
    const admitted = await submit({
      origin: originOf(submitted, { ephemeral: submitted.message?.ephemeral === true, sealToken }),
      kind: 'edit',
      parentId: source.id,
      request: {
        ...again(source),
        prompt: readPrompt(fields.prompt),
        seed: seed ?? drawSeed(),
        seedGiven: seed !== undefined,
        strength,
      },
    });
    return outcomeOf(admitted, submitted.id);
  },
});
