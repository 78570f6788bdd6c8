import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/playground/discord/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest, startChecked } from './real-client.ts';

const MESSAGES = '/channels/{channel_id}/messages';

async function start() {
  const local = await startChecked();
  const rest = createRest(local);
  const { general } = local.world.channels;
  const bare = (method: string, path: string) =>
    fetch(`${local.apiUrl}/v10${path}`, {
      method,
      headers: {
        'user-agent': 'DiscordBot (x, 1)',
        authorization: `Bot ${local.token}`,
        'content-type': 'application/json',
      },
      body: '{"content":"x"}',
    });
  return {
    local,
    rest,
    general,
    post: () => rest.post(`/channels/${general.id}/messages`, { body: { content: 'x' } }),
    barePost: () => bare('POST', `/channels/${general.id}/messages`),
    count: () => local.messages(general.id).length,
    statuses: () => local.requests.map(({ status }) => status),
  };
}

describe('faults', () => {
  it('answer with the status and code asked for, as often as asked for', async () => {
    const { local, barePost, count } = await start();
    local.faults.add({ route: MESSAGES, status: 403, code: 50013, message: 'Missing Permissions', times: 2 });
    for (let call = 0; call < 2; call += 1) {
      const answer = await barePost();
      expect([answer.status, await answer.json()]).toEqual([403, { message: 'Missing Permissions', code: 50013 }]);
    }
    expect((await barePost()).status).toBe(200);
    expect(count()).toBe(1);
  });

  it('make discord.js wait out a rate limit', async () => {
    const { local, post, statuses } = await start();
    local.faults.add({ method: 'POST', route: MESSAGES, status: 429, retryAfterMs: 100, scope: 'shared' });
    await post();
    expect(statuses()).toEqual([429, 200]);
    expect(local.requests[0]?.response).toEqual({
      message: 'You are being rate limited.',
      retry_after: 0.1,
      global: false,
    });
  });

  it('lose the answer after the work was done, so that a retry does it twice', async () => {
    const { local, post, count, statuses } = await start();
    local.faults.add({ route: MESSAGES, afterWork: true });
    await post();
    expect(statuses()).toEqual([500, 200]);
    expect(count()).toBe(2);
  });

  it('lose the answer and do the work once, with a nonce', async () => {
    const { local, rest, general, count, statuses } = await start();
    local.faults.add({ route: MESSAGES, afterWork: true });
    await rest.post(`/channels/${general.id}/messages`, { body: { content: 'x', nonce: 'n', enforce_nonce: true } });
    expect(statuses()).toEqual([500, 200]);
    expect(count()).toBe(1);
  });

  it('drop the connection before and after the work', async () => {
    const { local, barePost, count, statuses } = await start();
    local.faults.add({ route: MESSAGES, dropConnection: true });
    await expect(barePost()).rejects.toThrow('fetch failed');
    expect(count()).toBe(0);
    local.faults.add({ route: MESSAGES, dropConnection: true, afterWork: true });
    await expect(barePost()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(count()).toBe(1);
    expect(statuses()).toEqual([0, 0]);
  });

  it('slow an answer down, before or after the work', async () => {
    const { local, barePost, count } = await start();
    local.faults.add({ route: MESSAGES, delayMs: 1_000 });
    const posts = [barePost(), barePost()];
    await Promise.race(posts);
    expect(count()).toBe(1);
    expect((await Promise.all(posts)).map(({ status }) => status)).toEqual([200, 200]);

    local.faults.add({ route: MESSAGES, delayMs: 60_000, afterWork: true });
    const answered = expect(barePost()).rejects.toThrow('fetch failed');
    await local.until(() => (count() === 3 ? true : undefined));
    await local.close();
    await answered;
  });

  it.each<[string, Fault, boolean]>([
    ['its template', { route: MESSAGES }, true],
    ['an expression on the template', { route: /^\/channels\/\{channel_id\}/ }, true],
    ['an expression on the path', { route: /^\/channels\/\d+\/messages$/ }, true],
    ['everything', {}, true],
    ['another template', { route: '/channels/{channel_id}' }, false],
    ['another method', { method: 'GET' }, false],
  ])('find a request by %s', async (_what, fault, hit) => {
    const { local, barePost } = await start();
    local.faults.add({ ...fault, status: 503 });
    expect((await barePost()).status).toBe(hit ? 503 : 200);
  });

  it('can be taken back', async () => {
    const { local, barePost } = await start();
    const remove = local.faults.add({ status: 503, times: 9 });
    remove();
    expect((await barePost()).status).toBe(200);
    local.faults.add({ status: 503, times: 9 });
    local.faults.clear();
    expect((await barePost()).status).toBe(200);
  });

  it('reach the files as well', async () => {
    const { local, general } = await start();
    const { attachments } = await local
      .act(local.world.users.alice.id, general.id)
      .post('', [{ file: PNG, name: 'a.png' }]);
    const url = attachments[0]?.url ?? '';
    local.faults.add({ route: '/attachments/{channel_id}/{attachment_id}/{filename}', status: 503 });
    expect((await fetch(url)).status).toBe(503);
    expect((await fetch(url)).status).toBe(200);
    expect(local.requests).toEqual([]);
  });
});

describe('what was asked', () => {
  it('is remembered with its interaction, up to a point, and handed to a listener', async () => {
    const heard: (string | undefined)[] = [];
    const local = await startChecked({ rememberedRequests: 2, onRequest: ({ route }) => heard.push(route) });
    const rest = createRest(local);
    const { id, token, record } = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand({ name: 'x' });
    await rest.post(`/interactions/${id}/${token}/callback`, { auth: false, body: { type: 5 } });
    const webhook = `/webhooks/${local.applicationId}/${token}/messages/@original` as const;
    await rest.patch(webhook, { auth: false, body: { content: 'x' }, files: [{ name: 'a.png', data: PNG }] });
    await rest.get(webhook, { auth: false });
    expect(heard).toEqual([
      '/interactions/{interaction_id}/{interaction_token}/callback',
      '/webhooks/{application_id}/{interaction_token}/messages/@original',
      '/webhooks/{application_id}/{interaction_token}/messages/@original',
    ]);
    expect(local.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    expect(record().callbacks.map(({ method, interactionId }) => [method, interactionId])).toEqual([
      ['POST', id],
      ['PATCH', id],
      ['GET', id],
    ]);
    expect(local.requests[0]).toMatchObject({
      body: { content: 'x' },
      files: [{ name: 'a.png', size: PNG.byteLength, contentType: 'image/png' }],
      response: { attachments: [{ filename: 'a.png' }] },
    });
  });
});
