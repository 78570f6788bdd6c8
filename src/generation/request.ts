import { z } from 'zod';
import type { Sentence } from '../language/index.ts';

/** Width to height, as members pick it. */
export const ASPECT_RATIOS = ['1:1', '16:9', '9:16', '3:2', '2:3', '4:3', '3:4', '5:4', '4:5', '21:9', '9:21'] as const;
export type AspectRatio = (typeof ASPECT_RATIOS)[number];

export const MOST_PROMPT_CHARACTERS = 4_000;
export const MOST_IMAGES = 4;
/** Legal at every provider that takes a seed: 0 is refused by OctoAI and means "random" at Fireworks. */
export const SEED_RANGE = { least: 1, most: 4_294_967_295 } as const;
export const STRENGTH_RANGE = { least: 0.05, most: 1, variation: 0.75 } as const;
export const MOST_GUIDANCE_SCALE = 50;

/** text-to-image: from words alone. image-to-image: from words and a picture. inpaint: repaints the white of a mask. */
export const MODES = ['text-to-image', 'image-to-image', 'inpaint'] as const;
export type Mode = (typeof MODES)[number];

/** What a picture made from another one may have to do without. */
export const LEAVABLE = ['negativePrompt', 'guidanceScale', 'inferenceSteps'] as const;

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Three decimals: more change nothing one could see, and a form's field has room for no more. */
export const strength = z
  .number()
  .min(STRENGTH_RANGE.least)
  .max(STRENGTH_RANGE.most)
  .transform((given) => Math.round(given * 1_000) / 1_000);

/** Where a picture to start from can be found: in a Discord message, or among a generation's own images. */
export const pictureAddress = z.object({
  /** A signed URL on Discord's CDN: short-lived, and untrusted. */
  url: z.url().optional(),
  /** The generation, when it is one of ours. */
  generationId: z.string().optional(),
  /** 0-based among the pictures shown: those of the generation, when it is one of ours, else of the message. */
  index: z.int().min(0).max(9).optional(),
  /** The generation that started from the same picture: the store may still have it. */
  initImageOf: z.string().optional(),
  /** The message that shows it, to ask Discord for a fresh URL. */
  channelId: z.string().optional(),
  messageId: z.string().optional(),
});
export type PictureAddress = z.output<typeof pictureAddress>;

/**
 * What a member asked for, in our words: nothing in it depends on a provider. Stored with the
 * generation as JSON, the two prompts in columns of their own so that they can be erased alone.
 */
export const generationRequest = z.object({
  /** 1–4000 Unicode code points. */
  prompt: z.string(),
  negativePrompt: z.string().optional(),
  /** A model's name: `flux-schnell`. */
  model: z.string(),
  /** Pins the provider: `novita`. Absent: any that can. */
  provider: z.string().optional(),
  mode: z.enum(MODES),
  /** Absent only with an init image: the listed ratio nearest to that picture's. */
  aspect: z.enum(ASPECT_RATIOS).optional(),
  /** Of the first picture; the others take the numbers after it. Always set: drawn where the member gave none. */
  seed: z.int().min(SEED_RANGE.least).max(SEED_RANGE.most),
  /** The member named the seed, so an offer that honours seeds is preferred and one that cannot says so. */
  seedGiven: z.boolean(),
  /** Inference (denoising) steps. Absent: the model's own default. */
  inferenceSteps: z.int().min(1).optional(),
  guidanceScale: z.number().min(0).max(MOST_GUIDANCE_SCALE).optional(),
  count: z.int().min(1).max(MOST_IMAGES),
  /** 0.05 keeps the init image, 1 ignores it. */
  strength: strength.optional(),
  initImage: pictureAddress.optional(),
  /** White is repainted. */
  mask: pictureAddress.optional(),
  /** What the request it was made from had and its model cannot take: said in the result. */
  leftOut: z.array(z.enum(LEAVABLE)).readonly().optional(),
});
export type GenerationRequest = z.output<typeof generationRequest>;

/** The seed of picture `index` (0-based) of a request: consecutive, wrapping inside the legal range. */
export function seedAt(seed: number, index: number): number {
  return ((seed - SEED_RANGE.least + index) % SEED_RANGE.most) + SEED_RANGE.least;
}

/** Prompt length is counted in Unicode code points, as providers count it, not in UTF-16 units. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** What to change where a field of the request is none: said wherever it was typed. */
export const REFUSALS = {
  seed: { key: 'seed-range' },
  count: { key: 'count-range', values: { most: MOST_IMAGES } },
  aspect: { key: 'aspect-unknown', values: { known: ASPECT_RATIOS.join(', ') } },
  inferenceSteps: { key: 'steps-whole' },
  guidanceScale: { key: 'guidance-number', values: { most: MOST_GUIDANCE_SCALE } },
  strength: { key: 'strength-range' },
} as const satisfies Readonly<Record<string, Sentence>>;
