import { BusyError, ProviderFailedError, type ProviderFailure, RejectedError } from '../../src/errors.ts';
import type { CallResult } from '../../src/generation/call-offer.ts';
import {
  type CallBook,
  type CallNotice,
  type CallOpening,
  type PaintOptions,
  paint,
} from '../../src/generation/paint.ts';
import type { ImageProvider } from '../../src/generation/provider.ts';
import type { RankedOffer } from '../../src/generation/router.ts';
import { type Behaviour, makeOffer, makeProvider, makeRequest } from '../support/offers.ts';

/** When the member should have an answer; the clock starts at 0. */
export const DEADLINE = 85_000;

export function failing(
  failure: ProviderFailure,
  more: { billed?: 'no' | 'possibly'; retryAfterMs?: number } = {},
): Behaviour {
  return () => Promise.reject(new ProviderFailedError(failure, { provider: 'Acme', failure, billed: 'no', ...more }));
}

/** Refuses the content: the request, before or after it was painted, or what came of it. */
export function rejecting(refused: 'request' | 'result' = 'request', billed: 'no' | 'possibly' = 'no'): Behaviour {
  return () =>
    Promise.reject(
      new RejectedError('refused', { sentence: { key: 'rejected', values: { provider: 'Acme' } }, refused, billed }),
    );
}

/** What the book says where the money does not reach. */
export const OVER_BUDGET = new BusyError('the budget does not reach', {
  sentence: { key: 'budget-member', values: { resets: '<t:1790000000:R>' } },
});

export interface World extends Partial<Omit<PaintOptions, 'providers' | 'router' | 'book'>> {
  /** Best first. */
  providers: readonly ImageProvider[];
  /** What the router knows of an offer, by provider. */
  ranked?: Readonly<Record<string, Partial<RankedOffer>>>;
  /** What opening a call is answered with, by provider; absent: it is opened. */
  openings?: Readonly<Record<string, Exclude<CallOpening['kind'], 'opened'>>>;
}

/** Paints in memory: the offers in the order they are listed, and all calls written down. */
export async function run({ providers, ranked = {}, openings = {}, ...options }: World) {
  const opened: {
    provider: string;
    priceMicroUsd: number;
    ended?: CallResult | { failed: unknown };
    reference?: string;
  }[] = [];
  const notices: CallNotice[] = [];
  const book: CallBook = {
    async open({ provider }, _count, priceMicroUsd) {
      const kind = openings[provider];
      if (kind === 'over-budget') return { kind, error: OVER_BUDGET };
      if (kind !== undefined) return { kind };
      return { kind: 'opened', number: opened.push({ provider, priceMicroUsd }) - 1 };
    },
    async reference(call, reference) {
      Object.assign(opened[call] ?? {}, { reference });
    },
    async succeeded(call, ended) {
      Object.assign(opened[call] ?? {}, { ended });
    },
    async failed(call, error) {
      Object.assign(opened[call] ?? {}, { ended: { failed: error } });
    },
  };
  const report = await paint({
    request: makeRequest(),
    aspect: '1:1',
    providers,
    router: {
      rank: async (candidates) =>
        candidates.map((offer) => ({
          offer,
          reason: { key: 'reason-only', values: { label: offer.providerLabel } },
          notBefore: 0,
          atOnce: Number.POSITIVE_INFINITY,
          patienceMs: 60_000,
          ...ranked[offer.provider],
        })),
    },
    book,
    signal: new AbortController().signal,
    deadlineAt: DEADLINE,
    now: () => 0,
    onCall: (notice) => notices.push(notice),
    ...options,
  }).catch((error: unknown) => ({ error }));
  const results = opened.flatMap(({ ended }) => (ended !== undefined && 'pictures' in ended ? [ended] : []));
  const pictures = results.flatMap((result) => result.pictures).toSorted((one, other) => one.index - other.index);
  return { report, opened, notices, results, pictures };
}

export const acme = (behave?: Behaviour, offer = {}) => makeProvider(makeOffer(offer), behave);
export const other = (behave?: Behaviour, offer = {}) =>
  makeProvider(makeOffer({ provider: 'other', ...offer }), behave);
