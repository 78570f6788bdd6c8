import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { DataError } from '../../src/store/data-error.ts';
import { openStore } from '../../src/store/open-store.ts';
import { explainPostgresFailure } from '../../src/store/postgres-failure.ts';

/** PostgreSQL's message that it refuses, with this code. */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mno\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** A server that refuses whoever connects, with this code; without one it never says a word. */
async function startServer(code?: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      if (code !== undefined) socket.end(refusal(code));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `postgres://easel:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/easel`;
}

async function explain(databaseUrl: string): Promise<string> {
  const error = await openStore({ databaseUrl, dataDir: '' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  return error instanceof DataError ? error.message : '';
}

it.each([
  ['28P01', 'PostgreSQL refused this user or its password.'],
  ['28000', 'PostgreSQL does not let this user in from here.'],
  ['3D000', 'There is no such database on that server.'],
  ['42501', 'This user may not create tables there.'],
  ['53300', 'PostgreSQL has no connection left.'],
  ['57P03', 'PostgreSQL is starting or stopping just now.'],
])('says what to change when PostgreSQL refuses with %s', async (code, sentence) => {
  expect(await explain(await startServer(code))).toContain(`DATABASE_URL: ${sentence} `);
});

it('says so when the server never answers', async () => {
  expect(await explain(await startServer())).toContain('DATABASE_URL: PostgreSQL does not answer at that address. ');
});

it('says so when nobody listens', async () => {
  const databaseUrl = 'postgres://easel:hunter2@127.0.0.1:1/easel';
  expect(await explain(databaseUrl)).toContain('DATABASE_URL: Nothing listens at that host and port. ');
});

it.each([
  ['ENOTFOUND', 'There is no host of that name. Correct it.'],
  ['EAI_AGAIN', 'The name of that host cannot be looked up just now. Check the network of this machine.'],
])('says so when the name of the host leads nowhere: %s', (code, sentence) => {
  expect(explainPostgresFailure(Object.assign(new Error(`getaddrinfo ${code} db`), { code }))).toBe(sentence);
});

it('says so when something else answers there', () => {
  const error = new Error('Received unexpected copyData message from backend.');
  expect(explainPostgresFailure(error)).toBe('What answers at that host and port is not PostgreSQL. Correct them.');
});
