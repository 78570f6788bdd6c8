import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createExchange } from '../../src/discord/exchange.ts';
import { createInteractionRest, createOnceRest } from '../../src/discord/rest.ts';
import { makeInvocation } from '../support/handlers.ts';

it('posts a refusal once, though Discord fails after it posted', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const isCallback = request.url?.includes('/callback') === true;
    asked.push(isCallback ? 'first answer' : `${request.method} follow-up`);
    request.resume().once('end', () => response.writeHead(isCallback ? 204 : 500).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const rests = { rest: createInteractionRest({ apiUrl }), onceRest: createOnceRest({ apiUrl }) };
  const exchange = createExchange(rests, makeInvocation(), () => {});
  await exchange.deferUpdate();
  await expect(exchange.reply({ text: 'That picture is not yours.' }, true)).rejects.toMatchObject({ status: 500 });
  expect(asked).toEqual(['first answer', 'POST follow-up']);
});
