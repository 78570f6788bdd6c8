import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { answerParent } from './ipc.ts';
import { buildPictureBytes } from './picture.ts';

// A program of its own: answers as Fireworks does for one picture (the bytes themselves) and as OctoAI does (base64 in
// JSON), as fast as it can and never in less than the time it was told to take.

const octoAiOrder = z.looseObject({ num_images: z.int().min(1).default(1) });
const paint = z.object({ bytes: z.int().min(64), latencyMs: z.number().min(0) });

let latencyMs = 0;
let picture: Buffer = Buffer.alloc(0);
let image = '';

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const began = performance.now();
  answer(request, response, began).catch(() => response.destroy());
});

async function answer(request: IncomingMessage, response: ServerResponse, began: number): Promise<void> {
  const order = await buffer(request);
  const left = latencyMs - (performance.now() - began);
  if (left > 0) await delay(left);
  const [type, body] = request.url?.startsWith('/generate/')
    ? ['application/json', answerInJson(octoAiOrder.parse(JSON.parse(order.toString())).num_images)]
    : ['image/png', picture];
  response.writeHead(200, {
    'content-type': String(type),
    'content-length': body.length,
    'finish-reason': 'SUCCESS',
    seed: '7',
  });
  response.end(body);
}

function answerInJson(count: number): Buffer {
  return Buffer.from(`{"images":[${Array.from({ length: count }, () => image).join(',')}]}`);
}

answerParent({
  async open() {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return z.object({ port: z.int() }).parse(server.address()).port;
  },
  paint(input) {
    const order = paint.parse(input);
    latencyMs = order.latencyMs;
    picture = buildPictureBytes(order.bytes);
    image = JSON.stringify({ image_b64: picture.toString('base64'), removed_for_safety: false, seed: 7 });
  },
});
