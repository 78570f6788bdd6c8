import { sql } from 'kysely';
import { sentence } from '../generation/record.ts';
import type { Sentence } from '../language/index.ts';
import { changeHealth, type LearnHealth, type OfferHealth, readHealth } from './health.ts';
import { insertImages, type NewImage, placeImages } from './images.ts';
import { type Budget, type BudgetUse, book, type Exhausted, reserve } from './ledger.ts';
import { type Db, exclusively, locksRows, takeLock } from './locks.ts';
import type { PictureFiles } from './picture-files.ts';
import { type Given, prepare, prepareInsert } from './prepared.ts';
import { LEASE_MS, noteServed } from './queue.ts';
import type { Engine } from './schema.ts';

/** One call to one provider on behalf of a generation. */
export interface Attempt {
  readonly generationId: string;
  readonly number: number;
  readonly provider: string;
  readonly model: string;
  readonly state: 'open' | 'succeeded' | 'failed' | 'unknown';
  /** The request left for the provider: from here on it may be billed. */
  readonly sentAt?: number;
  readonly reference?: string;
  readonly costMicroUsd: number;
  readonly failure?: string;
  /** Of the pictures it was for, those a safety filter held back. */
  readonly withheld: number;
  /** Its content was refused, and its member is to be told this. Final. */
  readonly refusal?: Sentence;
}

/** Written out, not bound: it is the condition of the index. */
const OPEN = sql.lit('open');

/** Calls in flight; those of a worker that died end with their lease. */
const openCalls = prepare((db, given: Given<{ time: number }>) =>
  db
    .selectFrom('attempts')
    .select(['provider', 'model', 'started_at'])
    .where('state', '=', OPEN)
    .where('lease_expires_at', '>', given('time')),
);

const openCallsOf = prepare((db, given: Given<{ provider: string; time: number }>) =>
  db
    .selectFrom('attempts')
    .select(['model', 'started_at'])
    .where('state', '=', OPEN)
    .where('lease_expires_at', '>', given('time'))
    .where('provider', '=', given('provider')),
);

const generationOf = prepare((db, given: Given<{ id: string }>) =>
  db
    .selectFrom('generations')
    .select(['state', 'lease_owner', 'lane', 'fair_order', 'waits_for'])
    .where('id', '=', given('id'))
    // It does not end, and nobody takes it over, before this attempt is there to be seen.
    .$if(locksRows(db), (query) => query.forUpdate()),
);

const waitNoMore = prepare((db, given: Given<{ id: string }>) =>
  db.updateTable('generations').set({ waits_for: null }).where('id', '=', given('id')),
);

const attemptsOf = prepare((db, given: Given<{ generationId: string }>) =>
  db.selectFrom('attempts').selectAll().where('generation_id', '=', given('generationId')).orderBy('number'),
);

const countAttempts = prepare((db, given: Given<{ generationId: string }>) =>
  db
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('generation_id', '=', given('generationId')),
);

const recordReference = prepare((db, given: Given<{ generationId: string; number: number; reference: string }>) =>
  db
    .updateTable('attempts')
    .set({ reference: given('reference') })
    .where('generation_id', '=', given('generationId'))
    .where('number', '=', given('number')),
);

const insertAttempt = prepareInsert('attempts');

const closeAttempt = prepare(
  (
    db,
    given: Given<{
      generationId: string;
      number: number;
      state: string;
      time: number;
      costMicroUsd: number;
      failure: string | null;
      withheld: number;
      refusal: string | null;
    }>,
  ) =>
    db
      .updateTable('attempts')
      .set({
        state: given('state'),
        answered_at: given('time'),
        cost_micro_usd: given('costMicroUsd'),
        failure: given('failure'),
        withheld: given('withheld'),
        refusal: given('refusal'),
      })
      .where('generation_id', '=', given('generationId'))
      .where('number', '=', given('number'))
      .where('state', '=', OPEN)
      .returning(['provider', 'model', 'started_at']),
);

