import { z } from 'zod';

/** Pictures in a vendor's answer. An entry of another shape is `undefined`: the others are paid for all the same. */
export function listOf<Entry extends z.ZodType>(entry: Entry) {
  return z.array(entry.optional().catch(undefined));
}
