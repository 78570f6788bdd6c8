import type { Attempt } from '../store/attempts.ts';
import type { Store } from '../store/open-store.ts';
import { patiently } from '../store/patiently.ts';
import type { PaintedPicture } from './call-offer.ts';
import { stepsFor } from './choose-offer.ts';
import type { ImageProvider, Offer } from './provider.ts';
import type { Failure, Generation, Outcome, Painted } from './record.ts';

/** How a generation ended. */
export interface Result {
  readonly outcome: Outcome;
  readonly painted?: Painted;
  readonly failure?: Failure;
  /** All its pictures, as long as they are in memory anyway; absent: the store has them. */
  readonly pictures?: readonly PaintedPicture[];
}

/** Who painted, as far as it is told. */
export type Painter = Pick<Offer, 'provider' | 'providerLabel' | 'model' | 'inferenceSteps'>;

/**
 * What a finished generation's message says of it, from what the store knows of its calls and pictures. All is paid
 * for by then, so it waits for the store.
 */
export async function summarise(
  { id, request }: Generation,
  offer: Painter,
  { store, providers }: { store: Pick<Store, 'attempts' | 'images'>; providers: readonly ImageProvider[] },
  told: Pick<Painted, 'paintingMs' | 'notes' | 'reason'>,
): Promise<Painted> {
  const images = await patiently(() => store.images.list(id, 'output'));
  const calls = await patiently(() => store.attempts.of(id));
  const withheld = countWithheld(calls);
  const [first] = images;
  const steps = stepsFor(offer, request);
  const labels = calls.flatMap(({ state, provider }) =>
    state === 'succeeded' ? providers.flatMap(({ id: known, label }) => (known === provider ? [label] : [])) : [],
  );
  return {
    provider: offer.provider,
    // Several where one brought only some of the pictures, and another the rest.
    providerLabel: labels.length === 0 ? offer.providerLabel : [...new Set(labels)].join(' + '),
    model: offer.model,
    width: first?.width ?? 0,
    height: first?.height ?? 0,
    inferenceSteps: steps,
    seeds: images.map((image) => image.seed ?? null),
    withheld,
    missing: Math.max(0, request.count - images.length - withheld),
    costMicroUsd: calls.reduce((sum, call) => sum + call.costMicroUsd, 0),
    ...told,
  };
}

/** Pictures of these calls that a safety filter held back. */
export function countWithheld(calls: readonly Attempt[]): number {
  return calls.reduce((sum, call) => sum + call.withheld, 0);
}
