import { Socket } from 'node:net';
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { createPostgresWakeUps, type WakeUps } from './wake-ups.ts';

const INT8 = 20;
/** No statement of ours takes this long, and idle connections are closed by the pool before. */
const SILENCE_MS = 30_000;

/** The parts of a store on PostgreSQL. */
export function openPostgres(
  databaseUrl: string,
  onConnectionError: (error: Error) => void,
): { dialect: PostgresDialect; wakeUps: WakeUps } {
  const pool = createPostgresPool(databaseUrl, onConnectionError);
  const wakeUps = createPostgresWakeUps(
    pool,
    () =>
      new pg.Client({
        connectionString: databaseUrl,
        connectionTimeoutMillis: 5_000,
        // It only listens: that its server is gone shows in nothing else.
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
      }),
  );
  return { dialect: postgresDialect(pool), wakeUps };
}

/**
 * PostgreSQL. `bigint` columns hold milliseconds and micro-dollars, all below 2^53, so they are read as numbers.
 * @param silenceMs a query that hears nothing for so long fails: its server is gone, or the way to it
 */
export function createPostgresPool(
  databaseUrl: string,
  onError: (error: Error) => void,
  { silenceMs = SILENCE_MS }: { silenceMs?: number } = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 5_000,
    stream: () => createSocket(silenceMs),
    // A process that is frozen inside a transaction would keep its locks, and everyone else waiting for them.
    idle_in_transaction_session_timeout: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks is replaced at the next query; without listeners it would end the process. The pool
  // hears of idle ones only: one in use tells its query, and this listener when it has none just then.
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function createSocket(silenceMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceMs, () => {
    socket.destroy(Object.assign(new Error('the database fell silent'), { code: 'ETIMEDOUT' }));
  });
  return socket;
}

export function postgresDialect(pool: pg.Pool): PostgresDialect {
  return new PostgresDialect({ pool });
}
