import type { Updateable } from 'kysely';
import { NEXT_STATES, type Outcome, type State } from '../generation/record.ts';
import { closeAccount } from './ledger.ts';
import type { Tx } from './locks.ts';
import { type Given, type Prepared, prepare } from './prepared.ts';
import type { GenerationsTable } from './schema.ts';

/** What is told of every change of state, inside its transaction. */
export interface Transition {
  readonly id: string;
  readonly from: State;
  readonly to: State;
  readonly outcome?: Outcome;
}

/** Runs inside the transaction of every change of state: money, audit and metrics hook in here. */
export type OnTransition = (transition: Transition, tx: Tx) => Promise<void> | void;

export type Change = ReturnType<typeof createChange>;

/** The only way a generation's state changes. */
export function createChange({ now, onTransition }: { now: () => number; onTransition?: OnTransition | undefined }) {
  /**
   * `false` when the row is not in `from` any more, or `owner` no longer holds its lease: someone else has gone on
   * with it.
   */
  return async (
    tx: Tx,
    id: string,
    [from, to]: readonly [from: State, to: State],
    changes: Updateable<GenerationsTable>,
    owner?: string,
  ): Promise<boolean> => {
    if (!NEXT_STATES[from].includes(to)) throw new RangeError(`${to} does not follow ${from}`);
    const update = updateOf([...Object.keys(changes), 'state'], owner !== undefined);
    const changed = await update.run(tx, {
      ...changes,
      state: to,
      wantedId: id,
      wantedState: from,
      wantedOwner: owner,
    });
    if (changed === 0) return false;
    // From here on no attempt will follow.
    if (to === 'delivering' || to === 'cancelled') await closeAccount({ tx, now: now() }, id);
    await onTransition?.({ id, from, to, ...(changes.outcome ? { outcome: changes.outcome as Outcome } : {}) }, tx);
    return true;
  };
}

type Update = Prepared<Record<string, unknown>, unknown>;
const updates = new Map<string, Update>();

/** An update of these columns, whatever goes into them. */
function updateOf(columns: readonly string[], isOwned: boolean): Update {
  const key = `${columns}:${isOwned}`;
  const known = updates.get(key);
  if (known !== undefined) return known;
  const update: Update = prepare((db, given: Given<Record<string, never>>) =>
    db
      .updateTable('generations')
      .set(Object.fromEntries(columns.map((column) => [column, given(column)])))
      .where('id', '=', given('wantedId'))
      .where('state', '=', given('wantedState'))
      .$if(isOwned, (query) => query.where('lease_owner', '=', given('wantedOwner'))),
  );
  updates.set(key, update);
  return update;
}
