import { sql } from 'kysely';
import { locksRows } from './locks.ts';
import { type Given, prepare, prepareInsert } from './prepared.ts';

/*
 * The queue is read through partial indexes. Their conditions are written out in the queries, not bound: SQLite
 * would prepare a statement anew at every run to see whether a bound value meets them.
 */
const QUEUED = sql.lit('queued');
const RUNNING = sql.lit('running');
const OPEN = sql.lit('open');
const DELIVERING = sql.lit('delivering');
export const LEASED = [RUNNING, DELIVERING] as const;

/** Calls in flight that each provider may have, by its id. */
export type Slots = Readonly<Record<string, number>>;

export const known = prepare((db, given: Given<{ id: string }>) =>
  db.selectFrom('generations').select('id').where('id', '=', given('id')),
);

export const insertGeneration = prepareInsert('generations');

export const unfinishedOf = prepare((db, given: Given<{ userId: string; lane: number }>) =>
  db
    .selectFrom('generations')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.max('fair_order').filterWhere('lane', '=', given('lane')).as('last'),
    ])
    .where('user_id', '=', given('userId'))
    .where('finished_at', 'is', null)
    .where('state', 'in', [QUEUED, RUNNING]),
);

export const servedIn = prepare((db, given: Given<{ name: string }>) =>
  db.selectFrom('counters').select('value').where('name', '=', given('name')),
);

/** It only grows: who had to wait for their limit, or for another try, is served out of turn. */
export const growServed = prepare((db, given: Given<{ name: string; value: number }>) =>
  db
    .insertInto('counters')
    .values({ name: given('name'), value: given('value') })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: given('value') })
        .where('counters.value', '<', given('value')),
    ),
);

export const acknowledged = prepare((db, given: Given<{ id: string; time: number; messageId: string | null }>) =>
  db
    .updateTable('generations')
    .set({ acknowledged_at: given('time'), message_id: given('messageId') })
    .where('id', '=', given('id'))
    .where('acknowledged_at', 'is', null),
);

function prepareLeft(deliveries: boolean) {
  type Values = { time: number; begunBelow: number };
  const any = prepare((db, given: Given<Values>) =>
    db
      .selectFrom('generations')
      .select('id')
      .where('state', 'in', LEASED)
      .$if(deliveries, (query) => query.where('state', '=', DELIVERING))
      .where('lease_expires_at', '<=', given('time'))
      .where('available_at', '<=', given('time'))
      .where(({ eb, or }) => or([eb('lease_owner', 'is', null), eb('claims', '<', given('begunBelow'))]))
      .limit(sql.lit(1)),
  );
  const next = prepare((db, given: Given<Values>) =>
    db
      .selectFrom('generations')
      .selectAll()
      .where('state', 'in', LEASED)
      .$if(deliveries, (query) => query.where('state', '=', DELIVERING))
      .where('lease_expires_at', '<=', given('time'))
      .where('available_at', '<=', given('time'))
      .where(({ eb, or }) => or([eb('lease_owner', 'is', null), eb('claims', '<', given('begunBelow'))]))
      .orderBy('lease_expires_at')
      .limit(sql.lit(1))
      // Locked, so that neither its late owner nor its member moves it meanwhile.
      .$if(locksRows(db), (query) => query.forUpdate().skipLocked()),
  );
  return { any, next };
}

/** What a dead worker left, or waits to be delivered. */
export const left = prepareLeft(false);
export const undelivered = prepareLeft(true);

export const anyInLine = prepare((db) =>
  db
    .selectFrom('generations')
    .select('id')
    .where('state', '=', QUEUED)
    .where('acknowledged_at', 'is not', null)
    .limit(sql.lit(1)),
);

export const leaseAnew = prepare(
  (db, given: Given<{ id: string; owner: string; expiresAt: number; claims: number; startedAt: number | null }>) =>
    db
      .updateTable('generations')
      .set({
        lease_owner: given('owner'),
        lease_expires_at: given('expiresAt'),
        claims: given('claims'),
        started_at: given('startedAt'),
      })
      .where('id', '=', given('id')),
);

export const unclaimed = prepare((db, given: Given<{ id: string; owner: string }>) =>
  db
    .updateTable('generations')
    .set(({ eb }) => ({ claims: eb('claims', '-', sql.lit(1)) }))
    .where('id', '=', given('id'))
    .where('lease_owner', '=', given('owner')),
);

export const renewed = prepare((db, given: Given<{ id: string; owner: string; expiresAt: number }>) =>
  db
    .updateTable('generations')
    .set({ lease_expires_at: given('expiresAt') })
    .where('id', '=', given('id'))
    .where('lease_owner', '=', given('owner'))
    .where('state', 'in', LEASED)
    .returning('cancel_requested_at'),
);

export const holderOf = prepare((db, given: Given<{ id: string }>) =>
  db.selectFrom('generations').select(['state', 'outcome', 'lease_owner']).where('id', '=', given('id')),
);

/**
 * The first in line whose member is below their limit, and whose provider, where it still waits for one, has a free slot:
 * one that neither a call in flight nor a request on its way to one will need.
 */
function prepareNextInLine(slots: Slots) {
  return prepare((db, given: Given<{ time: number; userRunning: number }>) =>
    db
      .selectFrom('generations')
      .selectAll()
      .where('state', '=', QUEUED)
      .where('acknowledged_at', 'is not', null)
      .where('available_at', '<=', given('time'))
      .where('user_id', 'not in', ({ selectFrom, fn }) =>
        selectFrom('generations')
          .select('user_id')
          .where('state', '=', RUNNING)
          .groupBy('user_id')
          .having(fn.countAll(), '>=', given('userRunning')),
      )
      .where(({ eb, or, selectFrom }) =>
        or([
          eb('waits_for', 'is', null),
          eb('waits_until', '<=', given('time')),
          eb(
            'waits_for',
            'not in',
            selectFrom(
              selectFrom('attempts')
                .select('provider')
                .where('state', '=', OPEN)
                .where('lease_expires_at', '>', given('time'))
                .unionAll(
                  selectFrom('generations')
                    .select(({ ref }) => ref('waits_for').$notNull().as('provider'))
                    .where('state', '=', RUNNING)
                    .where('waits_for', 'is not', null),
                )
                .as('taken'),
            )
              .select('taken.provider')
              .groupBy('taken.provider')
              .having(({ fn, eb: having }) => having(fn.countAll<number>(), '>=', slotsOfTaken(slots))),
          ),
        ]),
      )
      .orderBy('lane')
      .orderBy('fair_order')
      .orderBy('id')
      .limit(sql.lit(1))
      .$if(locksRows(db), (query) => query.forUpdate().skipLocked()),
  );
}

function slotsOfTaken(slots: Slots) {
  const cases = Object.entries(slots).map(([provider, count]) => sql`when ${provider} then ${sql.lit(count)}`);
  const many = sql.lit(Number.MAX_SAFE_INTEGER);
  return cases.length === 0 ? many : sql<number>`case taken.provider ${sql.join(cases, sql` `)} else ${many} end`;
}

export const NO_SLOTS: Slots = {};
/** One statement for each set of limits, of which a process has one. */
const nextInLine = new WeakMap<Slots, ReturnType<typeof prepareNextInLine>>();

export function nextInLineFor(slots: Slots): ReturnType<typeof prepareNextInLine> {
  const statement = nextInLine.get(slots) ?? prepareNextInLine(slots);
  nextInLine.set(slots, statement);
  return statement;
}
