import { type OfferRecord, offerRecord } from '../generation/offer-record.ts';
import { type Db, exclusively } from './locks.ts';
import type { Engine } from './schema.ts';

/** The offers of all processes that hold provider keys, so that those without can name them to Discord. */
export function createOfferStore({ db, engine, now }: { db: Db; engine: Engine; now: () => number }) {
  return {
    /** Replaces all that was recorded before: every process that paints has the same keys. */
    async record(offers: readonly OfferRecord[]): Promise<void> {
      await exclusively({ db, engine }, 'offers', async (tx) => {
        await tx.deleteFrom('offers').execute();
        if (offers.length === 0) return;
        await tx
          .insertInto('offers')
          .values(
            offers.map((offer) => ({
              provider: offer.provider,
              model: offer.model,
              offer: JSON.stringify(offer),
              recorded_at: now(),
            })),
          )
          .execute();
      });
    },

    async all(): Promise<OfferRecord[]> {
      const rows = await db.selectFrom('offers').select('offer').orderBy('provider').orderBy('model').execute();
      return rows.map((row) => offerRecord.parse(JSON.parse(row.offer)));
    },
  };
}
