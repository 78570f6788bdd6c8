import type { Sentence } from '../language/index.ts';
import type { Attempt } from '../store/attempts.ts';
import type { Store } from '../store/open-store.ts';
import { type ClosingOptions, closeCall } from './call-book.ts';
import { shortcomings } from './choose-offer.ts';
import type { ImageProvider, Offer } from './provider.ts';
import type { Generation } from './record.ts';
import { type Painter, type Result, summarise } from './result.ts';

interface ConcludeOptions extends ClosingOptions {
  store: Pick<Store, 'attempts' | 'images'>;
  providers: readonly ImageProvider[];
}

/**
 * How a generation ends where nobody may be asked for it any more: a crash or a shutdown left it in the middle of a
 * call, or its content was refused. With the pictures it has; without any as refused, or as `unknown`. Calls nobody
 * will answer any more are closed. `undefined`: nothing was refused, or lost that may have been paid for.
 * @param earlier its attempts, where they are known already
 */
export async function conclude(
  generation: Generation,
  options: ConcludeOptions,
  earlier?: readonly Attempt[],
): Promise<Result | undefined> {
  const { store, providers, now } = options;
  const { id, request, startedAt } = generation;
  const calls = earlier ?? (await store.attempts.of(id));
  const offers = providers.flatMap((provider) => provider.offers);
  const lost = await closeLostCalls(generation, calls, offers, options);
  // Where both happened, it is final: asking anew would be refused as well.
  const last = calls.find(({ refusal }) => refusal !== undefined) ?? lost;
  if (last === undefined) return undefined;
  const { provider, model, refusal } = last;
  const offer = findOffer(offers, last);
  const painter: Painter = offer ?? { provider, providerLabel: provider, model };
  if ((await store.images.list(id, 'output')).length === 0) {
    if (refusal !== undefined) return { outcome: 'failed', failure: { code: 'rejected', sentence: refusal } };
    const sentence: Sentence = { key: 'answer-lost', values: { provider: painter.providerLabel } };
    return { outcome: 'unknown', failure: { code: 'answer-lost', sentence } };
  }
  const painted = await summarise(
    generation,
    painter,
    { store, providers },
    {
      paintingMs: now() - (startedAt ?? now()),
      notes: offer === undefined ? [] : shortcomings(offer, request),
    },
  );
  return { outcome: 'done', painted };
}

/** Why a call is closed without anybody knowing what became of it; other failures are answers, and may be tried again. */
const LOST: ReadonlySet<string | undefined> = new Set(['answer-lost', 'aborted']);

/**
 * Calls that an earlier worker opened and never closed: their answers are lost. So is that of one nobody answered in
 * time, where no one else could be asked. A free one is simply forgotten; a paid one is returned, also where its offer
 * is not configured any more.
 */
async function closeLostCalls(
  { id, request }: Generation,
  earlier: readonly Attempt[],
  offers: readonly Offer[],
  options: ClosingOptions,
): Promise<Attempt | undefined> {
  let lost: Attempt | undefined;
  const hasOthers = offers.some(
    (offer) =>
      offer.model === request.model &&
      offer.modes.includes(request.mode) &&
      (request.provider === undefined || offer.provider === request.provider) &&
      !earlier.some((call) => isTimeout(call) && findOffer([offer], call)),
  );
  for (const attempt of earlier) {
    const isOpen = attempt.state === 'open';
    // Closed by a worker that died, or was told to stop, before it could settle.
    if (!isOpen && !LOST.has(attempt.failure) && (hasOthers || !isTimeout(attempt))) continue;
    if (isOpen) await closeCall(id, attempt.number, { state: 'unknown', failure: 'answer-lost' }, options);
    const offer = findOffer(offers, attempt);
    const price = offer?.price({
      width: 1024,
      height: 1024,
      mode: request.mode,
      inferenceSteps: offer.inferenceSteps?.default,
    });
    if (price !== 0) lost = attempt;
  }
  return lost;
}

function isTimeout({ failure }: Attempt): boolean {
  return failure === 'timeout';
}

function findOffer(offers: readonly Offer[], named: Pick<Offer, 'provider' | 'model'>): Offer | undefined {
  return offers.find(({ provider, model }) => provider === named.provider && model === named.model);
}
