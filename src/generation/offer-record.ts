import { z } from 'zod';
import { fitSize } from './fit-size.ts';
import type { Offer } from './provider.ts';
import { ASPECT_RATIOS, type GenerationRequest, MODES, type Mode } from './request.ts';

const pair = z.tuple([z.int(), z.int()]).readonly();
const range = z.object({ least: z.number(), most: z.number() });

/** What a picture costs at the least and at the most steps, micro-dollars; in between it grows evenly. */
const stepPrices = z.tuple([z.number(), z.number()]).readonly();

/** An offer as it is stored: all of it; its price, which is code, as a table. */
export const offerRecord = z.object({
  provider: z.string(),
  providerLabel: z.string(),
  model: z.string(),
  modes: z.array(z.enum(MODES)).readonly(),
  sizes: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('pairs'), pairs: z.array(pair).readonly() }),
    z.object({ kind: z.literal('grid'), least: z.int(), most: z.int(), multipleOf: z.int() }),
    z.object({ kind: z.literal('aspects'), sizes: z.partialRecord(z.enum(ASPECT_RATIOS), pair) }),
  ]),
  inferenceSteps: range.extend({ default: z.int() }).optional(),
  leastStepsFromPicture: z.int().optional(),
  seed: z.enum(['ours', 'theirs']),
  guidanceScale: range.optional(),
  negativePrompt: z.boolean(),
  strength: range.optional(),
  fixedModes: z.array(z.enum(MODES)).readonly().optional(),
  promptIgnored: z.literal(true).optional(),
  imagesPerCall: z.int(),
  promptCodePoints: z.int(),
  concurrency: z.int().optional(),
  patienceMs: z.int().optional(),
  /** Of a picture of one megapixel at the default steps, micro-dollars. */
  guidePriceMicroUsd: z.number().optional(),
  /** By mode and shape. Absent: recorded by an earlier version. */
  prices: z.partialRecord(z.enum(MODES), z.partialRecord(z.enum(ASPECT_RATIOS), stepPrices)).optional(),
});
export type OfferRecord = Readonly<z.output<typeof offerRecord>>;

/** The offer as it is stored. */
export function recordOf({ price, ...offer }: Offer): OfferRecord {
  const { modes, sizes, inferenceSteps } = offer;
  const use = {
    width: 1024,
    height: 1024,
    mode: modes[0] ?? 'text-to-image',
    inferenceSteps: inferenceSteps?.default,
  };
  const pricesOf = (mode: Mode) =>
    ASPECT_RATIOS.map((aspect) => {
      const at = (steps: number | undefined) => price({ ...fitSize(sizes, aspect), mode, inferenceSteps: steps });
      return [aspect, [at(inferenceSteps?.least), at(inferenceSteps?.most)]] as const;
    });
  return {
    ...offer,
    guidePriceMicroUsd: price(use),
    prices: Object.fromEntries(modes.map((mode) => [mode, Object.fromEntries(pricesOf(mode))])),
  };
}

/** What a picture of this request costs by the offer's record, micro-dollars. */
export function recordedPrice(
  { prices, guidePriceMicroUsd = 0, inferenceSteps }: OfferRecord,
  { mode, aspect = '1:1', inferenceSteps: asked }: GenerationRequest,
): number {
  const ends = prices?.[mode]?.[aspect];
  if (ends === undefined) return guidePriceMicroUsd;
  const [atLeast, atMost] = ends;
  if (inferenceSteps === undefined || atLeast === atMost) return atLeast;
  const { least, most, default: usual } = inferenceSteps;
  const perStep = (atMost - atLeast) / (most - least);
  const price = atLeast + ((asked ?? usual) - least) * perStep;
  // What counting in binary adds is not charged by anyone.
  return Math.round(price * 1_000) / 1_000;
}