const LEDGER_STATES = { succeeded: 'settled', failed: 'released', unknown: 'uncertain' } as const;

export interface NewAttempt {
  generationId: string;
  /** Who holds the generation's lease. Absent: whoever it is. */
  owner?: string;
  provider: string;
  model: string;
  /** Calls the provider may have in flight. */
  slots: number;
  /** Whether the offer may get another call, by its health and by when its calls in flight were sent. */
  admit?: (health: OfferHealth, sentAt: readonly number[]) => 'yes' | 'no-slot' | 'resting';
  /** What it will cost. */
  priceMicroUsd?: number;
  /** Asked for more where the generation holds less than the price. */
  budgets?: readonly Budget[];
}

export type Opening =
  /** `uses`: how far each budget is used, where not enough was held for it. */
  | { readonly kind: 'opened'; readonly number: number; readonly uses?: readonly BudgetUse[] }
  /** `not-ours`: its generation is over, or someone else's by now. */
  | { readonly kind: 'no-slot' | 'resting' | 'not-ours' }
  | ({ readonly kind: 'over-budget' } & Exhausted);

/** How an attempt ends. */
export interface AttemptEnd {
  state: 'succeeded' | 'failed' | 'unknown';
  costMicroUsd?: number;
  failure?: string;
  withheld?: number;
  refusal?: Sentence;
  reference?: string;
  images?: readonly NewImage[];
  learn?: LearnHealth;
}

/** An attempt that was closed just now. */
export interface Closed {
  readonly provider: string;
  readonly model: string;
  readonly startedAt: number;
  /** What the ledger has for it now: paid, or perhaps to be paid where its end is unknown. */
  readonly amountMicroUsd: number;
  /** The offer's health by what the call taught; absent where it taught nothing. */
  readonly health?: OfferHealth;
}

/** What an offer is doing at the moment. */
export interface OpenCalls {
  readonly provider: string;
  readonly model: string;
  /** When each was sent, milliseconds since 1970. */
  readonly sentAt: readonly number[];
}

export type AttemptStore = ReturnType<typeof createAttemptStore>;

interface AttemptsOptions {
  db: Db;
  engine: Engine;
  files: PictureFiles | undefined;
  now: () => number;
}

