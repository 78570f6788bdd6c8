import { ProviderFailedError } from '../errors.ts';
import { currentClock } from '../job-clock.ts';
import { createSentMark, runMarked } from '../sent-mark.ts';
import { dialsOf, stepsFor } from './choose-offer.ts';
import { fitSize } from './fit-size.ts';
import type { ImageProvider, Offer, Picture, ProviderCall, ProviderPicture } from './provider.ts';
import { type AspectRatio, type GenerationRequest, type Size, seedAt } from './request.ts';
import { priceOf } from './router.ts';

/** One picture as it came from a provider. */
export interface PaintedPicture extends Picture {
  /** 0-based position among the pictures asked for. */
  readonly index: number;
  /** Absent where the provider keeps it to itself. */
  readonly seed?: number;
}

/** What a call cost and brought, to be recorded before anything else happens. */
export interface CallResult {
  readonly pictures: readonly PaintedPicture[];
  readonly withheld: number;
  readonly costMicroUsd: number;
  readonly reference?: string;
}

/** Brings the init image and the mask to the size an offer paints. */
export type InitImageAt = (size: Size) => Promise<{ initImage: Picture; mask?: Picture }>;

/** One call: which offer, for which of the request's pictures, and for how long. */
export interface OfferCall {
  provider: ImageProvider;
  offer: Offer;
  request: GenerationRequest;
  aspect: AspectRatio;
  /** 0-based, consecutive; at most the offer's `imagesPerCall`. */
  indices: readonly number[];
  /** As `InitImageAt` brought them. */
  start: { initImage?: Picture; mask?: Picture };
  endUser: string | undefined;
  signal: AbortSignal;
  patienceMs: number;
  onReference: ProviderCall['onReference'];
}

/** A call was stopped before anything of it was sent: nobody can charge for it. */
export class UnsentError extends Error {
  constructor(cause: unknown) {
    super('stopped before it was sent', { cause });
    this.name = 'UnsentError';
  }
}

/**
 * Asks a provider for pictures. Throws what the provider throws; a call that outlives our patience is its failure, not
 * an abort. Throws `UnsentError` when it is aborted before anything was sent.
 */
export async function callOffer(call: OfferCall): Promise<CallResult> {
  const { provider, offer, request, aspect, indices, start, endUser, signal, onReference } = call;
  const inferenceSteps = stepsFor(offer, request);
  const { negativePrompt, guidanceScale } = request;
  const strength = strengthFor(offer, request);
  const answer = await withinPatience(call, (patience) =>
    provider.generate(
      {
        model: offer.model,
        mode: request.mode,
        prompt: request.prompt,
        ...fitSize(offer.sizes, aspect),
        aspect,
        seed: seedAt(request.seed, indices[0] ?? 0),
        count: indices.length,
        inferenceSteps,
        negativePrompt,
        guidanceScale,
        strength,
        ...start,
        endUser,
      },
      { signal: AbortSignal.any([signal, patience]), onReference },
    ),
  );
  // There is no place for more than was asked for.
  const pictures = answer.pictures.slice(0, indices.length);
  return {
    pictures: pictures.map((picture, position) => numbered(picture, position, call)),
    withheld: Math.min(answer.withheld, indices.length - pictures.length),
    // What was ordered is billed, be it withheld or broken.
    costMicroUsd: answer.costMicroUsd ?? priceOf(offer, request, aspect) * indices.length,
    reference: answer.reference,
  };
}

async function withinPatience<Answer>(
  { offer, signal, patienceMs }: OfferCall,
  ask: (patience: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const patience = new AbortController();
  const timer = currentClock().giveUpAfter(patienceMs, () => patience.abort());
  const mark = createSentMark();
  try {
    return await runMarked(mark, () => ask(patience.signal));
  } catch (error) {
    if (error instanceof ProviderFailedError) throw error;
    if (signal.aborted) throw mark.isUnsent() ? new UnsentError(error) : error;
    if (!patience.signal.aborted) throw error;
    throw new ProviderFailedError(`no answer within ${patienceMs} ms`, {
      provider: offer.providerLabel,
      ...(mark.isUnsent() ? { failure: 'network', billed: 'no' } : { failure: 'timeout', billed: 'possibly' }),
      cause: error,
    });
  } finally {
    timer.clear();
  }
}

function strengthFor(offer: Offer, { strength, mode }: GenerationRequest): number | undefined {
  const dial = dialsOf(offer, mode).strength;
  if (strength === undefined || dial === undefined) return undefined;
  return Math.min(dial.most, Math.max(dial.least, strength));
}

/** Gives a picture its place and its seed: the provider's word first, else the one we sent where it is honoured. */
function numbered(picture: ProviderPicture, position: number, { indices, offer, request }: OfferCall): PaintedPicture {
  const index = indices[position] ?? position;
  const known = picture.seed ?? (offer.seed === 'ours' ? seedAt(request.seed, index) : undefined);
  return {
    bytes: picture.bytes,
    mediaType: picture.mediaType,
    index,
    seed: known,
  };
}
