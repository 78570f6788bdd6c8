import { z } from 'zod';
import { SEED_RANGE } from '../generation/request.ts';

/** A seed in a vendor's answer, digits where it comes in a header; `undefined` for one we could not send again. */
export const reportedSeed = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.int().min(SEED_RANGE.least).max(SEED_RANGE.most))
  .optional()
  .catch(undefined);
