import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createPainter, type PaintPicture, paintedSize } from './picture.ts';
import { type ContentFault, type RecordedRequest, type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

export interface NovitaStandInOptions {
  apiKey: string;
  latencyMs?: number;
  picture?: PaintPicture;
  /** The name this edition of the API knows; the other one is refused. */
  imageTypeField?: 'response_image_type' | 'response_image_format';
  /** Answers with a task only, which is still running for so many polls. */
  pollsBeforeDone?: number;
  /** The task ends in failure, with this reason. */
  taskFails?: string;
  /** What it links to instead of its own file. */
  link?: string;
}

export interface NovitaStandIn extends StandIn {
  /** Pictures painted, whether or not they were fetched. */
  readonly billed: number;
}

interface File {
  readonly bytes: Buffer;
  readonly signature: string;
}

interface Task {
  readonly links: readonly (string | null)[];
  polls: number;
}

const side = z.int().min(64).max(2048);
const imageType = z.enum(['png', 'webp', 'jpeg']).optional();
const expected = z.strictObject({
  prompt: z.string().refine((prompt) => prompt !== '' && [...prompt].length <= 1024),
  seed: z.int().min(0).max(4_294_967_295),
  steps: z.int().min(1).max(100),
  width: side,
  height: side,
  image_num: z.int().min(1).max(8),
  response_image_type: imageType,
  response_image_format: imageType,
});

/** Novita's flux-1-schnell as it is documented, and stricter where the document is silent. */
export async function startNovitaStandIn(options: NovitaStandInOptions): Promise<NovitaStandIn> {
  const { apiKey, latencyMs, imageTypeField = 'response_image_type', pollsBeforeDone, taskFails, link } = options;
  const painters = {
    png: options.picture ?? createPainter('png'),
    webp: createPainter('webp'),
    jpeg: createPainter('jpeg'),
  };
  const files = new Map<string, File>();
  const tasks = new Map<string, Task>();
  const unknownField = imageTypeField === 'response_image_type' ? 'response_image_format' : 'response_image_type';
  let billed = 0;

  async function create(request: RecordedRequest, fault: ContentFault | undefined): Promise<StandInAnswer> {
    if (request.method !== 'POST') return refuse(405, 'METHOD_NOT_ALLOWED');
    if (request.headers['content-type'] !== 'application/json') return refuse(400, 'INVALID_REQUEST_BODY');
    const body = expected.safeParse(request.json);
    if (!body.success || body.data[unknownField] !== undefined) return refuse(400, 'INVALID_REQUEST_BODY');
    const { seed, image_num: count } = body.data;
    const [width, height] = paintedSize(body.data.width, body.data.height, fault);
    const type = body.data[imageTypeField] ?? 'png';
    const links: (string | null)[] = [];
    for (let index = 0; index < (fault === 'empty-list' ? 0 : count); index += 1) {
      const bytes =
        fault === 'not-an-image' ? Buffer.from('not a picture') : await painters[type](width, height, seed + index);
      links.push(fault === 'null-string' ? null : (link ?? publish(bytes, type)));
    }
    billed += count;
    const taskId = randomUUID();
    tasks.set(taskId, { links, polls: 0 });
    const task = { task_id: taskId };
    if (pollsBeforeDone !== undefined) return { body: { task } };
    return { body: { images: describe(links, type), task } };
  }

  function poll({ query }: RecordedRequest): StandInAnswer {
    const taskId = query.get('task_id') ?? '';
    const task = tasks.get(taskId);
    if (task === undefined) return refuse(404, 'TASK_NOT_FOUND');
    task.polls += 1;
    const running = task.polls <= (pollsBeforeDone ?? 0);
    if (running) {
      const status = task.polls === 1 ? 'TASK_STATUS_QUEUED' : 'TASK_STATUS_PROCESSING';
      return { body: { task: { task_id: taskId, status, reason: '' }, images: [] } };
    }
    if (taskFails !== undefined) {
      return { body: { task: { task_id: taskId, status: 'TASK_STATUS_FAILED', reason: taskFails }, images: [] } };
    }
    const done = { task_id: taskId, status: 'TASK_STATUS_SUCCEED', reason: '' };
    return { body: { task: done, images: describe(task.links, 'png') } };
  }

  /** As S3-compatible stores answer: a key beside the signature is refused, and errors are XML. */
  function fetchFile({ path, query, headers }: RecordedRequest): StandInAnswer {
    const file = files.get(path);
    if (headers.authorization !== undefined) return refuseFile(400, 'InvalidArgument');
    if (file === undefined || query.get('X-Amz-Signature') !== file.signature) return refuseFile(403, 'AccessDenied');
    return { headers: { 'content-type': 'application/octet-stream' }, body: file.bytes };
  }

  function publish(bytes: Buffer, type: string): string {
    const path = `/files/${randomUUID()}.${type}`;
    const signature = randomUUID();
    files.set(path, { bytes, signature });
    return `${standIn.url}${path}?X-Amz-Expires=604800&X-Amz-Signature=${signature}`;
  }

  const standIn = await startStandIn({
    latencyMs,
    handle(request, fault) {
      if (request.path.startsWith('/files/')) return fetchFile(request);
      if (request.headers.authorization === undefined) return refuse(400, 'MISSING_API_KEY');
      if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(403, 'INVALID_API_KEY');
      if (request.path === '/v3beta/flux-1-schnell') return create(request, fault);
      if (request.path === '/v3/async/task-result' && request.method === 'GET') return poll(request);
      return refuse(404, 'API_NOT_FOUND');
    },
  });
  return {
    ...standIn,
    get billed() {
      return billed;
    },
  };
}

function describe(links: readonly (string | null)[], type: string) {
  return links.map((image_url) => ({ image_url, image_url_ttl: 604_800, image_type: type }));
}

function refuse(status: number, reason: string): StandInAnswer {
  return { status, body: { code: status, reason, message: reason.toLowerCase().replaceAll('_', ' '), metadata: {} } };
}

function refuseFile(status: number, code: string): StandInAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`,
  };
}
