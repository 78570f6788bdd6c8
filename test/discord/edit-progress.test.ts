import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createProgressEditor, type Progress } from '../../src/discord/edit-progress.ts';
import { createInteractionRest } from '../../src/discord/rest.ts';
import type { Generation } from '../../src/generation/record.ts';
import { createClock, newGeneration } from '../support/generations.ts';

const generation: Generation = {
  ...newGeneration({ id: '1180000000000000001', applicationId: '1180000000000000002', sealedToken: 'sealed' }),
  state: 'queued',
  erased: false,
  claims: 0,
};
const text = z.object({ components: z.tuple([z.object({ content: z.string() })]).rest(z.unknown()) });

/** An API that answers with `status`, and what it was asked. */
async function startWorld({
  status = 200,
  openToken = () => 'token',
}: {
  status?: number;
  openToken?: () => string | undefined;
} = {}) {
  const asked: { path: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    asked.push({ path: `${request.method} ${request.url}`, body: await json(request) });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"id":"1","code":10008}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const clock = createClock();
  const rest = createInteractionRest({ apiUrl: `http://127.0.0.1:${port}/api` });
  return { asked, clock, edit: createProgressEditor({ rest, openToken, now: clock.now }) };
}

const INSTEAD = { kind: 'instead', provider: 'Fireworks', other: 'Novita' } as const;

describe('a progress edit', () => {
  it.each<[Progress, string]>([
    [{ kind: 'waiting', before: 0 }, 'You are next in line…'],
    [{ kind: 'waiting', before: 0, seconds: 4 }, 'You are next in line, about 4 s to go…'],
    [{ kind: 'waiting', before: 2, seconds: 9 }, '2 before you, about 9 s to go…'],
    [{ kind: 'pausing', seconds: 9 }, 'That did not work yet. Trying again in 9 s…'],
    [{ kind: 'painting', provider: 'Novita', seconds: 7 }, 'Novita is painting, 7 s so far…'],
    [{ kind: 'price', provider: 'Novita', count: 3, priceMicroUsd: 9_000 }, '3 pictures by Novita for about $0.00900…'],
    [{ ...INSTEAD, because: 'failed' }, 'Novita failed, trying Fireworks…'],
    [{ ...INSTEAD, because: 'slow' }, 'Novita is slow, trying Fireworks…'],
    [
      { ...INSTEAD, because: 'busy', price: { count: 3, priceMicroUsd: 9_000 } },
      'Novita is busy, trying Fireworks, 3 pictures for about $0.00900…',
    ],
  ])('says of %o: %s', async (progress, sentence) => {
    const { asked, edit } = await startWorld();
    await edit(generation, progress);
    expect(asked).toMatchObject([
      {
        path: 'PATCH /api/v10/webhooks/1180000000000000002/token/messages/@original',
        body: {
          components: [
            { content: sentence },
            { components: [{ label: 'Cancel', custom_id: 'v1:job:cancel:1180000000000000001' }] },
          ],
        },
      },
    ]);
    expect(text.parse(asked[0]?.body).components[0].content).toMatch(/…$/);
  });

  it('is not made with a token that is gone, or about to', async () => {
    const { asked, clock, edit } = await startWorld();
    const { sealedToken: _, ...tokenless } = generation;
    await edit(tokenless, { kind: 'waiting', before: 0 });
    clock.advance(14 * 60_000);
    await edit(generation, { kind: 'waiting', before: 0 });
    expect(asked).toEqual([]);
  });

  it('is not made with a token that cannot be opened', async () => {
    const { asked, edit } = await startWorld({ openToken: () => undefined });
    await edit(generation, { kind: 'waiting', before: 0 });
    expect(asked).toEqual([]);
  });

  it.each([
    [404, false],
    [401, false],
    [403, true],
    [200, true],
  ])('that is answered %s is nobody’s trouble, and may be tried again: %s', async (status, mayAgain) => {
    const { asked, edit } = await startWorld({ status });
    expect(await edit(generation, { kind: 'waiting', before: 0 })).toBe(mayAgain);
    expect(asked).toHaveLength(1);
  });

  it('can be the last one: it says so, and promises no other', async () => {
    const { asked, edit } = await startWorld();
    await edit(generation, { kind: 'late' });
    expect(text.parse(asked[0]?.body).components[0].content).toBe(
      'This takes longer than Discord lets Easel change a private message. Look into `/recent` later: the picture will wait there.',
    );
  });
});
