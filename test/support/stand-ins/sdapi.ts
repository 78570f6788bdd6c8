import sharp from 'sharp';
import { z } from 'zod';
import { createPainter, encodePictures, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface SdapiStandInOptions {
  /** `user:password`. Only Forge can ask for it. */
  auth?: string;
  /** Whose errors and habits it has. Default `forge`. */
  server?: 'forge' | 'sd-server';
  latencyMs?: number;
  picture?: PaintPicture;
  /** `info` in place of what the server would write. */
  info?: unknown;
  /** One more picture behind those asked for. */
  addsGrid?: boolean;
}

export interface SdapiStandIn extends StandIn {
  /** Pictures painted. */
  readonly billed: number;
}

interface Side {
  readonly width: number;
  readonly height: number;
}

const side = z.int().min(64).max(2048).multipleOf(64).default(512);
const base64 = z.string().regex(/^(data:image\/\w+;base64,)?[A-Za-z0-9+/]+={0,2}$/);
const txt2img = {
  prompt: z.string().min(1),
  negative_prompt: z.string().optional(),
  width: side,
  height: side,
  steps: z.int().min(1).max(150).default(50),
  cfg_scale: z.number().min(1).max(30).default(7),
  distilled_cfg_scale: z.number().optional(),
  seed: z.int().min(-1).max(4_294_967_295).default(-1),
  batch_size: z.int().min(1).max(8).default(1),
  n_iter: z.literal(1).optional(),
  sampler_name: z.string().optional(),
  scheduler: z.string().optional(),
  send_images: z.literal(true).optional(),
  override_settings: z.record(z.string(), z.unknown()).optional(),
};
const img2img = {
  ...txt2img,
  init_images: z.array(base64).min(1).optional(),
  denoising_strength: z.number().min(0).max(1).default(0.75),
  mask: base64.optional(),
  inpainting_mask_invert: z.union([z.literal(0), z.literal(1)]).optional(),
  mask_blur: z.int().min(0).optional(),
  inpainting_fill: z.int().min(0).max(3).optional(),
  inpaint_full_res: z.boolean().optional(),
  inpaint_full_res_padding: z.int().optional(),
  resize_mode: z.int().min(0).max(2).optional(),
  include_init_images: z.boolean().optional(),
};
const routes = {
  '/sdapi/v1/txt2img': z.strictObject(txt2img),
  '/sdapi/v1/img2img': z.strictObject(img2img),
};
type Body = z.output<(typeof routes)[keyof typeof routes]>;

/** `/sdapi/v1` as Forge and sd-server speak it; burnt pictures and squashed init images are errors here. */
export async function startSdapiStandIn(options: SdapiStandInOptions = {}): Promise<SdapiStandIn> {
  const { auth, server = 'forge', latencyMs, addsGrid = false } = options;
  const paint = options.picture ?? createPainter('png');
  let billed = 0;

  async function answer(body: Body, fault: ContentFault | undefined): Promise<StandInAnswer> {
    if (body.cfg_scale !== 1) return refuse(422, 'cfg_scale burns a distilled model');
    const [width, height] = paintedSize(body.width, body.height, fault);
    const seed = body.seed === -1 ? 3511 : body.seed;
    const seeds = Array.from({ length: body.batch_size }, (_, index) => seed + index);
    const painted = await Promise.all(seeds.map((one) => paint(width, height, one)));
    billed += painted.length;
    const images = encodePictures(painted, fault);
    if (addsGrid) images.push((await paint(64, 64, 0)).toString('base64'));
    const written = JSON.stringify({ prompt: body.prompt, seed, all_seeds: seeds, infotexts: seeds.map(String) });
    return { body: { images, parameters: { ...body, init_images: null }, info: options.info ?? written } };
  }

  /** What is wrong with the pictures of an img2img body. */
  async function refusePictures(body: Body): Promise<StandInAnswer | undefined> {
    if (!('denoising_strength' in body)) return undefined;
    const [initImage] = body.init_images ?? [];
    if (initImage === undefined) return refuse(404, 'Init image not found');
    const sizes = await Promise.all([initImage, ...(body.mask === undefined ? [] : [body.mask])].map(readSize));
    if (sizes.includes(undefined)) return refuse(500, 'Invalid encoded image');
    const fits = sizes.every((size) => size?.width === body.width && size.height === body.height);
    return fits ? undefined : refuse(422, 'the picture would be squashed');
  }

  function refuse(status: number, detail: string): StandInAnswer {
    if (server === 'forge') return { status, body: { error: 'HTTPException', detail, body: '', errors: '' } };
    if (status >= 500) return { status, body: { error: 'server_error', message: detail } };
    return { status: 400, body: { error: detail } };
  }

  const standIn = await startStandIn({
    latencyMs,
    async handle({ method, path, headers, json }: RecordedRequest, fault) {
      const expected = auth === undefined ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`;
      if (headers.authorization !== expected) {
        return { status: 401, body: { detail: 'Incorrect username or password' } };
      }
      const route = Object.entries(routes).find(([known]) => known === path)?.[1];
      if (route === undefined) return { status: 404, body: { detail: 'Not Found' } };
      if (method !== 'POST') return { status: 405, body: { detail: 'Method Not Allowed' } };
      const body = route.safeParse(json);
      if (headers['content-type'] !== 'application/json' || !body.success) {
        const detail = body.error?.issues.map(({ path: at, code, message }) => ({
          loc: ['body', ...at],
          msg: message,
          type: code,
        }));
        return server === 'forge' ? { status: 422, body: { detail } } : refuse(400, 'invalid request');
      }
      return (await refusePictures(body.data)) ?? answer(body.data, fault);
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
  };
}

async function readSize(text: string): Promise<Side | undefined> {
  return sharp(Buffer.from(text.slice(text.indexOf(',') + 1), 'base64'))
    .metadata()
    .catch(() => undefined);
}
