import { z } from 'zod';
import { sniffMediaType } from '../../../src/pixels/media-type.ts';
import { readPictureSize } from '../../../src/pixels/picture-size.ts';
import { createPainter, encodePictures, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface OctoAiStandInOptions {
  apiKey: string;
  latencyMs?: number;
  /** Default: flat JPEGs. */
  picture?: PaintPicture;
  /** Indexes of the pictures its safety filter holds back, in every answer. */
  withheld?: readonly number[];
}

export interface OctoAiStandIn extends StandIn {
  /** Pictures painted so far, the withheld ones included. */
  readonly billed: number;
}

/** A prompt with this word in it is against the policy. */
export const OCTOAI_FORBIDDEN = 'forbidden';

const SIZES = [
  '512x512',
  '576x1024',
  '640x1536',
  '768x1024',
  '768x1344',
  '832x1216',
  '896x1152',
  '1024x576',
  '1024x768',
  '1024x1024',
  '1152x896',
  '1216x832',
  '1344x768',
  '1536x640',
];

const seed = z
  .int()
  .positive()
  .max(2 ** 32 - 1);
const bareBase64 = z.base64().min(1);

const schnell = z.strictObject({
  prompt: z.string().min(1).max(10_000),
  cfg_scale: z.number().positive().max(50).optional(),
  num_images: z.int().min(1).max(16).default(1),
  seed: z.union([seed, z.array(seed.nullable())]).nullish(),
  steps: z.int().min(1).max(200).optional(),
  width: z.int().nullish(),
  height: z.int().nullish(),
  loras: z.record(z.string(), z.number()).nullish(),
  image_encoding: z.enum(['jpeg', 'png']).optional(),
  log_prompt: z.boolean().optional(),
});
const dev = schnell.extend({
  init_image: bareBase64.optional(),
  strength: z.number().positive().max(1).optional(),
  mask_image: bareBase64.optional(),
  inpaint_full_res: z.boolean().optional(),
  inpaint_full_res_padding: z.int().optional(),
});
type Body = z.output<typeof dev>;

const MODELS: Readonly<Record<string, z.ZodType<Body>>> = {
  '/generate/flux-schnell': schnell,
  '/generate/flux-dev': dev,
};

/** OctoAI's image generation as its OpenAPI file of October 2024 describes it, no more and no less. */
export async function startOctoAiStandIn(options: OctoAiStandInOptions): Promise<OctoAiStandIn> {
  const { apiKey, latencyMs, picture = createPainter('jpeg'), withheld = [] } = options;
  let billed = 0;

  const paint = async (body: Body, fault: ContentFault | undefined): Promise<StandInAnswer> => {
    const { num_images: count } = body;
    const seeds = Array.from({ length: count }, (_, index) => seedOf(body, index));
    const [width, height] = paintedSize(body.width ?? 1024, body.height ?? 1024, fault);
    const painted = await Promise.all(seeds.map((one) => picture(width, height, one)));
    billed += count;
    const images = encodePictures(painted, fault).map((image, index) => ({
      image_b64: withheld.includes(index) ? null : image,
      removed_for_safety: withheld.includes(index),
      safety_score: null,
      seed: seeds[index],
    }));
    return { body: { images, prediction_time_ms: 812.4 } };
  };

  const standIn = await startStandIn({
    latencyMs,
    handle(request, fault) {
      const read = readRequest(request, apiKey);
      return 'refused' in read ? read.refused : paint(read.body, fault);
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
  };
}

function readRequest(request: RecordedRequest, apiKey: string): { body: Body } | { refused: StandInAnswer } {
  const schema = MODELS[request.path];
  if (schema === undefined) return { refused: { status: 404, body: { detail: 'Not Found' } } };
  if (request.method !== 'POST') return { refused: { status: 405, body: { detail: 'Method Not Allowed' } } };
  if (request.headers.authorization !== `Bearer ${apiKey}`) {
    return { refused: { status: 401, body: { message: 'Invalid or missing token' } } };
  }
  if (request.headers['content-type'] !== 'application/json' || request.headers.accept !== 'application/json') {
    return { refused: { status: 415, body: { detail: 'Unsupported Media Type' } } };
  }
  if (request.body.byteLength > 10 * 1024 * 1024) return { refused: { status: 413, body: 'Request Entity Too Large' } };
  const parsed = schema.safeParse(request.json);
  const issues = parsed.success ? objections(parsed.data) : parsed.error.issues;
  if (issues.length > 0 || !parsed.success) return { refused: { status: 422, body: { detail: issues.map(describe) } } };
  if (parsed.data.prompt.includes(OCTOAI_FORBIDDEN)) {
    const message = `Your request "${parsed.data.prompt}" violates the Acceptable Use Policy.`;
    return { refused: { status: 400, body: { message } } };
  }
  return { body: parsed.data };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function objections(body: Body): Issue[] {
  const size = `${body.width ?? 1024}x${body.height ?? 1024}`;
  const issues: Issue[] = [];
  if (!SIZES.includes(size)) issues.push({ path: ['width'], message: `${size} is not supported` });
  if (Array.isArray(body.seed) && body.seed.length !== body.num_images) {
    issues.push({ path: ['seed'], message: 'as many seeds as images' });
  }
  if (body.mask_image !== undefined && body.init_image === undefined) {
    issues.push({ path: ['mask_image'], message: 'needs init_image' });
  }
  for (const field of ['init_image', 'mask_image'] as const) {
    const text = body[field];
    if (text !== undefined && !isPictureOf(text, size))
      issues.push({ path: [field], message: `not a picture of ${size}` });
  }
  return issues;
}

function isPictureOf(base64: string, size: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  const found = readPictureSize(bytes);
  const mediaType = sniffMediaType(bytes);
  return (mediaType === 'image/png' || mediaType === 'image/jpeg') && `${found?.width}x${found?.height}` === size;
}

function describe({ path, message }: Issue) {
  return { loc: ['body', ...path.map(String)], msg: message, type: 'value_error' };
}

function seedOf({ seed: asked }: Body, index: number): number {
  const one = Array.isArray(asked) ? asked[index] : asked;
  return one == null ? 1_000 + index : Array.isArray(asked) ? one : one + index;
}
