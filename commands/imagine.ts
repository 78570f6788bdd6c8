import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10';
import { z } from 'zod';
import { MOST_PICTURE_BYTES } from '../src/discord/fetch-picture.ts';
import { defineCommand } from '../src/discord/handlers.ts';
import type { GivenFile } from '../src/discord/interaction.ts';
import { InvalidInputError } from '../src/errors.ts';
import { defaultModel, modelNames, parseModel } from '../src/generation/choose-offer.ts';
import {
  ASPECT_RATIOS,
  type GenerationRequest,
  MOST_GUIDANCE_SCALE,
  MOST_IMAGES,
  MOST_PROMPT_CHARACTERS,
  REFUSALS,
  SEED_RANGE,
  STRENGTH_RANGE,
  strength,
} from '../src/generation/request.ts';
import { describeCommand } from '../src/language/commands.ts';
import { MOST_MEGAPIXELS } from '../src/pixels/read-init-image.ts';
import { EVERYWHERE } from './everywhere.ts';
import { originOf } from './origin.ts';
import { outcomeOf } from './outcome.ts';

/** Discord shows at most this many choices. Source: Discord docs, Application Commands, 2026-08. */
const MOST_CHOICES = 25;

const file: z.ZodType<GivenFile> = z.object({
  url: z.url(),
  name: z.string(),
  byteLength: z.number(),
  contentType: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
});

const input = z.object({
  prompt: z.string().default(''),
  model: z.string().optional(),
  aspect: z.enum(ASPECT_RATIOS).optional(),
  seed: z.int().min(SEED_RANGE.least).max(SEED_RANGE.most).optional(),
  steps: z.int().min(1).optional(),
  count: z.int().min(1).max(MOST_IMAGES).default(1),
  guidance: z.number().min(0).max(MOST_GUIDANCE_SCALE).optional(),
  negative: z.string().max(MOST_PROMPT_CHARACTERS).optional(),
  image: file.optional(),
  strength: strength.optional(),
  private: z.boolean().default(false),
});

/** /imagine: paints from words, or from words and a picture. */
export const imagine = defineCommand({
  name: 'imagine',

  describe(offers) {
    const { name, description, options } = describeCommand('imagine');
    const optional = <Type extends ApplicationCommandOptionType, Rest extends object>(
      option: keyof typeof options,
      type: Type,
      rest?: Rest,
    ) => ({ type, ...options[option], ...rest });
    return {
      type: ApplicationCommandType.ChatInput,
      name,
      description,
      ...EVERYWHERE,
      options: [
        {
          type: ApplicationCommandOptionType.String,
          ...options.prompt,
          required: true,
          min_length: 1,
          max_length: MOST_PROMPT_CHARACTERS,
        },
        optional('model', ApplicationCommandOptionType.String, {
          choices: choices(modelNames(offers).slice(0, MOST_CHOICES)),
        }),
        optional('aspect', ApplicationCommandOptionType.String, { choices: choices(ASPECT_RATIOS) }),
        optional('seed', ApplicationCommandOptionType.Integer, {
          min_value: SEED_RANGE.least,
          max_value: SEED_RANGE.most,
        }),
        optional('steps', ApplicationCommandOptionType.Integer, {
          min_value: 1,
          max_value: Math.max(1, ...offers.map((offer) => offer.inferenceSteps?.most ?? 1)),
        }),
        optional('count', ApplicationCommandOptionType.Integer, { min_value: 1, max_value: MOST_IMAGES }),
        ...(offers.some((offer) => offer.guidanceScale !== undefined)
          ? [
              optional('guidance', ApplicationCommandOptionType.Number, {
                min_value: 0,
                max_value: MOST_GUIDANCE_SCALE,
              }),
            ]
          : []),
        ...(offers.some((offer) => offer.negativePrompt)
          ? [optional('negative', ApplicationCommandOptionType.String, { max_length: MOST_PROMPT_CHARACTERS })]
          : []),
        ...(offers.some((offer) => offer.modes.includes('image-to-image'))
          ? [
              optional('image', ApplicationCommandOptionType.Attachment),
              optional('strength', ApplicationCommandOptionType.Number, {
                min_value: STRENGTH_RANGE.least,
                max_value: STRENGTH_RANGE.most,
              }),
            ]
          : []),
        optional('private', ApplicationCommandOptionType.Boolean),
      ],
    };
  },

  input,
  refusals: {
    seed: REFUSALS.seed,
    count: REFUSALS.count,
    aspect: REFUSALS.aspect,
    steps: REFUSALS.inferenceSteps,
    guidance: REFUSALS.guidanceScale,
    strength: REFUSALS.strength,
  },

  ephemeral: (options) => options.private,

  async run(call, { submit, offers, drawSeed, sealToken }) {
    const options = call.input;
    if (options.image !== undefined) checkFile(options.image);
    if (options.strength !== undefined && options.image === undefined) {
      throw new InvalidInputError('strength without image', { sentence: { key: 'strength-without-image' } });
    }
    const mode = options.image === undefined ? 'text-to-image' : 'image-to-image';
    const available = offers();
    const request: GenerationRequest = {
      prompt: options.prompt,
      ...(options.model === undefined
        ? { model: defaultModel(available, mode, { guidanceScale: options.guidance }) }
        : parseModel(options.model, available)),
      mode,
      // A picture brings its own shape.
      aspect: options.aspect ?? (options.image === undefined ? '1:1' : undefined),
      seed: options.seed ?? drawSeed(),
      seedGiven: options.seed !== undefined,
      count: options.count,
      inferenceSteps: options.steps,
      guidanceScale: options.guidance,
      negativePrompt: options.negative,
      ...(options.image === undefined
        ? {}
        : { initImage: { url: options.image.url }, strength: options.strength ?? STRENGTH_RANGE.variation }),
    };
    const origin = originOf(call, { ephemeral: options.private, sealToken });
    const admitted = await submit({ origin, kind: 'imagine', request });
    return outcomeOf(admitted, call.id);
  },
});

/** What Discord says of a file is checked before anybody waits; its bytes are checked when they are read. */
function checkFile({ byteLength, contentType, width, height }: GivenFile): void {
  if (contentType !== undefined && !contentType.startsWith('image/')) {
    throw new InvalidInputError('the file is not a picture', { sentence: { key: 'image-not-a-picture' } });
  }
  if (byteLength > MOST_PICTURE_BYTES) {
    throw new InvalidInputError('the file is too large', {
      sentence: { key: 'image-too-heavy', values: { megabytes: MOST_PICTURE_BYTES / 1024 / 1024 } },
    });
  }
  const megapixels = ((width ?? 0) * (height ?? 0)) / 1_000_000;
  if (megapixels > MOST_MEGAPIXELS) {
    throw new InvalidInputError('the picture is too large', {
      sentence: { key: 'image-too-large', values: { megapixels: Math.ceil(megapixels), most: MOST_MEGAPIXELS } },
    });
  }
}

function choices(values: readonly string[]): { name: string; value: string }[] {
  return values.map((value) => ({ name: value, value }));
}
