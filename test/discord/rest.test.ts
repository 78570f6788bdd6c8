import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createBotRest, warnOfRefusals } from '../../src/discord/rest.ts';
import { createLog } from '../../src/log.ts';
import { createLogBook } from '../support/log-book.ts';

it('says in the log that Discord refuses many requests, before it shuts this machine out', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end('{"code":50013,"message":"Missing Permissions"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const book = createLogBook();
  const rest = createBotRest({ apiUrl: `http://127.0.0.1:${port}/api`, token: 'a.b.c' });
  warnOfRefusals(rest, createLog('info', book));
  for (let request = 0; request < 100; request += 1) await rest.get(`/channels/${request}`).catch(() => {});
  expect(await book.find({ count: 100 })).toMatchObject({ level: 40 });
});
