import { Agent, buildConnector } from 'undici';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Generation } from '../../src/generation/record.ts';
import { createFireworks } from '../../src/providers/fireworks.ts';
import { createNovita } from '../../src/providers/novita.ts';
import { API_KEY, useStandIn } from '../support/provider-faults.ts';
import { startFireworksStandIn } from '../support/stand-ins/fireworks.ts';
import { startNovitaStandIn } from '../support/stand-ins/novita.ts';
import { errorOf, makeVendor, openRouting, type RoutingWorld } from './world.ts';

/** Longer than anyone is waited for. */
const LONG_MS = 5 * 60_000;

/** Makes so many connections, one for each request. Nobody takes the next until it is told to connect again. */
function createLimitedAgent(connections: number) {
  const connect = buildConnector({});
  const waiting = Promise.withResolvers<void>();
  const open: (() => void)[] = [];
  let left = connections;
  const agent = new Agent({
    pipelining: 0,
    connect(options, callback) {
      left -= 1;
      if (left >= 0) connect(options, callback);
      else {
        open.push(() => connect(options, callback));
        waiting.resolve();
      }
    },
  });
  onTestFinished(() => agent.destroy());
  return {
    agent,
    waiting: waiting.promise,
    connectAgain() {
      left = Number.POSITIVE_INFINITY;
      for (const connectNow of open) connectNow();
    },
  };
}

async function openFireworks() {
  const standIn = await useStandIn(startFireworksStandIn({ apiKey: API_KEY }));
  const { agent, ...connecting } = createLimitedAgent(0);
  const fireworks = createFireworks({ apiKey: API_KEY, baseUrl: standIn.url, dialect: 'seed', dispatcher: agent });
  const dearer = makeVendor('dearer', { price: () => 5_000 });
  return { ...connecting, standIn, world: await openRouting({ vendors: [fireworks, dearer] }) };
}

/** Nobody takes the connection for its file; the order itself goes through. */
async function openNovita() {
  const standIn = await useStandIn(startNovitaStandIn({ apiKey: API_KEY }));
  const { agent, ...connecting } = createLimitedAgent(1);
  const novita = createNovita({ apiKey: API_KEY, baseUrl: standIn.url, dispatcher: agent });
  const dearer = makeVendor('dearer', { price: () => 5_000 });
  return { ...connecting, world: await openRouting({ vendors: [novita, dearer] }) };
}

function holdTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

async function spendingOf({ store }: RoutingWorld, { userId }: Generation) {
  const spending = await store.ledger.spending({ scope: 'user', id: userId }, 0, Number.MAX_SAFE_INTEGER);
  const { settledMicroUsd, uncertainMicroUsd, reservedMicroUsd } = spending;
  return { settledMicroUsd, uncertainMicroUsd, reservedMicroUsd };
}

it('costs nothing where nobody takes the connection while the call may last', async () => {
  const { world, waiting } = await openFireworks();
  const generation = await world.claim();
  holdTime();
  const painting = world.run(generation);
  await waiting;
  vi.advanceTimersByTime(LONG_MS);
  expect(await painting).toMatchObject({ painted: { provider: 'dearer' } });
  expect(await world.attemptsOf(generation)).toMatchObject([
    { provider: 'fireworks', state: 'failed', failure: 'network' },
    { provider: 'dearer', state: 'succeeded' },
  ]);
  expect(await spendingOf(world, generation)).toMatchObject({ settledMicroUsd: 5_000, uncertainMicroUsd: 0 });
});

it('costs nothing when it is stopped while the connection is being made, and is asked again', async () => {
  const { world, standIn, waiting, connectAgain } = await openFireworks();
  const generation = await world.claim();
  const stop = new AbortController();
  const reason = new Error('shutdown');
  const running = errorOf(world.run(generation, 0, stop.signal));
  await waiting;
  stop.abort(reason);
  expect(await running).toBe(reason);
  expect(await world.attemptsOf(generation)).toMatchObject([{ state: 'failed', failure: 'unsent' }]);
  expect(await spendingOf(world, generation)).toMatchObject({ uncertainMicroUsd: 0 });
  expect(await world.healthOf('fireworks')).toMatchObject({ failures: 0 });
  connectAgain();
  const again = await world.run(await world.reclaim(generation));
  expect(again).toMatchObject({ outcome: 'done', painted: { provider: 'fireworks' } });
  expect(standIn.billed).toBe(1);
});

it('may cost something once it was sent', async () => {
  const { world, standIn, connectAgain } = await openFireworks();
  connectAgain();
  standIn.failNext('hang-before-headers');
  const generation = await world.claim();
  holdTime();
  const asked = standIn.nextRequest();
  const painting = world.run(generation);
  await asked;
  vi.advanceTimersByTime(LONG_MS);
  await painting;
  expect(await world.attemptsOf(generation)).toMatchObject([
    { provider: 'fireworks', state: 'unknown', failure: 'timeout' },
    { provider: 'dearer', state: 'succeeded' },
  ]);
  expect(await spendingOf(world, generation)).toMatchObject({ uncertainMicroUsd: 1_400 });
});

it('may cost something once its first request was sent, whatever became of the next', async () => {
  const timedOut = await openNovita();
  const generation = await timedOut.world.claim();
  const stopped = await openNovita();
  const other = await stopped.world.claim();
  const stop = new AbortController();
  const running = errorOf(stopped.world.run(other, 0, stop.signal));
  await stopped.waiting;
  stop.abort(new Error('cancelled'));
  await running;
  expect(await stopped.world.attemptsOf(other)).toMatchObject([{ state: 'unknown', failure: 'aborted' }]);

  holdTime();
  const painting = timedOut.world.run(generation);
  await timedOut.waiting;
  vi.advanceTimersByTime(LONG_MS);
  await painting;
  expect((await timedOut.world.attemptsOf(generation))[0]).toMatchObject({ state: 'unknown', failure: 'timeout' });
});
