import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Store } from '../../src/store/open-store.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { type Clock, createClock, newGeneration } from './generations.ts';
import type { OpenOptions, TestDatabase } from './stores.ts';

/** Empty data on one engine, made anew for every test. */
export interface StoreWorld {
  readonly clock: Clock;
  readonly store: Store;
  /** Another store on the same data, closed with the test. */
  open(options?: OpenOptions): Promise<Store>;
  /**
   * A store that works at the same time as `store`. On the embedded file it is the same one: waiting for another
   * connection's write holds up the whole thread, that connection included (see `two-processes.test.ts`).
   */
  peer(): Promise<Store>;
  /** Stores an acknowledged request and answers with its id. */
  enqueue(made?: Partial<NewGeneration>, limits?: { lane?: number }): Promise<string>;
}

/** Registers what makes and removes the data around each test of the enclosing `describe`. */
export function useStoreWorld(create: () => Promise<TestDatabase>): StoreWorld {
  let database: TestDatabase;
  let opened: Store[] = [];
  let store: Store;
  let clock: Clock;

  beforeAll(async () => {
    database = await create();
  });
  beforeEach(async () => {
    clock = createClock();
    store = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close()));
    opened = [];
    await database.empty();
  });
  afterAll(() => database.drop());

  async function open(options: OpenOptions = {}): Promise<Store> {
    const one = await database.open({ now: clock.now, ...options });
    opened.push(one);
    return one;
  }

  return {
    get clock() {
      return clock;
    },
    get store() {
      return store;
    },
    open,
    peer: async () => (store.engine === 'sqlite' ? store : open()),
    async enqueue(made = {}, { lane } = {}) {
      const request = newGeneration({ createdAt: clock.now(), ...made });
      await store.generations.submit(request, { waiting: 1_000, ...(lane === undefined ? {} : { lane }) });
      await store.generations.acknowledge(request.id, `message-${request.id}`);
      return request.id;
    },
  };
}
