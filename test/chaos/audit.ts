import { type APIMessage, MessageFlags } from 'discord-api-types/v10';
import type { Generation } from '../../src/generation/record.ts';
import type { Interaction } from '../../src/playground/discord/contract.ts';
import type { Store } from '../../src/store/open-store.ts';
import { picturesOf, textOf } from '../support/messages.ts';
import type { ChaosVendor } from './vendors.ts';

/** From a worker's taking a request to its member knowing how it ended. */
const DEADLINE_MS = 90_000;
/**
 * Calls that brought nothing, per call that brought a picture. In a short run one silence of a vendor that has been well
 * weighs more than that, so there only those count that could have been avoided.
 */
const MOST_EXTRA_CALLS = 0.15;

/** One line of the table. */
export interface Finding {
  readonly what: string;
  readonly value: string;
  /** `false`: a target was missed. */
  readonly holds: boolean;
}

/** How a member sees it. */
export function endOf(message: APIMessage | undefined): 'pictures' | 'sentence' | 'waiting' {
  if (message === undefined || ((message.flags ?? 0) & MessageFlags.Loading) !== 0) return 'waiting';
  if (picturesOf(message).length > 0) return 'pictures';
  return textOf(message).trimEnd().endsWith('…') ? 'waiting' : 'sentence';
}

/** What the ledger holds, by state, micro-dollars. */
export async function booksOf(store: Pick<Store, 'db'>): Promise<Record<'settled' | 'uncertain' | 'reserved', number>> {
  const rows = await store.db
    .selectFrom('ledger')
    .select(({ fn }) => ['state', fn.sum<number>('amount_micro_usd').as('amount')])
    .groupBy('state')
    .execute();
  const amount = (state: string) => Number(rows.find((row) => row.state === state)?.amount ?? 0);
  return { settled: amount('settled'), uncertain: amount('uncertain'), reserved: amount('reserved') };
}

export function billedBy(vendors: readonly ChaosVendor[]): number {
  return total(vendors.flatMap((vendor) => vendor.billed().map(({ microUsd }) => microUsd)));
}

export async function audit(
  asked: readonly Interaction[],
  {
    store,
    vendors,
    shortfalls,
    isShort,
  }: {
    store: Pick<Store, 'db' | 'generations'>;
    vendors: readonly ChaosVendor[];
    shortfalls: number;
    /** The run is too short for its chances to even out. */
    isShort: boolean;
  },
): Promise<Finding[]> {
  const ends = asked.map((one) => ({ end: endOf(one.message()), text: textOf(one.message()) }));
  const count = (wanted: string) => ends.filter(({ end }) => end === wanted).length;
  const mistakes = ends.filter(({ end, text }) => end === 'sentence' && /on our side|undefined|\[object/.test(text));
  const generations = await Promise.all(asked.map(({ id }) => store.generations.find(id)));
  const accepted = generations.filter((generation) => generation !== undefined);
  const times = accepted.map(timeOf).toSorted((one, other) => one - other);
  const late = times.filter((ms) => ms > DEADLINE_MS).length;

  const calls = vendors.reduce((sum, vendor) => sum + vendor.asked(), 0);
  const received = (await Promise.all(vendors.map((vendor) => vendor.received()))).flat();
  const billed = billedBy(vendors);
  const { settled, uncertain, reserved } = await booksOf(store);
  const lost = (await Promise.all(vendors.map((vendor) => vendor.lostUnforeseen()))).reduce((sum, one) => sum + one, 0);
  const extra = (calls - received.length) / received.length;
  const avoidable = (calls - lost - received.length) / received.length;
  const short = await findShort(accepted, { store, vendors });

  const finding = (what: string, value: string | number, holds = true): Finding => ({
    what,
    value: String(value),
    holds,
  });
  return [
    finding('requests', asked.length),
    finding('accepted', accepted.length, accepted.length === asked.length),
    finding('ended in pictures', count('pictures')),
    finding('ended in a plain sentence', count('sentence'), mistakes.length === 0),
    finding('ended in neither', count('waiting'), count('waiting') === 0),
    finding('half of them within', seconds(times[Math.floor(times.length / 2)])),
    finding('19 of 20 within', seconds(times[Math.floor(times.length * 0.95)])),
    finding('the last within', seconds(times.at(-1)), late === 0),
    finding('calls', calls),
    finding('answers received', received.length),
    finding('extra calls', percent(extra), isShort || extra < MOST_EXTRA_CALLS),
    finding('  lost to a silence nobody could know of', lost),
    finding('  the others', percent(avoidable), avoidable < MOST_EXTRA_CALLS),
    finding('answers received, by price list', usd(total(received))),
    finding('settled', usd(settled), settled === total(received)),
    finding('billed by the vendors', usd(billed)),
    finding('settled and uncertain', usd(settled + uncertain), settled + uncertain >= billed),
    finding('requests booked below what was billed for them', short.length, short.length === 0),
    finding('moments in which less was booked than billed', shortfalls, shortfalls === 0),
    finding('still reserved', usd(reserved), reserved === 0),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Requests whose own entries do not cover what vendors billed for them. */
async function findShort(
  generations: readonly Generation[],
  { store, vendors }: { store: Pick<Store, 'db'>; vendors: readonly ChaosVendor[] },
): Promise<Generation[]> {
  const entries = await store.db
    .selectFrom('ledger')
    .select(['generation_id', 'amount_micro_usd'])
    .where('state', 'in', ['settled', 'uncertain'])
    .execute();
  const calls = vendors.flatMap((vendor) => vendor.billed());
  return generations.filter(({ id, request }) => {
    const booked = total(entries.flatMap((entry) => (entry.generation_id === id ? [entry.amount_micro_usd] : [])));
    return booked < total(calls.flatMap(({ prompt, microUsd }) => (prompt === request.prompt ? [microUsd] : [])));
  });
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function timeOf({ startedAt = 0, finishedAt = Number.POSITIVE_INFINITY }: Generation): number {
  return finishedAt - startedAt;
}

function seconds(ms = 0): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function usd(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(4)}`;
}
