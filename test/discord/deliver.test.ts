import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDelivery } from '../../src/discord/deliver.ts';
import { createBotRest, createInteractionRest, createOnceRest } from '../../src/discord/rest.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { PAINTED } from '../support/generations.ts';
import { noise } from '../support/noise.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const SIXTEEN_MINUTES = 16 * 60_000;

/** What Discord, or whoever stands before it, answers: a status and a code, or a page that has none. */
type Answer = { readonly status: number; readonly code?: number };

const TAKEN: Answer = { status: 200 };
const UNKNOWN_MESSAGE: Answer = { status: 404, code: 10008 };
const DEAD_TOKEN: Answer = { status: 401, code: 50027 };

/** A settled generation with one picture, and a Discord that answers each request as it is told. */
async function settle(
  answer: (request: { route: string; body: string; asked: readonly string[]; id: string }) => Answer | Promise<Answer>,
  made: Partial<NewGeneration> = {},
  openToken: () => string | undefined = () => 'token',
) {
  const id = await world.enqueue({ channelId: '111', applicationId: '222', ...made });
  const { generations } = world.store;
  await generations.claim({ owner: 'worker', userRunning: 2 });
  await generations.settle(id, 'worker', { outcome: 'done', painted: PAINTED });
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const route = `${request.method} ${request.url?.replace('/api/v10', '').replace(/\?.*/, '')}`;
    asked.push(route);
    const { status, code } = await answer({ route, body, asked, id });
    if (status !== 200 && code === undefined) {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Access denied</html>');
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? { id: '333' } : { code, message: 'no', retry_after: 0 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const deliver = createDelivery({
    interactionRest: createInteractionRest({ apiUrl }),
    onceRest: createOnceRest({ apiUrl }),
    botRest: createBotRest({ apiUrl, token: 'bot' }),
    store: world.store,
    offers: () => [],
    openToken,
    now: world.clock.now,
  });
  const bytes = await noise(64, 64);
  return {
    id,
    asked,
    erase: () => generations.erase(id),
    deliver: async () => deliver((await generations.find(id)) as Generation, [{ index: 0, bytes }]),
  };
}

const ORIGINAL = 'PATCH /webhooks/222/token/messages/@original';

describe('what its member deletes', () => {
  it.each([
    ['limits the edit', { status: 429 }],
    ['answers it with an error', { status: 500 }],
  ])('while Discord %s is not posted anew', async (_how, held) => {
    const { asked, deliver } = await settle(async ({ id, asked: { length } }) => {
      if (length > 1) return UNKNOWN_MESSAGE;
      await world.store.generations.erase(id);
      return { ...held, code: 0 };
    });
    expect(await deliver()).toEqual({ kind: 'nowhere', reason: 'deleted by its member' });
    expect(asked).toEqual([ORIGINAL, ORIGINAL]);
  });

  it.each<[string, Partial<NewGeneration>]>([
    ['public', {}],
    ['private', { ephemeral: true }],
  ])('while Discord takes it is taken back: a %s one', async (_kind, made) => {
    const { asked, deliver } = await settle(async ({ route, id }) => {
      if (route === ORIGINAL) await world.store.generations.erase(id);
      return TAKEN;
    }, made);
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
    expect(asked).toEqual([ORIGINAL, 'DELETE /webhooks/222/token/messages/333']);
  });

  it('while the bot posts it anew is taken back', async () => {
    const { asked, deliver } = await settle(async ({ route, id }) => {
      if (route.startsWith('PATCH')) return route === ORIGINAL ? DEAD_TOKEN : UNKNOWN_MESSAGE;
      if (route.startsWith('POST')) await world.store.generations.erase(id);
      return TAKEN;
    });
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
    expect(asked.slice(2)).toEqual(['POST /channels/111/messages', 'DELETE /channels/111/messages/333']);
  });

  it.each([
    ['young', 0],
    ['old', SIXTEEN_MINUTES],
  ])('before a later try, with a %s token, brings no new message', async (_age, ms) => {
    const { asked, erase, deliver } = await settle(() => UNKNOWN_MESSAGE);
    await erase();
    world.clock.advance(ms);
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
    expect(asked.filter((route) => !route.startsWith('PATCH'))).toEqual([]);
  });

  it('is said to be gone where its message still stands', async () => {
    const bodies: string[] = [];
    const { erase, deliver } = await settle(({ body }) => {
      bodies.push(body);
      return TAKEN;
    });
    await erase();
    expect(await deliver()).toMatchObject({ kind: 'delivered', route: 'token' });
    expect(bodies).toEqual([expect.stringContaining('That result is too old or was deleted')]);
  });
});

describe('what is no word of Discord about the message', () => {
  it.each<[string, Answer]>([
    ['Cloudflare’s block', { status: 403, code: 40333 }],
    ['Cloudflare’s page', { status: 403 }],
    ['a request that took too long', { status: 408 }],
    ['a slow mode', { status: 400, code: 20016 }],
  ])('%s: is tried again later on either route', async (_what, answer) => {
    const { asked, deliver } = await settle(() => answer);
    expect(await deliver()).toMatchObject({ kind: 'later' });
    world.clock.advance(SIXTEEN_MINUTES);
    expect(await deliver()).toMatchObject({ kind: 'later' });
    expect(asked).toEqual([ORIGINAL, expect.stringMatching(/^PATCH \/channels\/111\/messages\/message-/)]);
  });
});

describe('a follow-up', () => {
  it.each<[string, Answer]>([
    ['an error of Discord’s own', { status: 500, code: 0 }],
    ['a request that took Discord too long', { status: 408 }],
  ])('is not posted again after %s: it may be there already', async (_what, lost) => {
    const { asked, deliver } = await settle(({ route }) => (route === ORIGINAL ? UNKNOWN_MESSAGE : lost), {
      ephemeral: true,
    });
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
    expect(asked).toEqual([ORIGINAL, 'POST /webhooks/222/token']);
  });

  it('is posted later where Discord did not take it', async () => {
    const { deliver } = await settle(
      ({ route }) => (route === ORIGINAL ? UNKNOWN_MESSAGE : { status: 403, code: 40333 }),
      { ephemeral: true },
    );
    expect(await deliver()).toMatchObject({ kind: 'later' });
  });
});

describe('a message that Discord refuses, whatever it says', () => {
  it('is tried again while its token lives, and given up with the bot token', async () => {
    const { deliver } = await settle(() => ({ status: 403, code: 50013 }));
    expect(await deliver()).toMatchObject({ kind: 'later', reason: 'Discord 403 50013' });
    world.clock.advance(SIXTEEN_MINUTES);
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
  });

  it('is given up at once when it is gone, with its channel', async () => {
    const { deliver } = await settle(() => ({ status: 404, code: 10003 }));
    expect(await deliver()).toMatchObject({ kind: 'nowhere', reason: 'Discord 404 10003' });
  });

  it('is given up when it is too large for whoever stands before Discord, and says so', async () => {
    const { deliver } = await settle(({ body }) => (body.includes('It waits in') ? TAKEN : { status: 413 }));
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
  });
});

describe('a private picture whose token was sealed with another bot token', () => {
  it('is left to a process that can open it, as long as it lives', async () => {
    const made = { ephemeral: true, sealedToken: 'sealed elsewhere' };
    const { asked, deliver } = await settle(
      () => TAKEN,
      made,
      () => undefined,
    );
    expect(await deliver()).toEqual({ kind: 'later', reason: 'its token was sealed with another DISCORD_TOKEN' });
    world.clock.advance(SIXTEEN_MINUTES);
    expect(await deliver()).toMatchObject({ kind: 'nowhere' });
    expect(asked).toEqual([]);
  });
});
