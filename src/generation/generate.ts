import { createHash } from 'node:crypto';
import { fitMask, fitPicture } from '../pixels/fit-picture.ts';
import type { Store } from '../store/open-store.ts';
import type { BudgetSettings, OnBudget } from './budgets.ts';
import { type CallEnded, createCallBook } from './call-book.ts';
import type { PaintedPicture } from './call-offer.ts';
import { chooseOffers, shortcomings } from './choose-offer.ts';
import { conclude } from './conclude.ts';
import { differences } from './differences.ts';
import { nearestAspect } from './fit-size.ts';
import { type FetchPicture, loadInitImage } from './init-image.ts';
import { type PaintOptions, paint } from './paint.ts';
import type { ImageProvider, Offer } from './provider.ts';
import type { Generation } from './record.ts';
import { countWithheld, type Result, summarise } from './result.ts';
import type { Router } from './router.ts';

/** A member has a picture, or a plain sentence, within this time from the start. */
export const MEMBER_WAITS_MS = 85_000;

/** It may be painted and billed already, or would not be understood the next time either. */
const ASKED_ONCE = ['timeout', 'invalid-request'];

export interface GenerateDependencies {
  store: Pick<Store, 'attempts' | 'images'>;
  providers: readonly ImageProvider[];
  router: Router;
  budgets: BudgetSettings;
  /** What the server of a generation allows; absent: every offer. */
  allows?: ((generation: Generation, offer: Offer) => boolean) | undefined;
  onBudget?: OnBudget | undefined;
  fetchPicture: FetchPicture;
  now: () => number;
  /** Told of each call once it is recorded how it ended; for metrics. */
  onCallEnded?: (call: CallEnded) => void;
}

/**
 * Paints a stored request: finds its init image, calls providers, and keeps every picture in the store the moment it
 * arrives. Harmless to run again after a crash: pictures that are kept are not painted twice, content that was refused
 * is not asked for again, and a paid call whose answer was lost ends as `unknown` instead of being sent again.
 *
 * Throws what `paint` throws; nothing is settled then.
 */
export async function generate(
  generation: Generation,
  { store, providers, router, budgets, allows, onBudget, fetchPicture, now, onCallEnded }: GenerateDependencies,
  {
    owner,
    signal,
    onOffer,
    onCall,
  }: {
    /** Who holds the generation's lease; absent: nobody has to. */
    owner?: string;
    signal: AbortSignal;
    onOffer?: PaintOptions['onOffer'];
    onCall?: PaintOptions['onCall'];
  },
): Promise<Result> {
  const { id, request } = generation;
  const startedAt = now();
  const earlier = await store.attempts.of(id);
  const concluded = await conclude(generation, { store, providers, now, onCallEnded }, earlier);
  if (concluded !== undefined) return concluded;

  const kept = await store.images.list(id, 'output');
  const brought: PaintedPicture[] = [];
  const start = await loadInitImage(generation, { store, fetchPicture, signal });
  const aspect = request.aspect ?? (start === undefined ? '1:1' : nearestAspect(start.size));
  const report = await paint({
    request,
    aspect,
    providers,
    ...(start === undefined
      ? {}
      : {
          initImageAt: async (size) => ({
            initImage: await fitPicture(start.picture, size),
            ...(start.mask === undefined ? {} : { mask: await fitMask(start.mask, size) }),
          }),
        }),
    ...(allows === undefined ? {} : { allows: (offer: Offer) => allows(generation, offer) }),
    have: new Set(kept.map((image) => image.index)),
    withheld: countWithheld(earlier),
    endUser: createHash('sha256').update(`${generation.applicationId}:${generation.userId}`).digest('hex').slice(0, 32),
    spent: ({ provider, model }) =>
      earlier.some(
        (call) => call.provider === provider && call.model === model && ASKED_ONCE.includes(call.failure ?? ''),
      ),
    asked: earlier.some(({ state }) => state !== 'succeeded'),
    router,
    book: createCallBook(generation, owner, brought, { store, router, budgets, onBudget, now, onCallEnded }),
    deadlineAt: (generation.startedAt ?? startedAt) + MEMBER_WAITS_MS,
    now,
    signal,
    onOffer,
    onCall,
  });
  const offer =
    report.chosen?.offer ??
    chooseOffers(
      request,
      providers.flatMap((provider) => provider.offers),
    )[0];
  if (offer === undefined) throw new RangeError('no offer painted this');
  const summary = await summarise(
    generation,
    offer,
    { store, providers },
    {
      paintingMs: now() - startedAt,
      notes: shortcomings(offer, request),
      ...(report.chosen === undefined ? {} : { reason: report.chosen.reason }),
    },
  );
  const notes = [...summary.notes, ...differences(offer, { aspect, start: start?.size, painted: summary })];
  const painted = { ...summary, notes };
  return { outcome: 'done', painted, ...(kept.length === 0 ? { pictures: brought.toSorted(byIndex) } : {}) };
}

function byIndex(one: PaintedPicture, other: PaintedPicture): number {
  return one.index - other.index;
}
