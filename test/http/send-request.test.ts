import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Multipart } from '../../src/http/multipart.ts';
import { sendRequest } from '../../src/http/send-request.ts';
import { type StandInAnswer, startStandIn } from '../support/stand-ins/stand-in.ts';

async function startServer(answer: StandInAnswer) {
  const standIn = await startStandIn({ handle: () => answer });
  onTestFinished(() => standIn.close());
  return standIn;
}

it('sends text and answers as fetch does', async () => {
  const server = await startServer({ status: 429, headers: { 'x-bucket': 'a' }, body: { retry_after: 1 } });
  const answer = await sendRequest(`${server.url}/path?query=1`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: '{"content":"fox"}',
  });
  expect([answer.status, answer.ok, answer.headers.get('X-Bucket')]).toEqual([429, false, 'a']);
  expect(await answer.json()).toEqual({ retry_after: 1 });
  expect(answer.bodyUsed).toBe(true);
  expect(server.requests).toMatchObject([{ method: 'PATCH', path: '/path', json: { content: 'fox' } }]);
});

it('sends a form with its length, byte for byte', async () => {
  const server = await startServer({ status: 200, body: {} });
  const bytes = Buffer.alloc(2_000_000, 'easel');
  const form = new Multipart({ payload_json: '{}' }, [
    { field: 'files[0]', filename: 'fox.png', mediaType: 'image/png', bytes },
  ]);
  const answer = await sendRequest(server.url, { method: 'POST', body: form });
  await answer.arrayBuffer();
  const [request] = server.requests;
  expect(request?.headers['content-length']).toBe(String(form.byteLength));
  expect(request?.body.includes(bytes)).toBe(true);
});

it('refuses a body it would have to guess at', async () => {
  await expect(sendRequest('http://127.0.0.1:1', { method: 'POST', body: new FormData() })).rejects.toThrow(TypeError);
});

it('ends with the signal', async () => {
  const server = await startServer({ status: 200, body: {} });
  server.failAlways('hang-before-headers');
  const stop = new AbortController();
  const sending = sendRequest(server.url, { signal: stop.signal });
  const ended = expect(sending).rejects.toThrow('enough');
  await nextTurn();
  stop.abort(new Error('enough'));
  await ended;
});
