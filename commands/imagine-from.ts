import {
  type APIModalInteractionResponseCallbackData,
  ApplicationCommandType,
  ComponentType,
} from 'discord-api-types/v10';
import { z } from 'zod';
import { buildCustomId } from '../src/discord/custom-id.ts';
import { defineCommand, defineModals } from '../src/discord/handlers.ts';
import { InvalidInputError } from '../src/errors.ts';
import { defaultModel } from '../src/generation/choose-offer.ts';
import { STRENGTH_RANGE } from '../src/generation/request.ts';
import { describeCommand } from '../src/language/commands.ts';
import { speak } from '../src/language/index.ts';
import { EVERYWHERE } from './everywhere.ts';
import { promptField, readPrompt, readStrength, strengthField } from './modal-fields.ts';
import { originOf } from './origin.ts';
import { outcomeOf } from './outcome.ts';

/** As many as a message has files. */
const MOST_PICTURES = 10;

/** What the form is about, kept until it is submitted. */
const draft = z.object({
  /** Whose form it is. */
  userId: z.string(),
  pictures: z.array(z.url()).min(1),
  channelId: z.string(),
  messageId: z.string(),
  ephemeral: z.boolean(),
});

/** The message command: any message with a picture becomes the start of a new one. */
export const imagineFrom = defineCommand({
  name: describeCommand('imagine-from').name,
  describe: () => ({
    type: ApplicationCommandType.Message,
    name: describeCommand('imagine-from').name,
    ...EVERYWHERE,
  }),
  input: z.object({}),
  ephemeral: () => true,
  first: 'modal',

  async run(call, { store, offers, canRead }) {
    if (call.target === undefined || call.target.pictures.length === 0) {
      throw new InvalidInputError('no picture on the message', { sentence: { key: 'no-picture-here' } });
    }
    const pictures = call.target.pictures.filter(canRead).slice(0, MOST_PICTURES);
    if (pictures.length === 0) {
      throw new InvalidInputError('no picture at Discord', { sentence: { key: 'picture-elsewhere' } });
    }
    const model = defaultModel(offers(), 'image-to-image');
    if (!offers().some((offer) => offer.model === model && offer.modes.includes('image-to-image'))) {
      throw new InvalidInputError('nothing can start from a picture', { sentence: { key: 'no-variation' } });
    }
    const { id: messageId, channelId, ephemeral } = call.target;
    const { userId } = call;
    const kept = { userId, pictures, channelId, messageId, ephemeral } satisfies z.input<typeof draft>;
    await store.drafts.keep(call.id, kept);
    return { kind: 'modal', modal: fromModal(call.id, call.locale, { pictures: pictures.length, ephemeral }) };
  },
});

function fromModal(
  draftId: string,
  locale: string,
  { pictures, ephemeral }: { pictures: number; ephemeral: boolean },
): APIModalInteractionResponseCallbackData {
  return {
    custom_id: buildCustomId({ family: 'from', action: ephemeral ? 'private' : 'submit', generationId: draftId }),
    title: speak(locale, { key: 'modal-from-title' }),
    components: [
      ...(pictures === 1
        ? []
        : [
            {
              type: ComponentType.Label as const,
              label: speak(locale, { key: 'modal-picture' }),
              component: {
                type: ComponentType.StringSelect as const,
                custom_id: 'picture',
                options: Array.from({ length: pictures }, (_, index) => ({
                  label: speak(locale, { key: 'modal-picture-choice', values: { number: index + 1 } }),
                  value: String(index),
                  default: index === 0,
                })),
              },
            },
          ]),
      promptField(locale),
      strengthField(locale, STRENGTH_RANGE.variation),
    ],
  };
}

/** The submitted form: a new generation from that picture. */
export const imagineFromModals = defineModals({
  family: 'from',
  actions: ['submit', 'private'],
  // What comes of a private picture stays private; that has to be known before the draft is read.
  ephemeral: ({ target }) => target.action === 'private',

  async run(submitted, { store, offers, submit, drawSeed, sealToken }) {
    const kept = draft.safeParse(await store.drafts.find(submitted.target.generationId));
    if (!kept.success || kept.data.userId !== submitted.userId)
      throw new InvalidInputError('draft gone', { sentence: { key: 'modal-too-old' } });
    const { pictures, channelId, messageId, ephemeral } = kept.data;
    const { fields } = submitted;
    const chosen = z.tuple([z.coerce.number().int().min(0)]).safeParse(fields.picture);
    const index = chosen.success ? chosen.data[0] : 0;
    const url = pictures[index];
    if (url === undefined) throw new InvalidInputError('no such picture', { sentence: { key: 'no-picture-here' } });
    const admitted = await submit({
      origin: originOf(submitted, { ephemeral: submitted.target.action === 'private', sealToken }),
      kind: 'imagine',
      request: {
        prompt: readPrompt(fields.prompt),
        model: defaultModel(offers(), 'image-to-image'),
        mode: 'image-to-image',
        seed: drawSeed(),
        seedGiven: false,
        count: 1,
        strength: readStrength(fields.strength) ?? STRENGTH_RANGE.variation,
        initImage: { url, index, ...(ephemeral ? {} : { channelId, messageId }) },
      },
    });
    return outcomeOf(admitted, submitted.id);
  },
});
