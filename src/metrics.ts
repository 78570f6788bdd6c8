import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEnded } from './generation/call-book.ts';
import type { Finished } from './jobs/see-through.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** What `/metrics` counts, in Prometheus' format. Nothing in it names a member, a server or a prompt. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const seconds = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
  return {
    registry,
    interactions: new Counter({
      name: 'easel_interactions_total',
      help: 'Interactions by handler and outcome',
      labelNames: ['handler', 'outcome'],
      registers,
    }),
    acknowledged: new Histogram({
      name: 'easel_acknowledge_seconds',
      help: 'From the event to Discord having our first answer',
      buckets: seconds,
      registers,
    }),
    generations: new Counter({
      name: 'easel_generations_total',
      help: 'Finished generations by provider, model and outcome',
      labelNames: ['provider', 'model', 'outcome'],
      registers,
    }),
    calls: new Counter({
      name: 'easel_provider_calls_total',
      help: 'Calls to providers by how they ended: succeeded, or why not',
      labelNames: ['provider', 'model', 'outcome'],
      registers,
    }),
    callSeconds: new Histogram({
      name: 'easel_provider_call_seconds',
      help: 'From a call to its pictures being stored',
      labelNames: ['provider', 'model'],
      buckets: seconds,
      registers,
    }),
    waiting: new Histogram({
      name: 'easel_queue_wait_seconds',
      help: 'From the request to a worker taking it',
      buckets: seconds,
      registers,
    }),
    deliveries: new Counter({
      name: 'easel_deliveries_total',
      help: 'Results by the way they took',
      labelNames: ['route'],
      registers,
    }),
    bytes: new Counter({ name: 'easel_delivered_bytes_total', help: 'Bytes of delivered pictures', registers }),
    cost: new Counter({
      name: 'easel_cost_micro_usd_total',
      help: 'What calls cost, micro-dollars: settled, or uncertain where the answer was lost',
      labelNames: ['provider', 'state'],
      registers,
    }),
    budgets: new Counter({
      name: 'easel_budget_thresholds_total',
      help: 'Budgets that passed 80 or 100 percent',
      labelNames: ['scope', 'period', 'percent'],
      registers,
    }),
    outOfRotation: new Gauge({
      name: 'easel_offer_out_of_rotation',
      help: '1 while an offer is not asked because it fails',
      labelNames: ['provider', 'model'],
      registers,
    }),
    transitions: new Counter({
      name: 'easel_transitions_total',
      help: 'Changes of state',
      labelNames: ['from', 'to'],
      registers,
    }),
    load: new Gauge({
      name: 'easel_generations',
      help: 'Unfinished generations by state',
      labelNames: ['state'],
      registers,
    }),
    oldest: new Gauge({
      name: 'easel_oldest_queued_seconds',
      help: 'How long the longest-waiting request has been waiting',
      registers,
    }),
  };
}

/** Counts a generation that is over. */
export function countFinished(metrics: Metrics, { generation, route, bytes }: Finished): void {
  const { painted, outcome = 'failed', createdAt, startedAt } = generation;
  const provider = painted?.provider ?? 'none';
  metrics.generations.inc({ provider, model: painted?.model ?? generation.request.model, outcome });
  metrics.deliveries.inc({ route });
  metrics.bytes.inc(bytes);
  if (startedAt !== undefined) metrics.waiting.observe((startedAt - createdAt) / 1_000);
}

/** Counts a call to a provider that is over. */
export function countCall(metrics: Metrics, { provider, model, outcome, durationMs, cost }: CallEnded): void {
  metrics.calls.inc({ provider, model, outcome });
  if (outcome === 'succeeded') metrics.callSeconds.observe({ provider, model }, durationMs / 1_000);
  metrics.cost.inc({ provider, state: cost.state }, cost.microUsd);
}
