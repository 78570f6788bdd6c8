import type { BusyError, ProviderFailedError, ProviderFailure, RejectedError } from '../errors.ts';
import type { Offer } from './provider.ts';
import type { RankedOffer } from './router.ts';

/** Why an offer is not asked again in a run, the weightiest first. */
const PASSED = ['failed', 'no-slot', 'resting', 'over-budget'] as const;
type Passed = (typeof PASSED)[number];

/** How a call for a batch of pictures, or the try to make one, ended. */
export type BatchOutcome =
  | { readonly kind: 'brought'; readonly pictures: number; readonly withheld: number }
  | { readonly kind: 'rejected'; readonly error: RejectedError }
  | { readonly kind: 'failed'; readonly error: ProviderFailedError }
  | { readonly kind: 'no-slot' | 'resting' }
  | { readonly kind: 'over-budget'; readonly error: BusyError };

/** An offer that brought nothing, and why. */
export interface FailedOffer {
  readonly offer: Offer;
  readonly failure: ProviderFailure;
}

/** What is known so far of one run through the offers that can do a request. */
export class PaintRun {
  /** 0-based pictures nobody has brought or refused yet. */
  missing: readonly number[];
  brought: number;
  withheld: number;
  readonly failures: ProviderFailedError[] = [];
  /** The offer that failed last. */
  failed: FailedOffer | undefined;
  refusal: { readonly by: Offer; readonly error: RejectedError } | undefined;
  /** Why the best offer that the money did not reach for was not asked. */
  overBudget: BusyError | undefined;
  /** The offer that brought pictures last. */
  chosen: RankedOffer | undefined;
  readonly #passed = new Map<Offer, Passed>();

  /**
   * @param have pictures an earlier run has brought
   * @param withheld how many others it was refused: they are not asked for again
   */
  constructor(count: number, have: ReadonlySet<number>, withheld: number) {
    this.missing = Array.from({ length: count }, (_, index) => index)
      .filter((index) => !have.has(index))
      .slice(withheld);
    this.brought = have.size;
    this.withheld = withheld;
  }

  /** What was asked for was refused once, and would be again. */
  get isRefused(): boolean {
    return this.refusal?.error.refused === 'request';
  }

  /** Whatever was refused is never shopped around. */
  mayAsk(offer: Offer): boolean {
    return !this.#passed.has(offer) && (this.refusal === undefined || this.refusal.by === offer);
  }

  passedFor(reason: Passed): Offer[] {
    return [...this.#passed].flatMap(([offer, why]) => (why === reason ? [offer] : []));
  }

  /** An offer was asked for these batches at once, and this came of each. */
  take(asked: RankedOffer, batches: readonly (readonly number[])[], outcomes: readonly BatchOutcome[]): void {
    for (const [position, outcome] of outcomes.entries()) this.#takeOne(asked, batches[position] ?? [], outcome);
    const kinds = new Set(outcomes.map(({ kind }) => kind));
    const failed = outcomes.find((outcome) => outcome.kind === 'failed');
    if (failed !== undefined) {
      this.failed = { offer: asked.offer, failure: failed.error.failure };
      this.#passed.set(asked.offer, 'failed');
    } else if (!kinds.has('brought') && !kinds.has('rejected')) {
      // Nothing came of asking it; where something did, it is asked for the rest.
      const reason = PASSED.find((kind) => kinds.has(kind));
      if (reason !== undefined) this.#passed.set(asked.offer, reason);
    }
  }

  #takeOne(asked: RankedOffer, batch: readonly number[], outcome: BatchOutcome): void {
    switch (outcome.kind) {
      case 'brought':
        this.brought += outcome.pictures;
        this.withheld += outcome.withheld;
        this.chosen = asked;
        break;
      case 'rejected':
        this.withheld += batch.length;
        this.refusal = { by: asked.offer, error: outcome.error };
        break;
      case 'failed':
        this.failures.push(outcome.error);
        return;
      case 'over-budget':
        this.overBudget ??= outcome.error;
        return;
      default:
        return;
    }
    this.missing = this.missing.filter((index) => !batch.includes(index));
  }
}
