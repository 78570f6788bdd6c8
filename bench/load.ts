import { z } from 'zod';

/** What members do, all with `/imagine`. */
export const loadOrder = z.object({
  count: z.int().min(1),
  /** Requests under way at any time. */
  concurrency: z.int().min(1),
  /** One request every so many milliseconds instead, however long they take. */
  everyMs: z.number().optional(),
  /** Another load is under way there: forget nothing of it. */
  besides: z.boolean().default(false),
  /** Files a result has. */
  pictures: z.int().min(1).default(1),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** A picture to start from, base64. */
  image: z.string().optional(),
});
export type LoadOrder = z.input<typeof loadOrder>;

/** One request, from the moment Discord sent it, by Discord's clock. */
export const sample = z.object({
  /** Until it had the first answer. */
  acknowledgedMs: z.number(),
  /** Until it had the pictures. */
  finishedMs: z.number(),
});
export type Sample = z.output<typeof sample>;

export const loadReport = z.object({
  samples: z.array(sample),
  /** Requests that had no first answer within the three seconds: "The application did not respond". */
  lost: z.int(),
  seconds: z.number(),
});
