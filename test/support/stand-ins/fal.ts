import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { z } from 'zod';
import { createPainter, encodePictures, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface FalStandInOptions {
  apiKey: string;
  latencyMs?: number;
  picture?: PaintPicture;
  /** The safety checker's word on each picture. */
  flagged?: readonly boolean[];
  /** Ignores `sync_mode` and links to files: its own, or this address. */
  links?: true | string;
}

export interface FalStandIn extends StandIn {
  /** Pictures painted. */
  readonly billed: number;
}

const size = z.strictObject({ width: z.int().min(512).max(1536), height: z.int().min(512).max(1536) });
const dataUri = z.string().regex(/^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}$/);
const common = {
  prompt: z.string().min(1),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  output_format: z.enum(['jpeg', 'png']).optional(),
  enable_safety_checker: z.boolean().optional(),
  sync_mode: z.boolean().optional(),
};
const several = { num_images: z.int().min(1).max(4).default(1), guidance_scale: z.number().min(1).max(20).optional() };
const preset = z.enum(['square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3', 'landscape_16_9']);
const fromText = { ...common, ...several, image_size: z.union([preset, size]).optional() };
const steps = (least: number, most: number) => z.int().min(least).max(most).optional();

const endpoints = {
  '/fal-ai/flux/schnell': z.strictObject({ ...fromText, num_inference_steps: steps(1, 12) }),
  '/fal-ai/flux/dev': z.strictObject({ ...fromText, num_inference_steps: steps(1, 50) }),
  '/fal-ai/flux/dev/image-to-image': z.strictObject({
    ...common,
    ...several,
    image_url: dataUri,
    strength: z.number().min(0.01).max(1).optional(),
    num_inference_steps: steps(10, 50),
  }),
  '/fal-ai/flux-lora-fill': z.strictObject({
    ...common,
    prompt: z.string().default(''),
    image_url: dataUri,
    mask_url: dataUri,
    guidance_scale: z.number().min(28).max(35).optional(),
    num_inference_steps: steps(1, 50),
    paste_back: z.boolean().optional(),
    resize_to_original: z.boolean().optional(),
  }),
};
type Body = z.output<(typeof endpoints)[keyof typeof endpoints]>;

/** fal.ai's direct style for the four endpoints we use, as documented and stricter where the document is silent. */
export async function startFalStandIn(options: FalStandInOptions): Promise<FalStandIn> {
  const { apiKey, latencyMs, flagged = [], links } = options;
  const painters = { png: options.picture ?? createPainter('png'), jpeg: createPainter('jpeg') };
  const files = new Map<string, Buffer>();
  let billed = 0;

  async function paint(body: Body, fault: ContentFault | undefined): Promise<StandInAnswer> {
    const asked = await sizeOf(body);
    if (asked === undefined) return refuse(422, 'image_load_error', ['body', 'image_url']);
    const { output_format: format = 'jpeg', seed = 1 } = body;
    const count = 'num_images' in body ? body.num_images : 1;
    const [width, height] = paintedSize(asked.width, asked.height, fault);
    const painted = await Promise.all(
      Array.from({ length: count }, (_, index) => painters[format](width, height, seed + index)),
    );
    billed += count;
    const encoded = encodePictures(painted, fault);
    const images = encoded.map((text, index) => ({
      url: fault === 'null-string' ? text : place(text, painted[index], format, body.sync_mode),
      content_type: `image/${format}`,
      width,
      height,
    }));
    return {
      headers: { 'x-fal-request-id': randomUUID() },
      body: {
        images,
        seed,
        has_nsfw_concepts: images.map((_, index) => flagged[index] ?? false),
        prompt: body.prompt,
        timings: { inference: 0.6 },
      },
    };
  }

  function place(base64: string, bytes: Buffer | undefined, format: string, inline = false): string {
    if (inline && links === undefined) return `data:image/${format};base64,${base64}`;
    if (typeof links === 'string') return links;
    const path = `/files/${randomUUID()}.${format}`;
    files.set(path, bytes ?? Buffer.alloc(0));
    return standIn.url + path;
  }

  const standIn = await startStandIn({
    latencyMs,
    handle({ method, path, headers, json }: RecordedRequest, fault) {
      const file = files.get(path);
      if (file !== undefined) {
        return headers.authorization === undefined ? { body: file } : refuseRun(400, 'bad_request');
      }
      if (headers.authorization !== `Key ${apiKey}`)
        return { status: 401, body: { detail: 'Cannot access application' } };
      const endpoint = Object.entries(endpoints).find(([known]) => known === path)?.[1];
      if (endpoint === undefined) return { status: 404, body: { detail: `Path ${path} not found` } };
      if (method !== 'POST') return { status: 405, body: { detail: 'Method Not Allowed' } };
      if (headers['content-type'] !== 'application/json') return refuseRun(400, 'bad_request');
      const body = endpoint.safeParse(json);
      if (body.success) return paint(body.data, fault);
      const [issue] = body.error.issues;
      return refuse(422, issue?.code ?? 'value_error', ['body', ...(issue?.path ?? []).map(String)]);
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
  };
}

/** Of the picture to paint: as asked, else the init image's. `undefined` when a picture cannot be read or does not fit its mask. */
async function sizeOf(body: Body): Promise<{ width: number; height: number } | undefined> {
  if ('image_size' in body) return typeof body.image_size === 'object' ? body.image_size : { width: 1024, height: 768 };
  if (!('image_url' in body)) return { width: 1024, height: 768 };
  const image = await readSize(body.image_url);
  if (!('mask_url' in body)) return image;
  const mask = await readSize(body.mask_url);
  return image?.width === mask?.width && image?.height === mask?.height ? image : undefined;
}

async function readSize(uri: string): Promise<{ width: number; height: number } | undefined> {
  const bytes = Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');
  return sharp(bytes)
    .metadata()
    .catch(() => undefined);
}

/** What the model itself refuses. */
function refuse(status: number, type: string, loc: readonly string[]): StandInAnswer {
  const url = `https://docs.fal.ai/errors/#${type}`;
  return {
    status,
    headers: { 'x-fal-retryable': 'false', 'x-fal-request-id': randomUUID() },
    body: { detail: [{ loc, msg: `about ${loc.join('.')}`, type, url, input: null }] },
  };
}

/** What the machinery around it refuses. */
function refuseRun(status: number, type: string): StandInAnswer {
  return {
    status,
    headers: { 'x-fal-error-type': type },
    body: { detail: type.replaceAll('_', ' '), error_type: type },
  };
}
