import { setTimeout as delay } from 'node:timers/promises';
import type {
  ImageProvider,
  Offer,
  ProviderCall,
  ProviderRequest,
  ProviderResult,
} from '../../src/generation/provider.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { createPainter } from './stand-ins/picture.ts';

/** An offer that can do everything, at 0.3 cents a picture. */
export function makeOffer(made: Partial<Offer> = {}): Offer {
  const provider = made.provider ?? 'acme';
  return {
    provider,
    providerLabel: provider.charAt(0).toUpperCase() + provider.slice(1),
    model: 'flux-schnell',
    modes: ['text-to-image', 'image-to-image'],
    sizes: {
      kind: 'pairs',
      pairs: [
        [64, 64],
        [96, 54],
        [54, 96],
      ],
    },
    inferenceSteps: { least: 1, most: 12, default: 4 },
    seed: 'ours',
    guidanceScale: { least: 0, most: 10 },
    negativePrompt: true,
    strength: { least: 0.05, most: 1 },
    imagesPerCall: 1,
    promptCodePoints: 2_000,
    price: () => 3_000,
    ...made,
  };
}

export function makeRequest(made: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    prompt: 'a fox',
    model: 'flux-schnell',
    mode: 'text-to-image',
    aspect: '1:1',
    seed: 7,
    seedGiven: false,
    count: 1,
    ...made,
  };
}

/** What a vendor does with one call; `paint` is what it does when all is well. */
export type Behaviour = (
  request: ProviderRequest,
  call: ProviderCall,
  paint: () => Promise<ProviderResult>,
) => Promise<ProviderResult>;

/** A vendor in memory that paints real pictures, and remembers what it was asked. */
export interface MemoryProvider extends ImageProvider {
  readonly calls: readonly ProviderRequest[];
}

export function makeProvider(
  offers: Offer | readonly Offer[] = makeOffer(),
  behave: Behaviour = (_request, _call, paint) => paint(),
): MemoryProvider {
  const all = [offers].flat();
  const [first] = all;
  if (first === undefined) throw new RangeError('a provider without an offer');
  const painter = createPainter('png');
  const calls: ProviderRequest[] = [];
  return {
    id: first.provider,
    label: first.providerLabel,
    offers: all,
    calls,
    async generate(request, call) {
      calls.push(request);
      const { width, height, seed, count } = request;
      return behave(request, call, async () => ({
        pictures: await Promise.all(
          Array.from({ length: count }, async (_, index) => ({
            bytes: Buffer.from(await painter(width, height, seed + index)),
            mediaType: 'image/png' as const,
          })),
        ),
        withheld: 0,
      }));
    },
  };
}

/** Never answers; throws the reason when it is stopped. */
export const hang: Behaviour = async (_request, { signal }) => {
  await delay(2 ** 31 - 1, undefined, { signal, ref: false }).catch(() => {});
  throw signal.reason;
};
