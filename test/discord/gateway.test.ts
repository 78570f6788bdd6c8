import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { connectGateway, GatewayClosedError } from '../../src/discord/gateway.ts';
import { createLog } from '../../src/log.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { createLogBook } from '../support/log-book.ts';
import { until } from '../support/until.ts';

/** A Discord that greets everyone, and closes with this code whoever says who they are. */
async function startRefusing(code: number): Promise<string> {
  const server = createServer((_request, response) => {
    const limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
    const { port } = server.address() as AddressInfo;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ url: `ws://127.0.0.1:${port}`, shards: 1, session_start_limit: limit }));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }));
    socket.on('message', () => socket.close(code));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

async function connect(log = createLogBook()) {
  const discord = await startLocalDiscord();
  const { apiUrl, token } = discord;
  const gateway = await connectGateway({ token, apiUrl, onInteraction: () => {}, log: createLog('info', log) });
  onTestFinished(() => gateway.close());
  return { discord, gateway, log };
}

it.each([
  [4004, 0],
  [4010, 120_000],
  [4011, 120_000],
  [4012, 120_000],
  [4013, 120_000],
  [4014, 120_000],
])('says why when Discord ends the connection for good with %i, and how long to wait', async (code, pauseMs) => {
  const { discord, gateway, log } = await connect();
  discord.gateway.disconnect(code);
  const lost = await gateway.lost;
  expect(lost.pauseMs).toBe(pauseMs);
  expect(lost.message).toMatch(/^Discord .*\.$/);
  expect(await log.find({ msg: 'gateway closed for good' })).toMatchObject({ level: 50, code, reason: lost.message });
  expect(discord.gateway.identifies()).toBe(1);
});

it('does not start where Discord wants shards', async () => {
  const log = createLog('silent');
  const apiUrl = await startRefusing(4011);
  const started = connectGateway({ token: 'a.b.c', apiUrl, onInteraction: () => {}, log });
  await expect(started).rejects.toThrow('Discord wants this bot to be sharded');
  await expect(started).rejects.toBeInstanceOf(GatewayClosedError);
});

it('connects again after any other end', async () => {
  const { discord, gateway, log } = await connect();
  discord.gateway.disconnect(4000);
  await discord.until(() => (discord.gateway.resumes() === 1 ? true : undefined));
  await until(() => expect(gateway.isReady()).toBe(true));
  expect(log.lines.filter((line) => line.includes('for good'))).toEqual([]);
});

it('is not ready from the end of a connection until it has resumed', async () => {
  const log = createLogBook();
  const seen: boolean[] = [];
  const { discord, gateway } = await connect({
    ...log,
    write(line) {
      log.write(line);
      if (line.includes('gateway reconnecting')) seen.push(gateway.isReady());
    },
  });
  expect(gateway.isReady()).toBe(true);
  discord.gateway.disconnect(4000);
  await log.find({ msg: 'gateway resumed' });
  expect(seen).toEqual([false]);
  expect(gateway.isReady()).toBe(true);
});

it('does not start with a token that Discord refuses', async () => {
  const { apiUrl, gateway } = await startLocalDiscord();
  const log = createLog('silent');
  const started = connectGateway({ token: 'wrong', apiUrl, onInteraction: () => {}, log });
  await expect(started).rejects.toMatchObject({ code: 'TokenInvalid' });
  expect(gateway.identifies()).toBe(0);
});
