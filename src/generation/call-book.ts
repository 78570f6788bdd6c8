import { InvalidInputError, ProviderFailedError, RejectedError } from '../errors.ts';
import { currentClock } from '../job-clock.ts';
import { readPictureSize } from '../pixels/picture-size.ts';
import type { AttemptEnd } from '../store/attempts.ts';
import type { OfferHealth } from '../store/health.ts';
import type { Store } from '../store/open-store.ts';
import { patiently } from '../store/patiently.ts';
import { type BudgetSettings, budgetsFor, type OnBudget, refuseFor, reportThresholds } from './budgets.ts';
import { type PaintedPicture, UnsentError } from './call-offer.ts';
import type { CallBook } from './paint.ts';
import type { Generation } from './record.ts';
import type { Router } from './router.ts';

/** A call to a provider that is over. */
export interface CallEnded {
  readonly generationId: string;
  readonly provider: string;
  readonly model: string;
  /** `succeeded`, or why it brought nothing: `timeout`, `rejected`, … */
  readonly outcome: string;
  /** Without the time its answer waited for room here. */
  readonly durationMs: number;
  /** `uncertain`: it brought nothing, and the provider may charge so much for it all the same. */
  readonly cost: { readonly state: 'settled' | 'uncertain'; readonly microUsd: number };
  /** What it failed with, where this process made it. */
  readonly error?: unknown;
}

export interface ClosingOptions {
  store: Pick<Store, 'attempts'>;
  now: () => number;
  onCallEnded?: ((call: CallEnded) => void) | undefined;
}

interface CallBookOptions extends ClosingOptions {
  router: Pick<Router, 'admission' | 'succeeded' | 'failed' | 'notice'>;
  budgets: BudgetSettings;
  onBudget?: OnBudget | undefined;
}

/** Records every call of a generation in the store, and what it taught about the offer; adds to `brought` what is kept. */
export function createCallBook(
  { id: generationId, guildId, userId, createdAt }: Generation,
  owner: string | undefined,
  brought: PaintedPicture[],
  { store, router, budgets, onBudget, now, onCallEnded }: CallBookOptions,
): CallBook {
  const { attempts } = store;
  const clock = currentClock();
  /** How many pictures each call is for, and how long answers had waited for room here when it was opened. */
  const opened = new Map<number, { count: number; stoppedMs: number }>();
  // Its money counts in the day and month it was asked for, however long it waits.
  const account = budgetsFor({ guildId, userId }, budgets, createdAt);

  /** How long a call's answer has waited for room here, milliseconds. */
  function waitedMs(call: number): number {
    const stoppedMs = clock.stoppedMs();
    return Math.round(stoppedMs - (opened.get(call)?.stoppedMs ?? stoppedMs));
  }

  async function close(call: number, end: AttemptEnd, error?: unknown): Promise<void> {
    const options = { store, now, onCallEnded, waitedMs: waitedMs(call), error };
    const health = await closeCall(generationId, call, end, options);
    if (health !== undefined) router.notice(health);
  }
  return {
    async open(offer, count, priceMicroUsd) {
      const opening = await attempts.open({
        generationId,
        owner,
        provider: offer.provider,
        model: offer.model,
        ...router.admission(offer),
        priceMicroUsd,
        budgets: account,
      });
      if (opening.kind === 'opened') {
        opened.set(opening.number, { count, stoppedMs: clock.stoppedMs() });
        reportThresholds(opening.uses ?? [], onBudget);
      }
      if (opening.kind === 'over-budget') {
        return { kind: 'over-budget', error: refuseFor(opening, priceMicroUsd, count, onBudget) };
      }
      return opening;
    },
    reference: (call, reference) => patiently(() => attempts.recordReference(generationId, call, reference)),
    async succeeded(call, { pictures, withheld, costMicroUsd, reference }) {
      const waited = waitedMs(call);
      await close(call, {
        state: 'succeeded',
        costMicroUsd,
        withheld,
        reference,
        images: pictures.map(({ index, seed, bytes, mediaType }) => ({
          index,
          mediaType,
          bytes,
          ...(readPictureSize(bytes) ?? { width: 0, height: 0 }),
          seed,
        })),
        // An offer is as fast as it answered.
        learn: (health, event) => router.succeeded(health, { ...event, sentAt: event.sentAt + waited }),
      });
      brought.push(...pictures);
    },
    failed(call, error) {
      const withheld = opened.get(call)?.count ?? 0;
      const refused = error instanceof RejectedError ? { withheld, refusal: error.sentence } : {};
      return close(call, { ...closingOf(error), ...refused, learn: router.failed(error) }, error);
    },
  };
}

/**
 * Closes a call in the store, whenever it can be reached. Who is first tells of it, as the ledger has it: a late word
 * on a call that was given up changes nothing.
 * @param waitedMs how long its answer waited for room here
 * @returns the offer's health by what the call taught
 */
export async function closeCall(
  generationId: string,
  call: number,
  end: AttemptEnd,
  { store, now, onCallEnded, waitedMs = 0, error }: ClosingOptions & { waitedMs?: number; error?: unknown },
): Promise<OfferHealth | undefined> {
  const closed = await patiently(() => store.attempts.close(generationId, call, end));
  if (closed === undefined) return undefined;
  const { provider, model, startedAt, amountMicroUsd, health } = closed;
  const { state, failure = state } = end;
  onCallEnded?.({
    generationId,
    provider,
    model,
    outcome: failure,
    durationMs: now() - startedAt - waitedMs,
    cost: { state: state === 'unknown' ? 'uncertain' : 'settled', microUsd: amountMicroUsd },
    error,
  });
  return health;
}

/** A failed call that may have been billed stays visible as `unknown`. */
function closingOf(error: unknown): { state: 'failed' | 'unknown'; failure: string } {
  // Found out before anything was sent.
  if (error instanceof InvalidInputError) return { state: 'failed', failure: 'invalid-input' };
  if (error instanceof UnsentError) return { state: 'failed', failure: 'unsent' };
  if (error instanceof RejectedError) {
    return { state: error.billed === 'possibly' ? 'unknown' : 'failed', failure: 'rejected' };
  }
  if (error instanceof ProviderFailedError) {
    return { state: error.billed === 'possibly' ? 'unknown' : 'failed', failure: error.failure };
  }
  return { state: 'unknown', failure: 'aborted' };
}
