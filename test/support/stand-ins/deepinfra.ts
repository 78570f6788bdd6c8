import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { z } from 'zod';
import { createPainter, encodePictures, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface DeepInfraStandInOptions {
  apiKey: string;
  latencyMs?: number;
  picture?: PaintPicture;
  /** The safety filter's word on each picture of the native route. */
  flagged?: readonly boolean[];
  /** A flagged picture comes as an empty string; otherwise it comes as painted. */
  emptyWhenFlagged?: boolean;
  /** The native route's own status. Default `succeeded`. */
  inferenceStatus?: 'succeeded' | 'failed';
  /** So many pictures more than it was asked for, on either route. */
  surplus?: number;
  /** The native route answers with nothing but the pictures. */
  bare?: boolean;
}

export interface DeepInfraStandIn extends StandIn {
  /** Pictures painted. */
  readonly billed: number;
  /** What they cost, in dollars: the native route says so with every answer. */
  readonly billedUsd: number;
}

const SCHNELL = 'black-forest-labs/FLUX-1-schnell';
const EDITORS = ['black-forest-labs/FLUX.1-Kontext-dev', 'black-forest-labs/FLUX.1-Kontext-pro'];
const REDUX = 'black-forest-labs/FLUX-1-Redux-dev';

const nativeSide = z.int().min(128).max(1440).multipleOf(16).default(1024);
const nativeBody = z.strictObject({
  prompt: z.string().min(1),
  num_images: z.int().min(1).max(4).default(1),
  num_inference_steps: z.int().min(1).max(50).default(1),
  width: nativeSide,
  height: nativeSide,
  seed: z.int().min(0).nullish(),
});

const size = z
  .string()
  .regex(/^\d+x\d+$/)
  .default('1024x1024')
  .transform((text) => text.split('x').map(Number))
  .pipe(z.tuple([z.int(), z.int()]))
  .refine((sides) => sides.every((side) => side % 32 === 0 && side >= 256 && side <= 1440));

const generationBody = z.strictObject({
  model: z.literal(SCHNELL),
  prompt: z.string().min(1),
  n: z.int().min(1).max(4).default(1),
  size,
  response_format: z.literal('b64_json').optional(),
  user: z.string().optional(),
});

const formCount = z.enum(['1', '2', '3', '4']).default('1').transform(Number);
const editForm = z.strictObject({
  image: z.instanceof(File),
  model: z.enum(EDITORS),
  prompt: z.string().min(1),
  n: formCount,
  size,
  response_format: z.literal('b64_json').optional(),
  user: z.string().optional(),
});
const variationForm = z.strictObject({ image: z.instanceof(File), model: z.literal(REDUX), n: formCount, size });

/** DeepInfra's two dialects, edits and variations as they are documented, and stricter where the document is silent. */
export async function startDeepInfraStandIn(options: DeepInfraStandInOptions): Promise<DeepInfraStandIn> {
  const { apiKey, latencyMs, flagged = [], emptyWhenFlagged = false, inferenceStatus = 'succeeded', bare } = options;
  const { surplus = 0 } = options;
  const paintPng = options.picture ?? createPainter('png');
  const paintJpeg = options.picture ?? createPainter('jpeg');
  let billed = 0;
  let billedUsd = 0;

  async function infer({ json }: RecordedRequest, fault: ContentFault | undefined): Promise<StandInAnswer> {
    const body = nativeBody.safeParse(json);
    if (!body.success) return refuseBody(body.error);
    const { num_images: count, num_inference_steps: steps, seed } = body.data;
    const [width, height] = paintedSize(body.data.width, body.data.height, fault);
    const used = seed ?? 1;
    const painted = await Promise.all(
      Array.from({ length: count + surplus }, (_, index) => paintPng(width, height, used + index)),
    );
    const cost = 0.0005 * (body.data.width / 1024) * (body.data.height / 1024) * steps * count;
    billed += count;
    billedUsd += cost;
    const images = encodePictures(painted, fault).map((text, index) => {
      if (emptyWhenFlagged && flagged[index]) return '';
      return fault === 'null-string' ? text : `data:image/png;base64,${text}`;
    });
    if (bare) return { body: { images } };
    return {
      body: {
        images,
        nsfw_content_detected: images.map((_, index) => flagged[index] ?? false),
        seed: used,
        request_id: `req-${randomUUID()}`,
        inference_status: {
          status: inferenceStatus,
          runtime_ms: 812,
          cost,
          tokens_generated: null,
          tokens_input: null,
        },
      },
    };
  }

  async function generate({ json }: RecordedRequest, fault: ContentFault | undefined): Promise<StandInAnswer> {
    const body = generationBody.safeParse(json);
    if (!body.success) return refuseBody(body.error);
    return paintOpenAi(body.data.n, body.data.size, 0.0005 * 4, fault);
  }

  async function edit(request: RecordedRequest, fault: ContentFault | undefined): Promise<StandInAnswer> {
    const form = editForm.safeParse(await readForm(request));
    if (!form.success) return refuseBody(form.error);
    if (!(await isPicture(form.data.image))) return refuseField('image', 'value_error');
    return paintOpenAi(form.data.n, form.data.size, 0.025, fault);
  }

  async function vary(request: RecordedRequest, fault: ContentFault | undefined): Promise<StandInAnswer> {
    const form = variationForm.safeParse(await readForm(request));
    if (!form.success) return refuseBody(form.error);
    if (!(await isPicture(form.data.image))) return refuseField('image', 'value_error');
    return paintOpenAi(form.data.n, form.data.size, 0.012, fault);
  }

  /** Of a seed it keeps to itself. */
  async function paintOpenAi(
    count: number,
    [width, height]: readonly [number, number],
    usdPerMegapixel: number,
    fault: ContentFault | undefined,
  ): Promise<StandInAnswer> {
    const [w, h] = paintedSize(width, height, fault);
    const painted = await Promise.all(
      Array.from({ length: count + surplus }, (_, index) => paintJpeg(w, h, billed + index)),
    );
    billed += count;
    billedUsd += usdPerMegapixel * (width / 1024) * (height / 1024) * count;
    const data = encodePictures(painted, fault).map((b64_json) => ({ b64_json, revised_prompt: null, url: null }));
    return { body: { created: 1_795_219_200, data } };
  }

  const routes: Readonly<Record<string, { type: RegExp; answer: typeof infer }>> = {
    [`/v1/inference/${SCHNELL}`]: { type: /^application\/json$/, answer: infer },
    '/v1/openai/images/generations': { type: /^application\/json$/, answer: generate },
    '/v1/openai/images/edits': { type: /^multipart\/form-data; boundary=/, answer: edit },
    '/v1/openai/images/variations': { type: /^multipart\/form-data; boundary=/, answer: vary },
  };

  const standIn = await startStandIn({
    latencyMs,
    handle(request, fault) {
      const { method, path, headers } = request;
      if (headers.authorization !== `Bearer ${apiKey}`) return refuse(401, 'User is not authenticated');
      const route = routes[path];
      if (route === undefined) return refuse(404, 'Model is not available');
      if (method !== 'POST') return refuse(405, 'Method Not Allowed');
      if (!route.type.test(headers['content-type'] ?? '')) return refuseField('content-type', 'value_error');
      return route.answer(request, fault);
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
    get billedUsd() {
      return billedUsd;
    },
  };
}

/** `undefined` for a body that is no form, and for one that names a field twice. */
async function readForm({ body, headers }: RecordedRequest): Promise<Record<string, unknown> | undefined> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const entries = [...form];
  return new Set(entries.map(([name]) => name)).size === entries.length ? Object.fromEntries(entries) : undefined;
}

/** The file has a name and is what its type says. */
async function isPicture(file: File): Promise<boolean> {
  const metadata = await sharp(await file.arrayBuffer())
    .metadata()
    .catch(() => undefined);
  return metadata !== undefined && file.type === `image/${metadata.format}` && file.name.includes('.');
}

function refuse(status: number, error: string): StandInAnswer {
  return { status, body: { detail: { error } } };
}

function refuseBody({ issues }: z.ZodError): StandInAnswer {
  const detail = issues.map(({ path, code, message }) => ({ loc: ['body', ...path], msg: message, type: code }));
  return { status: 422, body: { detail } };
}

function refuseField(name: string, type: string): StandInAnswer {
  return { status: 422, body: { detail: [{ loc: ['body', name], msg: `bad ${name}`, type }] } };
}
