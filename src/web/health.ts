import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/open-store.ts';
import type { Page } from './server.ts';

interface HealthOptions {
  store: Pick<Store, 'generations'>;
  /** Is the gateway connected (or not wanted)? */
  isConnected: () => boolean;
  /** Generations in flight here; `undefined`: this process does not paint. */
  running: () => number | undefined;
  metrics: Metrics;
  now: () => number;
}

/** A database that takes longer than this to say how much waits is not ready. */
const DATABASE_WITHIN_MS = 2_000;

/** `/healthz`: the process lives. `/readyz`: the gateway and the database answer. `/metrics`: Prometheus. */
export function healthPages({ store, isConnected, running, metrics, now }: HealthOptions): Page[] {
  async function readLoad() {
    const load = await Promise.race([store.generations.load(), delay(DATABASE_WITHIN_MS, undefined, { ref: false })]);
    if (load === undefined) throw new Error('the database is slow');
    metrics.load.set({ state: 'queued' }, load.queued);
    metrics.load.set({ state: 'running' }, load.running);
    metrics.load.set({ state: 'delivering' }, load.delivering);
    metrics.oldest.set(load.oldestQueuedAt === undefined ? 0 : Math.max(0, now() - load.oldestQueuedAt) / 1_000);
    return load;
  }

  return [
    { method: 'GET', path: '/healthz', handle: () => Response.json({ alive: true }) },
    {
      method: 'GET',
      path: '/readyz',
      async handle() {
        const load = await readLoad().catch(() => undefined);
        const gateway = isConnected();
        const ready = gateway && load !== undefined;
        return Response.json(
          { ready, gateway, database: load !== undefined, workers: running() ?? null, ...load },
          { status: ready ? 200 : 503 },
        );
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      async handle() {
        // The counters of this process are worth reading even while the database is away.
        await readLoad().catch(() => undefined);
        return new Response(await metrics.registry.metrics(), {
          headers: { 'content-type': metrics.registry.contentType },
        });
      },
    },
  ];
}
