import { sql } from 'kysely';
import { type Db, locksRows, type Tx, takeLock } from './locks.ts';
import { type Given, prepare, prepareInsert } from './prepared.ts';
import type { Engine } from './schema.ts';

/** Money a member or a server may spend in a period. All amounts are micro-dollars. */
export interface Budget {
  readonly scope: 'guild' | 'user';
  readonly id: string;
  readonly period: 'day' | 'month';
  readonly limitMicroUsd: number;
  /** The period's bounds, milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** A budget without room for what was asked. */
export interface Exhausted {
  readonly budget: Budget;
  /** By everything else. */
  readonly usedMicroUsd: number;
}

/** How far a budget is used after a booking. */
export interface BudgetUse {
  readonly budget: Budget;
  readonly beforeMicroUsd: number;
  readonly afterMicroUsd: number;
}

/** What was spent in a period: `settled` for sure, `uncertain` perhaps, `reserved` for what is under way. */
export interface Spending {
  readonly pictures: number;
  readonly settledMicroUsd: number;
  readonly uncertainMicroUsd: number;
  readonly reservedMicroUsd: number;
}

/** Written out, not bound: more than this is the condition of the indexes. */
const NOTHING = sql.lit(0);

/** The entry of what is held for attempts to come. */
const HOLD = -1;

const insertEntry = prepareInsert('ledger');

const heldBy = prepare((db, given: Given<{ generationId: string }>) =>
  db
    .selectFrom('ledger')
    .select(['state', 'amount_micro_usd', 'guild_id', 'user_id', 'booked_at'])
    .where('generation_id', '=', given('generationId'))
    .where('entry', '=', HOLD)
    // Its generation may be ending this moment.
    .$if(locksRows(db), (query) => query.forUpdate()),
);

const amountOf = prepare((db, given: Given<{ generationId: string; entry: number }>) =>
  db
    .selectFrom('ledger')
    .select('amount_micro_usd')
    .where('generation_id', '=', given('generationId'))
    .where('entry', '=', given('entry')),
);

const bookEntry = prepare(
  (db, given: Given<{ generationId: string; entry: number; state: string; amount: number; now: number }>) =>
    db
      .updateTable('ledger')
      .set({ state: given('state'), amount_micro_usd: given('amount'), changed_at: given('now') })
      .where('generation_id', '=', given('generationId'))
      .where('entry', '=', given('entry')),
);

const doubtReserved = prepare((db, given: Given<{ generationId: string; now: number }>) =>
  db
    .updateTable('ledger')
    .set({ state: 'uncertain', changed_at: given('now') })
    .where('generation_id', '=', given('generationId'))
    .where('entry', '!=', HOLD)
    .where('state', '=', 'reserved'),
);

const addToHold = prepare((db, given: Given<{ generationId: string; byMicroUsd: number; now: number }>) =>
  db
    .updateTable('ledger')
    .set(({ eb }) => ({
      amount_micro_usd: eb('amount_micro_usd', '+', given('byMicroUsd')),
      changed_at: given('now'),
    }))
    .where('generation_id', '=', given('generationId'))
    .where('entry', '=', HOLD)
    .where('state', '=', 'reserved'),
);

interface Account {
  readonly generationId: string;
  readonly guildId: string | undefined;
  readonly userId: string;
  /** When it was asked for, milliseconds since 1970: all its money counts in the periods around that moment. */
  readonly bookedAt: number;
}

interface Booking {
  readonly kind: 'booked';
  readonly uses: readonly BudgetUse[];
}

/*
 * The ledger: what a generation holds for attempts to come, and an entry for each attempt: reserved while it runs,
 * then settled (paid), released (nothing to pay) or uncertain (sent, and the vendor may bill it although we have no
 * picture). All of these count toward a budget except what was released. Every function runs inside the transaction
 * of the change it books.
 */

/** Holds money for a new request. Answers with the budget that has no room for it; nothing is booked then. */
export async function hold(
  { tx, engine, now }: { tx: Tx; engine: Engine; now: number },
  account: Account,
  priceMicroUsd: number,
  budgets: readonly Budget[],
): Promise<Booking | ({ kind: 'exhausted' } & Exhausted)> {
  const amountMicroUsd = Math.ceil(priceMicroUsd);
  const room = await findRoom(tx, engine, budgets, amountMicroUsd);
  if (room.kind === 'exhausted') return room;
  await insertEntry(tx, {
    generation_id: account.generationId,
    entry: HOLD,
    guild_id: account.guildId ?? null,
    user_id: account.userId,
    provider: null,
    state: 'reserved',
    amount_micro_usd: amountMicroUsd,
    booked_at: account.bookedAt,
    changed_at: now,
  });
  return { kind: 'booked', uses: room.uses };
}

/**
 * Reserves an attempt's price out of what is held, and out of the budgets where that does not reach. They must be
 * those of the time its request was made. `closed`: its generation is over, and no attempt may follow.
 */
export async function reserve(
  { tx, engine, now }: { tx: Tx; engine: Engine; now: number },
  {
    generationId,
    entry,
    provider,
    priceMicroUsd,
    budgets,
  }: {
    generationId: string;
    entry: number;
    provider: string;
    priceMicroUsd: number;
    budgets: readonly Budget[];
  },
): Promise<Booking | { readonly kind: 'closed' } | ({ kind: 'exhausted' } & Exhausted)> {
  const held = await heldBy.first(tx, { generationId });
  if (held === undefined) return { kind: 'booked', uses: [] };
  if (held.state !== 'reserved') return { kind: 'closed' };
  const price = Math.ceil(priceMicroUsd);
  const fromHold = Math.min(held.amount_micro_usd, price);
  const room = await findRoom(tx, engine, budgets, price - fromHold);
  if (room.kind === 'exhausted') return { ...room, usedMicroUsd: room.usedMicroUsd - fromHold };
  if (fromHold > 0) await changeHold(tx, generationId, -fromHold, now);
  await insertEntry(tx, {
    generation_id: generationId,
    entry,
    guild_id: held.guild_id,
    user_id: held.user_id,
    provider,
    state: 'reserved',
    amount_micro_usd: price,
    booked_at: held.booked_at,
    changed_at: now,
  });
  return { kind: 'booked', uses: room.uses };
}

/**
 * Books how an attempt ended. What it did not use goes back to what is held, so that the next attempt is covered.
 * An uncertain attempt keeps its amount.
 * @returns the amount in the books now
 */
export async function book(
  { tx, now }: { tx: Tx; now: number },
  {
    generationId,
    entry,
    state,
    costMicroUsd,
  }: {
    generationId: string;
    entry: number;
    state: 'settled' | 'released' | 'uncertain';
    /** What was paid, when settled. */
    costMicroUsd: number;
  },
): Promise<number> {
  const row = await amountOf.first(tx, { generationId, entry });
  if (row === undefined) return 0;
  const reserved = row.amount_micro_usd;
  const amount = state === 'uncertain' ? reserved : state === 'settled' ? Math.round(costMicroUsd) : 0;
  await bookEntry.run(tx, { generationId, entry, state, amount, now });
  if (reserved > amount) await changeHold(tx, generationId, reserved - amount, now);
  return amount;
}

/**
 * The generation is over: what it still holds is free again, and no attempt follows. One that is still under way
 * belongs to a worker that was given up; until it ends, what it may cost is uncertain.
 */
export async function closeAccount({ tx, now }: { tx: Tx; now: number }, generationId: string): Promise<void> {
  await doubtReserved.run(tx, { generationId, now });
  await bookEntry.run(tx, { generationId, entry: HOLD, state: 'released', amount: 0, now });
}

/** Nothing comes back to an account that is closed. */
async function changeHold(tx: Tx, generationId: string, byMicroUsd: number, now: number): Promise<void> {
  await addToHold.run(tx, { generationId, byMicroUsd, now });
}

/** Locks each budget's account and looks whether it has room, so that two bookings never share the last cent. */
async function findRoom(
  tx: Tx,
  engine: Engine,
  budgets: readonly Budget[],
  amountMicroUsd: number,
): Promise<{ kind: 'room'; uses: BudgetUse[] } | ({ kind: 'exhausted' } & Exhausted)> {
  const uses: BudgetUse[] = [];
  // What is free, or paid for already, goes through even where a budget is overdrawn.
  if (amountMicroUsd === 0) return { kind: 'room', uses };
  // Always in the same order: two transactions never wait for each other.
  const accounts = [...new Set(budgets.map(({ scope, id }) => `${scope}:${id}`))].sort();
  for (const account of accounts) await takeLock(tx, engine, `budget:${account}`);
  for (const budget of budgets) {
    const used = await usedOf(tx, budget);
    if (used + amountMicroUsd > budget.limitMicroUsd) return { kind: 'exhausted', budget, usedMicroUsd: used };
    uses.push({ budget, beforeMicroUsd: used, afterMicroUsd: used + amountMicroUsd });
  }
  return { kind: 'room', uses };
}

async function usedOf(tx: Db | Tx, { scope, id, since, until }: Budget): Promise<number> {
  const { used } = await tx
    .selectFrom('ledger')
    .select(({ fn }) => fn.sum<number>('amount_micro_usd').as('used'))
    .where(scope === 'guild' ? 'guild_id' : 'user_id', '=', id)
    .where('amount_micro_usd', '>', NOTHING)
    .where('booked_at', '>=', since)
    .where('booked_at', '<', until)
    .executeTakeFirstOrThrow();
  return Number(used ?? 0);
}

/** What providers have charged for the generation, or may, micro-dollars. */
export async function chargedFor(db: Db | Tx, generationId: string): Promise<number> {
  const { charged } = await db
    .selectFrom('ledger')
    .select(({ fn }) => fn.sum<number>('amount_micro_usd').as('charged'))
    .where('generation_id', '=', generationId)
    .where('state', 'in', ['settled', 'uncertain'])
    .executeTakeFirstOrThrow();
  return Number(charged ?? 0);
}

/** Reading the ledger. It is written by the changes it books. */
export function createLedgerStore({ db }: { db: Db }) {
  return {
    chargedFor: (generationId: string) => chargedFor(db, generationId),

    /** What counts toward the budget now. */
    used: (budget: Budget) => usedOf(db, budget),

    /** What a member or a server spent in a period. */
    async spending(account: { scope: 'guild' | 'user'; id: string }, since: number, until: number): Promise<Spending> {
      const column = account.scope === 'guild' ? 'guild_id' : 'user_id';
      const rows = await db
        .selectFrom('ledger')
        .select(({ fn }) => ['state', fn.sum<number>('amount_micro_usd').as('amount')])
        .where(column, '=', account.id)
        .where('amount_micro_usd', '>', NOTHING)
        .where('booked_at', '>=', since)
        .where('booked_at', '<', until)
        .groupBy('state')
        .execute();
      const { pictures } = await db
        .selectFrom('images')
        .innerJoin('generations', 'generations.id', 'images.generation_id')
        .select(({ fn }) => fn.countAll<number>().as('pictures'))
        .where(`generations.${column}`, '=', account.id)
        .where('images.role', '=', 'output')
        .where('generations.created_at', '>=', since)
        .where('generations.created_at', '<', until)
        .executeTakeFirstOrThrow();
      const amount = (state: string) => Number(rows.find((row) => row.state === state)?.amount ?? 0);
      return {
        pictures: Number(pictures),
        settledMicroUsd: amount('settled'),
        uncertainMicroUsd: amount('uncertain'),
        reservedMicroUsd: amount('reserved'),
      };
    },
  };
}
