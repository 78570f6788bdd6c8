import { z } from 'zod';
import { type Db, type Tx, takeLock } from './locks.ts';
import { type Given, prepare } from './prepared.ts';
import type { Engine, OfferHealthTable } from './schema.ts';

/**
 * What every process knows of an offer. Times are milliseconds since 1970, 0 where there was none. What follows from
 * it is decided in `generation/circuit.ts`.
 */
export interface OfferHealth {
  readonly provider: string;
  readonly model: string;
  /** Calls that failed since one last succeeded. */
  readonly failures: number;
  /** Why the last of them failed. */
  readonly failure?: string;
  /** It is out of rotation, and not asked before that. 0: it is in rotation. */
  readonly openUntil: number;
  /** Calls in a row it refused for being too many. */
  readonly refusals: number;
  /** It asked not to be asked before that. */
  readonly limitedUntil: number;
  /** Calls in flight it takes at the moment, where that is fewer than configured. */
  readonly slots?: number;
  /** Milliseconds of its last answers, newest last. */
  readonly latencies: readonly number[];
  readonly succeededAt: number;
}

/** The call an offer's health changes with. */
export interface HealthEvent {
  readonly sentAt: number;
  readonly time: number;
  /** Calls the offer has in flight, this one included. */
  readonly inFlight: number;
}

const everyOffer = prepare((db) => db.selectFrom('offer_health').selectAll());

const oneOffer = prepare((db, given: Given<{ provider: string; model: string }>) =>
  db
    .selectFrom('offer_health')
    .selectAll()
    .where('provider', '=', given('provider'))
    .where('model', '=', given('model')),
);

const writeHealth = prepare((db, given: Given<OfferHealthTable>) => {
  const row = {
    failures: given('failures'),
    failure: given('failure'),
    open_until: given('open_until'),
    refusals: given('refusals'),
    limited_until: given('limited_until'),
    slots: given('slots'),
    latencies: given('latencies'),
    succeeded_at: given('succeeded_at'),
  };
  return db
    .insertInto('offer_health')
    .values({ provider: given('provider'), model: given('model'), ...row })
    .onConflict((conflict) => conflict.columns(['provider', 'model']).doUpdateSet(row));
});

export type LearnHealth = (health: OfferHealth, event: HealthEvent) => OfferHealth;

export type HealthStore = ReturnType<typeof createHealthStore>;

/** How the offers are doing, shared by all processes. It is written by the calls that end; see `attempts.ts`. */
export function createHealthStore({ db }: { db: Db }) {
  return {
    async all(): Promise<OfferHealth[]> {
      return (await everyOffer.all(db, {})).map(fromRow);
    },

    /** Forgets what was wrong with a provider's offers where it was one of these failures; their speed stays known. */
    async forgive(providers: readonly string[], failures: readonly string[]): Promise<void> {
      if (providers.length === 0) return;
      await db
        .updateTable('offer_health')
        .set({ failures: 0, failure: null, open_until: 0 })
        .where('provider', 'in', providers)
        .where('failure', 'in', failures)
        .execute();
    },
  };
}

/** What is known of an offer nobody has asked yet. */
export function untried(provider: string, model: string): OfferHealth {
  return {
    provider,
    model,
    failures: 0,
    openUntil: 0,
    refusals: 0,
    limitedUntil: 0,
    latencies: [],
    succeededAt: 0,
  };
}

export async function readHealth(from: Db | Tx, provider: string, model: string): Promise<OfferHealth> {
  const row = await oneOffer.first(from, { provider, model });
  return row === undefined ? untried(provider, model) : fromRow(row);
}

/** Reads, changes and writes an offer's health; nobody else does until the transaction ends. */
export async function changeHealth(
  { tx, engine }: { tx: Tx; engine: Engine },
  { provider, model }: Pick<OfferHealth, 'provider' | 'model'>,
  change: (health: OfferHealth) => OfferHealth,
): Promise<OfferHealth> {
  await takeLock(tx, engine, `health:${provider}/${model}`);
  const next = change(await readHealth(tx, provider, model));
  await writeHealth.run(tx, {
    provider,
    model,
    failures: next.failures,
    failure: next.failure ?? null,
    open_until: next.openUntil,
    refusals: next.refusals,
    limited_until: next.limitedUntil,
    slots: next.slots ?? null,
    latencies: JSON.stringify(next.latencies),
    succeeded_at: next.succeededAt,
  });
  return next;
}

const latencies = z.array(z.number());

function fromRow(row: {
  provider: string;
  model: string;
  failures: number;
  failure: string | null;
  open_until: number;
  refusals: number;
  limited_until: number;
  slots: number | null;
  latencies: string;
  succeeded_at: number;
}): OfferHealth {
  return {
    provider: row.provider,
    model: row.model,
    failures: row.failures,
    ...(row.failure === null ? {} : { failure: row.failure }),
    openUntil: row.open_until,
    refusals: row.refusals,
    limitedUntil: row.limited_until,
    ...(row.slots === null ? {} : { slots: row.slots }),
    latencies: latencies.parse(JSON.parse(row.latencies)),
    succeededAt: row.succeeded_at,
  };
}
