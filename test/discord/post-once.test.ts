import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DiscordAPIError } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AnswerLostError, postOnce } from '../../src/discord/post-once.ts';
import { createOnceRest } from '../../src/discord/rest.ts';

/** What becomes of a post to a Discord that does this with it, and how often it was made. */
async function post(answer: (response: ServerResponse) => void, { listens = true } = {}) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().once('end', () => answer(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  if (listens) onTestFinished(close);
  else close();
  const rest = createOnceRest({ apiUrl: `http://127.0.0.1:${port}/api` });
  const error = await postOnce(() => rest.post('/webhooks/222/token', { auth: false, body: {} })).catch(
    (thrown: unknown) => thrown,
  );
  return { error, requests };
}

const say = (status: number) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"code":0,"message":"no"}');

describe('what would be done twice', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['an error of Discord’s own', say(500)],
    ['a gateway’s error', say(502)],
    ['a request that took Discord too long', say(408)],
    ['a broken connection', (response) => response.socket?.resetAndDestroy()],
  ])('is not tried again after %s, which says nothing about it', async (_what, answer) => {
    const { error, requests } = await post(answer);
    expect(error).toBeInstanceOf(AnswerLostError);
    expect(requests).toBe(1);
  });

  it.each([400, 403, 404, 401])('was not done where Discord answers %s', async (status) => {
    const { error, requests } = await post(say(status));
    expect(error).toBeInstanceOf(DiscordAPIError);
    expect(requests).toBe(1);
  });

  it('was not done where Discord could not be reached', async () => {
    const { error } = await post(() => {}, { listens: false });
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
