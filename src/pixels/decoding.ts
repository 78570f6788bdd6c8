import { bulkhead } from 'cockatiel';

/** Pictures in the decoder at once: one of 40 megapixels takes 160 MB there, and more where it is encoded anew. */
export const decoding = bulkhead(2, Number.POSITIVE_INFINITY);