export function createAttemptStore({ db, engine, files, now }: AttemptsOptions) {
  return {
    /**
     * Opens an attempt: takes one of the provider's slots for it, exactly, over all processes, and reserves its
     * price. Nothing is opened when every slot is taken, the offer must not be asked, the money does not reach, or
     * the generation is not the caller's any more.
     */
    async open({
      generationId,
      owner,
      provider,
      model,
      slots,
      admit = () => 'yes',
      priceMicroUsd = 0,
      budgets = [],
    }: NewAttempt): Promise<Opening> {
      return exclusively({ db, engine }, `slots:${provider}`, async (tx) => {
        const time = now();
        const calls = await openCallsOf.all(tx, { provider, time });
        if (calls.length >= slots) return { kind: 'no-slot' };
        const sentAt = calls.flatMap((call) => (call.model === model ? [call.started_at] : []));
        // Read after the calls: whatever a call that has just ended taught is in it.
        const admitted = admit(await readHealth(tx, provider, model), sentAt);
        if (admitted !== 'yes') return { kind: admitted };
        // Two calls of one generation, to two providers, would otherwise count to the same number.
        await takeLock(tx, engine, `attempts:${generationId}`);
        const generation = await generationOf.first(tx, { id: generationId });
        const isOurs = generation?.state === 'running' && (owner === undefined || generation.lease_owner === owner);
        if (generation !== undefined && !isOurs) return { kind: 'not-ours' };
        const number = Number((await countAttempts.one(tx, { generationId })).count);
        const booked = await reserve(
          { tx, engine, now: time },
          { generationId, entry: number, provider, priceMicroUsd, budgets },
        );
        if (booked.kind === 'closed') return { kind: 'not-ours' };
        if (booked.kind === 'exhausted') return { ...booked, kind: 'over-budget' };
        await insertAttempt(tx, {
          generation_id: generationId,
          number,
          provider,
          model,
          state: 'open',
          started_at: time,
          // Recorded with the row: a crash right after the call left must find it.
          sent_at: time,
          lease_expires_at: time + LEASE_MS,
        });
        if (generation !== undefined) {
          if (generation.waits_for !== null) await waitNoMore.run(tx, { id: generationId });
          const { lane, fair_order: fairOrder } = generation;
          if (number === 0) await noteServed(tx, { lane, fairOrder });
        }
        return { kind: 'opened', number, ...(booked.uses.length === 0 ? {} : { uses: booked.uses }) };
      });
    },

    /** The calls in flight, of every process, by offer. */
    async inFlight(): Promise<OpenCalls[]> {
      const calls = await openCalls.all(db, { time: now() });
      const offers = Map.groupBy(calls, ({ provider, model }) => `${provider}/${model}`);
      return [...offers.values()].flatMap((of) => {
        const [first] = of;
        if (first === undefined) return [];
        return [{ provider: first.provider, model: first.model, sentAt: of.map((call) => call.started_at) }];
      });
    },

    /** Keeps the slots of a generation's open attempts for another 30 s. */
    async renew(generationId: string): Promise<void> {
      await db
        .updateTable('attempts')
        .set({ lease_expires_at: now() + LEASE_MS })
        .where('generation_id', '=', generationId)
        .where('state', '=', 'open')
        .execute();
    },

    async recordReference(generationId: string, number: number, reference: string): Promise<void> {
      await recordReference.run(db, { generationId, number, reference });
    },

    /**
     * Frees the slot and records what came of it, together with the pictures it brought: what is paid for is kept,
     * whatever happens next. A second time changes nothing.
     * @returns `undefined` when it was closed before.
     */
    async close(generationId: string, number: number, end: AttemptEnd): Promise<Closed | undefined> {
      const { state, costMicroUsd = 0, failure, withheld = 0, refusal, reference, images = [], learn } = end;
      const placed = await placeImages(files, `${generationId}-output-${number}`, images);
      // Several calls of one generation share what it holds for them: one books after the other.
      return exclusively({ db, engine }, `attempts:${generationId}`, async (tx) => {
        const time = now();
        const call = await closeAttempt.first(tx, {
          generationId,
          number,
          state,
          time,
          costMicroUsd: Math.round(costMicroUsd),
          failure: failure ?? null,
          withheld,
          refusal: refusal === undefined ? null : JSON.stringify(refusal),
        });
        if (call === undefined) return undefined;
        if (reference !== undefined) await recordReference.run(tx, { generationId, number, reference });
        const entry = { generationId, entry: number, state: LEDGER_STATES[state], costMicroUsd };
        const amountMicroUsd = await book({ tx, now: time }, entry);
        const { provider, model, started_at: startedAt } = call;
        const closed = { provider, model, startedAt, amountMicroUsd };
        await insertImages(tx, generationId, 'output', placed, time);
        if (learn === undefined) return closed;
        const others = await openCallsOf.all(tx, { provider, time });
        const inFlight = others.filter((other) => other.model === model).length + 1;
        const event = { sentAt: startedAt, time, inFlight };
        const health = await changeHealth({ tx, engine }, call, (known) => learn(known, event));
        return { ...closed, health };
      });
    },

    async of(generationId: string): Promise<Attempt[]> {
      const rows = await attemptsOf.all(db, { generationId });
      return rows.map((row) => ({
        generationId,
        number: row.number,
        provider: row.provider,
        model: row.model,
        state: row.state as Attempt['state'],
        ...(row.sent_at === null ? {} : { sentAt: row.sent_at }),
        ...(row.reference === null ? {} : { reference: row.reference }),
        costMicroUsd: row.cost_micro_usd,
        ...(row.failure === null ? {} : { failure: row.failure }),
        withheld: row.withheld,
        ...(row.refusal === null ? {} : { refusal: sentence.parse(JSON.parse(row.refusal)) }),
      }));
    },
  };
}
