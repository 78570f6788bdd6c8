import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/** `work`: something can be claimed. `cancel:<id>`: a member wants that generation stopped. */
export type WakeUpTopic = 'work' | `cancel:${string}`;

/** Tells workers at once, here or in another process, what they would otherwise find at their next poll. */
export interface WakeUps {
  send(topic: WakeUpTopic): void;
  /** @returns a function that stops listening */
  listen(listener: (topic: WakeUpTopic) => void): () => void;
  close(): Promise<void>;
}

/** For one process on the embedded file; another process on the same file finds work by its poll. */
export function createLocalWakeUps(): WakeUps {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    send: (topic) => void emitter.emit('wake', topic),
    listen(listener) {
      emitter.on('wake', listener);
      return () => emitter.off('wake', listener);
    },
    close: () => Promise.resolve(void emitter.removeAllListeners()),
  };
}

const CHANNEL = 'easel_wake';
const RECONNECT_MS = 1_000;

/**
 * LISTEN/NOTIFY. A lost connection is opened anew every second; meanwhile the polls find the work.
 * @param connect makes a client of its own, not yet connected, that gives up after a while.
 */
export function createPostgresWakeUps(pool: pg.Pool, connect: () => pg.Client): WakeUps {
  const local = createLocalWakeUps();
  const stop = new AbortController();

  /** Listens until the connection ends or is lost. */
  async function listenOnce(): Promise<void> {
    const client = connect();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const onStop = () => end();
    stop.signal.addEventListener('abort', onStop);
    client.on('error', () => end());
    client.on('end', end);
    client.on('notification', ({ payload }) => {
      if (isTopic(payload)) local.send(payload);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      if (!stop.signal.aborted) await over;
    } catch {
      // The database is away: the next round comes back to it.
    }
    stop.signal.removeEventListener('abort', onStop);
    await client.end().catch(() => {});
  }

  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) {
      await listenOnce();
      await delay(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const listening = keepListening();
  return {
    send(topic) {
      // Only a hint: when the database is away the polls do.
      pool.query('select pg_notify($1, $2)', [CHANNEL, topic]).catch(() => {});
    },
    listen: local.listen,
    async close() {
      stop.abort();
      await listening;
      await local.close();
    },
  };
}

function isTopic(payload: string | undefined): payload is WakeUpTopic {
  return payload === 'work' || payload?.startsWith('cancel:') === true;
}
