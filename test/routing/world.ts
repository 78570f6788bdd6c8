import { onTestFinished } from 'vitest';
import { ProviderFailedError, type ProviderFailure, RejectedError } from '../../src/errors.ts';
import type { BudgetSettings } from '../../src/generation/budgets.ts';
import { generate } from '../../src/generation/generate.ts';
import type { CallNotice } from '../../src/generation/paint.ts';
import type { ImageProvider, Offer } from '../../src/generation/provider.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import type { Result } from '../../src/generation/result.ts';
import { createRouter, type OfferName, type RoutingPolicy } from '../../src/generation/router.ts';
import type { Attempt } from '../../src/store/attempts.ts';
import type { OfferHealth } from '../../src/store/health.ts';
import type { Store } from '../../src/store/open-store.ts';
import { type Clock, createClock, newGeneration } from '../support/generations.ts';
import { type Behaviour, type MemoryProvider, makeOffer, makeProvider, makeRequest } from '../support/offers.ts';
import { createSqliteDatabase } from '../support/stores.ts';

export interface RoutingOptions {
  vendors: readonly ImageProvider[];
  policy?: RoutingPolicy;
  order?: readonly string[];
  /** Calls a provider may have in flight. Default 50. */
  slots?: number;
  budgets?: BudgetSettings;
}

/** Everything between the queue and the vendors, on an empty store and a clock that stands still. */
export interface RoutingWorld {
  readonly clock: Clock;
  readonly store: Store;
  /** What the operator was told, by each of two processes: `acme: trouble`, `acme: back`. */
  readonly told: readonly [string[], string[]];
  /** What members were told of each call. */
  readonly notices: readonly CallNotice[];
  /** Stores a request and takes it from the queue. */
  claim(request?: Partial<GenerationRequest>): Promise<Generation>;
  /** Takes it from the queue once more, as after a failure. */
  reclaim(generation: Generation): Promise<Generation>;
  /** Paints it as a worker does, once; `process` 1 is another process on the same data. Once it resolves it is over. */
  run(generation: Generation, process?: 0 | 1, signal?: AbortSignal): Promise<Result>;
  /** Both; over in any case. */
  paint(request?: Partial<GenerationRequest>, process?: 0 | 1): Promise<Result>;
  attemptsOf(generation: Pick<Generation, 'id'>): Promise<Attempt[]>;
  healthOf(provider: string): Promise<OfferHealth | undefined>;
}

export async function openRouting(options: RoutingOptions): Promise<RoutingWorld> {
  const { vendors, policy = 'cheapest', order = [], slots = 50, budgets = {} } = options;
  const clock = createClock();
  const database = await createSqliteDatabase();
  const store = await database.open({ now: clock.now });
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  const told: [string[], string[]] = [[], []];
  const notices: CallNotice[] = [];
  const routers = told.map((lines) =>
    createRouter({
      health: store.health,
      attempts: store.attempts,
      policy,
      order,
      slotsOf: () => slots,
      onChange: ({ provider }: OfferName, failure) => lines.push(`${provider}: ${failure ?? 'back'}`),
      now: clock.now,
      random: () => 0,
    }),
  );

  async function claim(request: Partial<GenerationRequest> = {}): Promise<Generation> {
    const made = newGeneration({ request: makeRequest(request), createdAt: clock.now() });
    await store.generations.submit(made, { waiting: 1_000 });
    await store.generations.acknowledge(made.id, undefined);
    const claimed = await store.generations.claim({ owner: 'worker', userRunning: 1_000 });
    if (claimed?.id !== made.id) throw new Error('claimed something else');
    return claimed;
  }

  async function run(
    generation: Generation,
    process: 0 | 1 = 0,
    signal = new AbortController().signal,
  ): Promise<Result> {
    const router = routers[process];
    if (router === undefined) throw new RangeError('no such process');
    const fetchPicture = () => Promise.reject(new Error('no picture to start from'));
    const result = await generate(
      generation,
      { store, providers: vendors, router, budgets, fetchPicture, now: clock.now },
      { owner: 'worker', signal, onCall: (notice) => notices.push(notice) },
    );
    await store.generations.settle(generation.id, 'worker', result);
    await store.generations.finish(generation.id, 'worker', undefined);
    return result;
  }

  async function reclaim({ id }: Generation): Promise<Generation> {
    await store.generations.handBack(id, 'worker', clock.now());
    const claimed = await store.generations.claim({ owner: 'worker', userRunning: 1_000 });
    if (claimed?.id !== id) throw new Error('claimed something else');
    return claimed;
  }

  return {
    clock,
    store,
    told,
    notices,
    claim,
    reclaim,
    run,
    async paint(request, process) {
      const generation = await claim(request);
      try {
        return await run(generation, process);
      } catch (error) {
        await store.generations.settle(generation.id, 'worker', { outcome: 'failed' });
        await store.generations.finish(generation.id, 'worker', undefined);
        throw error;
      }
    },
    attemptsOf: ({ id }) => store.attempts.of(id),
    healthOf: async (provider) => (await store.health.all()).find((entry) => entry.provider === provider),
  };
}

/** A vendor that paints, until it turns. */
export interface MoodyVendor extends MemoryProvider {
  /** From the next call on it does this. */
  turn(behave: Behaviour): void;
}

export function makeVendor(provider: string, made: Partial<Offer> = {}): MoodyVendor {
  let behave = well;
  const vendor = makeProvider(makeOffer({ provider, ...made }), (...call) => behave(...call));
  return {
    ...vendor,
    turn(next) {
      behave = next;
    },
  };
}

/** Fails as told, at once. */
export function failing(
  failure: ProviderFailure,
  more: { retryAfterMs?: number; billed?: 'no' | 'possibly'; status?: number } = {},
): Behaviour {
  const { billed = 'no', retryAfterMs, status } = more;
  return () =>
    Promise.reject(
      new ProviderFailedError(failure, {
        provider: 'A vendor',
        failure,
        billed,
        ...(retryAfterMs && { retryAfterMs }),
        ...(status && { status }),
      }),
    );
}

/** Refuses the content: the request, or what came of it. */
export function rejecting(refused: 'request' | 'result', billed: 'no' | 'possibly'): Behaviour {
  return () =>
    Promise.reject(
      new RejectedError('refused', {
        sentence: { key: 'rejected', values: { provider: 'A vendor' } },
        refused,
        billed,
      }),
    );
}

export const well: Behaviour = (_request, _call, paint) => paint();

/** What a promise was rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol('resolved');
  const error = await promise.then(
    () => nothing,
    (reason: unknown) => reason,
  );
  if (error === nothing) throw new Error('it was not rejected');
  return error;
}
