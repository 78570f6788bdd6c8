import { availableParallelism } from 'node:os';
import { ProviderFailedError, type ProviderFailure } from '../../errors.ts';
import type {
  ImageProvider,
  Offer,
  Picture,
  ProviderCall,
  ProviderRequest,
  ProviderResult,
} from '../../generation/provider.ts';
import { MODES, type Size, STRENGTH_RANGE, seedAt } from '../../generation/request.ts';
import { loadSharp } from '../../pixels/sharp.ts';
import type { Pixels } from './init-image.ts';
import type { PaintJob } from './paint.ts';
import { createPaintPool } from './paint-pool.ts';

const LABEL = 'Sketch';
const STEPS = { least: 1, most: 50, default: 8 } as const;

const offer: Offer = {
  provider: 'sketch',
  providerLabel: LABEL,
  model: 'sketch',
  modes: MODES,
  sizes: { kind: 'grid', least: 64, most: 2048, multipleOf: 8 },
  inferenceSteps: STEPS,
  seed: 'ours',
  negativePrompt: false,
  strength: { least: STRENGTH_RANGE.least, most: STRENGTH_RANGE.most },
  imagesPerCall: 4,
  promptCodePoints: 4000,
  price: () => 0,
};

interface SketchOptions {
  /** Pictures painted at once. Absent: two, or one on a single core. */
  threads?: number;
  /** The module the painting threads run. Absent: the painter. */
  entry?: URL;
}

/**
 * Easel's built-in painter: no key, no network, no AI. A small seeded pattern network turns prompt and seed into an
 * abstract picture, off the main thread; the same request gives the same pixels on every machine.
 */
export function createSketch({
  threads = Math.min(2, availableParallelism()),
  entry = new URL('./paint-worker.ts', import.meta.url),
}: SketchOptions = {}): ImageProvider {
  const pool = createPaintPool({ threads, entry });

  async function generate(request: ProviderRequest, { signal }: ProviderCall): Promise<ProviderResult> {
    signal.throwIfAborted();
    const { prompt, width, height, initImage, mask } = request;
    const [init, repaint] = await Promise.all([
      initImage && decode(initImage, request, 3),
      initImage && mask && decode(mask, request, 1),
    ]);
    const job: Omit<PaintJob, 'seed'> = {
      prompt,
      width,
      height,
      steps: request.inferenceSteps ?? STEPS.default,
      strength: request.strength ?? (repaint ? STRENGTH_RANGE.most : STRENGTH_RANGE.variation),
      ...(init && { init }),
      ...(repaint && { mask: repaint }),
    };

    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const paintOne = async (seed: number) => {
      const png = await pool.paint({ ...job, seed }, either);
      return { bytes: Buffer.from(png.buffer, png.byteOffset, png.byteLength), mediaType: 'image/png', seed } as const;
    };
    try {
      const seeds = Array.from({ length: request.count }, (_, index) => seedAt(request.seed, index));
      const pictures = await Promise.all(seeds.map(paintOne));
      signal.throwIfAborted();
      return { pictures, withheld: 0 };
    } catch (error) {
      failed.abort();
      signal.throwIfAborted();
      throw failure('a picture could not be painted', 'trouble', error);
    }
  }

  return { id: 'sketch', label: LABEL, offers: [offer], generate, close: () => pool.close() };
}

async function decode({ bytes }: Picture, { width, height }: Size, channels: 1 | 3): Promise<Pixels> {
  const sharp = await loadSharp();
  const decoded = sharp(bytes).flatten({ background: channels === 1 ? '#000000' : '#ffffff' });
  const { data, info } = await decoded
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw failure('a picture to start from does not decode', 'invalid-request', error);
    });
  if (info.width !== width || info.height !== height || info.channels !== channels) {
    throw failure(`a picture to start from is ${info.width}×${info.height}, not ${width}×${height}`, 'invalid-request');
  }
  return data;
}

function failure(message: string, reason: ProviderFailure, cause?: unknown): ProviderFailedError {
  return new ProviderFailedError(message, { provider: LABEL, failure: reason, billed: 'no', cause });
}
