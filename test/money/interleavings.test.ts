import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/open-store.ts';
import { createClock } from '../support/generations.ts';
import {
  createPgliteDatabase,
  createPostgresDatabase,
  createSqliteDatabase,
  TEST_DATABASE_URL,
  type TestDatabase,
} from '../support/stores.ts';
import { type Deed, keepBooks } from './bookkeeping.ts';

/** A quarter of an hour before a new month. */
const START = Date.UTC(2026, 10, 30, 23, 45);

const which = fc.nat(7);
const worker = fc.nat(1);
const priceMicroUsd = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 4_000 }),
  fc.double({ min: 0.1, max: 3_000, noNaN: true }),
);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('submit' as const), member: fc.nat(2), server: fc.nat(2), priceMicroUsd }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('withdraw' as const, 'cancel' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), worker }) },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('open' as const), worker, which, vendor: fc.nat(2), priceMicroUsd }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('succeed' as const), worker, which, share: fc.constantFrom(0, 0.5, 1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      worker,
      which,
      billed: fc.constantFrom('no' as const, 'possibly' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('hand-back' as const, 'settle' as const, 'finish' as const),
      worker,
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_600_000 }) }) },
);
/** What happens at the same time, then what happens next. */
const story = fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), { minLength: 4, maxLength: 16 });

interface Case {
  engine: string;
  create: () => Promise<TestDatabase>;
  /** Deeds of one moment run at the same time, or one after another. */
  atOnce: boolean;
  /** Whether the two workers have a store each. */
  apart: boolean;
  runs: number;
}

const CASES: Case[] = [
  // One thread must not wait for its own other connection to the file.
  {
    engine: 'the embedded file, two stores in turns',
    create: createSqliteDatabase,
    atOnce: false,
    apart: true,
    runs: 60,
  },
  {
    engine: 'the embedded file, one store at once',
    create: createSqliteDatabase,
    atOnce: true,
    apart: false,
    runs: 60,
  },
  { engine: 'PGlite, two stores', create: createPgliteDatabase, atOnce: true, apart: true, runs: 40 },
];

describe.each(CASES)('money on $engine', holdsTogether);
describe
  .runIf(TEST_DATABASE_URL !== undefined)
  .each<Case>([
    { engine: 'PostgreSQL, two stores', create: createPostgresDatabase, atOnce: true, apart: true, runs: 100 },
  ])('money on $engine', holdsTogether);

function holdsTogether({ create, atOnce, apart, runs }: Case): void {
  let database: TestDatabase;
  let stores: [Store, Store];
  let clock = createClock(START);
  beforeAll(async () => {
    database = await create();
    const open = () => database.open({ now: () => clock.now() });
    const one = await open();
    stores = [one, apart ? await open() : one];
  });
  afterAll(async () => {
    await Promise.all([...new Set(stores)].map((store) => store.close()));
    await database.drop();
  });

  it('never goes over a budget and never loses count, whatever happens in whichever order', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(story, async (moments) => {
        clock = createClock(START);
        for (const table of ['generations', 'attempts', 'ledger', 'counters'] as const) {
          await stores[0].db.deleteFrom(table).execute();
        }
        const books = keepBooks(stores, clock);
        for (const deeds of moments) {
          if (atOnce) await Promise.all(deeds.map((one) => books.perform(one)));
          else for (const one of deeds) await books.perform(one);
          expect(await books.audit()).toEqual([]);
        }
      }),
      { numRuns: runs },
    );
  });
}
