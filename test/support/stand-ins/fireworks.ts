import { z } from 'zod';
import { createPainter, encodePictures, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface FireworksStandInOptions {
  apiKey: string;
  /** Which edition of its page it follows. Default `seed`. */
  dialect?: 'seed' | 'current';
  latencyMs?: number;
  /** Default: flat PNGs. */
  picture?: PaintPicture;
  /** How JSON answers carry pictures: the page has shown all three. Default `list`. */
  base64As?: 'list' | 'data-uris' | 'string';
}

export interface FireworksStandIn extends StandIn {
  /** Pictures painted so far, the filtered ones included. */
  readonly billed: number;
}

/** With `safety_check`, a prompt with this word in it brings a filtered picture. */
export const FIREWORKS_FILTERED = 'filtered';

const PATH = '/inference/v1/workflows/accounts/fireworks/models/flux-1-schnell-fp8/text_to_image';
const SIZES = [
  '1024x1024',
  '1152x896',
  '896x1152',
  '1216x832',
  '832x1216',
  '1344x768',
  '768x1344',
  '1536x640',
  '640x1536',
];
const RATIO_SIZES = {
  '1:1': [1024, 1024],
  '21:9': [1536, 640],
  '16:9': [1344, 768],
  '3:2': [1216, 832],
  '5:4': [1088, 896],
  '4:5': [896, 1088],
  '2:3': [832, 1216],
  '9:16': [768, 1344],
  '9:21': [640, 1536],
  '4:3': [1152, 896],
  '3:4': [896, 1152],
} as const;

const side = z.int().min(512).max(1536);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .default(0);

interface Order {
  width: number;
  height: number;
  samples: number;
  seed: number;
  filtered: boolean;
}

const seedDialect = z
  .strictObject({
    prompt: z.string().min(1),
    negative_prompt: z.string().optional(),
    width: side.default(1024),
    height: side.default(1024),
    cfg_scale: z.number().min(0).optional(),
    sampler: z.enum(['K_EULER', 'K_DPMPP_2M']).nullish(),
    samples: z.int().min(1).default(1),
    seed,
    steps: z.int().min(1).default(4),
    safety_check: z.boolean().default(false),
  })
  .refine(({ width, height }) => SIZES.includes(`${width}x${height}`), { path: ['width'], message: 'unsupported size' })
  .transform(
    ({ prompt, safety_check: check, ...rest }): Order => ({
      ...rest,
      filtered: check && prompt.includes(FIREWORKS_FILTERED),
    }),
  );

const currentDialect = z
  .strictObject({
    prompt: z.string().min(1),
    aspect_ratio: z
      .enum(['1:1', '21:9', '16:9', '3:2', '5:4', '4:5', '2:3', '9:16', '9:21', '4:3', '3:4'])
      .default('1:1'),
    guidance_scale: z.number().min(0).optional(),
    num_inference_steps: z.int().min(1).default(4),
    seed,
  })
  .transform(({ aspect_ratio: ratio, seed: asked }): Order => {
    const [width, height] = RATIO_SIZES[ratio];
    return { width, height, samples: 1, seed: asked, filtered: false };
  });

/** Fireworks' FLUX.1 [schnell] FP8 page, in the older edition or today's (read 2026-11), no more and no less. */
export async function startFireworksStandIn(options: FireworksStandInOptions): Promise<FireworksStandIn> {
  const { apiKey, dialect = 'seed', latencyMs, picture = createPainter('png'), base64As = 'list' } = options;
  const schema = dialect === 'seed' ? seedDialect : currentDialect;
  let billed = 0;

  const paint = async (order: Order, json: boolean, fault: ContentFault | undefined): Promise<StandInAnswer> => {
    const used = order.seed === 0 ? 4_711 : order.seed;
    const [width, height] = paintedSize(order.width, order.height, fault);
    const pictures = await Promise.all(
      Array.from({ length: order.samples }, (_, index) => picture(width, height, used + index)),
    );
    billed += order.samples;
    const finishReason = order.filtered ? 'CONTENT_FILTERED' : 'SUCCESS';
    if (!json) {
      const body = spoilBinary(pictures[0] ?? Buffer.alloc(0), fault);
      return { headers: { 'content-type': 'image/png', seed: String(used), 'finish-reason': finishReason }, body };
    }
    const list = encodePictures(pictures, fault);
    const base64 = {
      list,
      'data-uris': list.map((one) => `data:image/png;base64,${one}`),
      string: list[0] ?? '',
    }[base64As];
    return { body: { id: 'request-1', base64, finishReason, seed: used } };
  };

  const standIn = await startStandIn({
    latencyMs,
    handle(request, fault) {
      const refused = refuse(request, apiKey, dialect);
      if (refused !== undefined) return refused;
      const parsed = schema.safeParse(request.json);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        return failure(400, 'INVALID_REQUEST', issue?.message ?? '', issue?.path.join('.') ?? null);
      }
      const json = request.headers.accept === 'application/json';
      if (!json && parsed.data.samples > 1)
        return failure(400, 'INVALID_REQUEST', 'several samples need JSON', 'samples');
      return paint(parsed.data, json, fault);
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
  };
}

function refuse(
  { method, path, headers }: RecordedRequest,
  apiKey: string,
  dialect: string,
): StandInAnswer | undefined {
  if (path !== PATH) return failure(404, 'NOT_FOUND', 'Model not found, inaccessible, and/or not deployed', 'model');
  if (method !== 'POST') return failure(405, 'METHOD_NOT_ALLOWED', 'Method not allowed', null);
  if (headers.authorization !== `Bearer ${apiKey}`) return failure(401, 'UNAUTHORIZED', 'The API key is invalid', null);
  if (headers['content-type'] !== 'application/json') return failure(400, 'INVALID_REQUEST', 'not JSON', null);
  const accepts = dialect === 'seed' ? ['image/png', 'application/json'] : ['image/png'];
  if (!accepts.includes(headers.accept ?? '')) return failure(400, 'INVALID_REQUEST', 'unsupported Accept', null);
  if (headers['json-return-image-accept'] !== undefined && headers.accept !== 'application/json') {
    return failure(400, 'INVALID_REQUEST', 'Json-Return-Image-Accept without JSON', null);
  }
  return undefined;
}

function failure(status: number, code: string, message: string, param: string | null): StandInAnswer {
  return { status, body: { error: { message, code, param, type: 'invalid_request_error' } } };
}

function spoilBinary(picture: Buffer, fault: ContentFault | undefined): Buffer {
  switch (fault) {
    case 'empty-list':
      return Buffer.alloc(0);
    case 'null-string':
      return Buffer.from('null');
    case 'wrong-base64':
    case 'not-an-image':
      return Buffer.from('this is not a picture at all');
    default:
      return picture;
  }
}
