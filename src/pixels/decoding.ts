import { bulkhead } from 'cockatiel';
import type { Size } from '../generation/request.ts';

/** What offers paint is below this. */
const LARGE_PIXELS = 2048 * 2048;

/** Decoding one of 40 megapixels takes up to 350 MB (a progressive JPEG, 4:4:4): one at a time. */
const large = bulkhead(1, Number.POSITIVE_INFINITY);
const small = bulkhead(2, Number.POSITIVE_INFINITY);

/** Waits until a picture of this size may be in the decoder, however many come at once, and then does the work. */
export function decodeInTurn<Result>({ width, height }: Size, work: () => Promise<Result>): Promise<Result> {
  return (width * height > LARGE_PIXELS ? large : small).execute(work);
}
