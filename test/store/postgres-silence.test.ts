import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isPassing, patiently } from '../../src/store/patiently.ts';
import { createPostgresPool } from '../../src/store/postgres.ts';
import { createPostgresDatabase, TEST_DATABASE_URL } from '../support/stores.ts';

/** A way to the server that can go dead: connections stay open, and nothing comes through. */
async function openWay(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isDead = false;
  const server = createServer((near) => {
    const far = connect(Number(port || 5432), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => {
        if (!isDead) to.write(bytes);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const way = new URL(databaseUrl);
  way.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    databaseUrl: way.href,
    setDead(dead: boolean) {
      isDead = dead;
    },
  };
}

describe.runIf(TEST_DATABASE_URL !== undefined)('with TEST_DATABASE_URL', () => {
  it('gives up a connection on which the server has fallen silent, and goes on with another', async () => {
    const database = await createPostgresDatabase();
    onTestFinished(() => database.drop());
    const way = await openWay(database.databaseUrl);
    const pool = createPostgresPool(way.databaseUrl, () => {}, { silenceMs: 2_000 });
    onTestFinished(() => pool.end());
    const ask = () => pool.query('select 1 as one');
    expect((await ask()).rows).toEqual([{ one: 1 }]);
    way.setDead(true);
    const error = await ask().catch((reason: unknown) => reason);
    expect(isPassing(error)).toBe(true);
    way.setDead(false);
    expect((await patiently(ask)).rows).toEqual([{ one: 1 }]);
  });
});
