import type { Failure, Generation, Outcome, Painted } from '../generation/record.ts';
import { type Budget, type BudgetUse, chargedFor, type Exhausted, hold } from './ledger.ts';
import { type Db, exclusively, type Tx } from './locks.ts';
import {
  acknowledged,
  anyInLine,
  growServed,
  holderOf,
  insertGeneration,
  known,
  LEASED,
  leaseAnew,
  left,
  NO_SLOTS,
  nextInLineFor,
  renewed,
  type Slots,
  servedIn,
  unclaimed,
  undelivered,
  unfinishedOf,
} from './queue-statements.ts';
import { fromRow, type NewGeneration, toRow } from './rows.ts';
import type { Engine } from './schema.ts';
import type { Change } from './transitions.ts';
import { withoutSync } from './unsynced.ts';

/** How long a claim holds without being renewed. */
export const LEASE_MS = 30_000;

/** More often nothing is ever claimed. */
const ANY_NUMBER = 1_000_000;

export type Admission =
  /** `uses`: how far each budget is used by it. */
  | { readonly kind: 'accepted'; readonly uses: readonly BudgetUse[] }
  /** This interaction was accepted before. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'too-many-waiting'; readonly most: number }
  | ({ readonly kind: 'over-budget' } & Exhausted);

export interface Settlement {
  readonly outcome: Outcome;
  readonly painted?: Painted;
  readonly failure?: Failure;
}

/** Who claims, and the limits over all processes. */
export interface Claim {
  readonly owner: string;
  /** How many requests of one member may run at once. */
  readonly userRunning: number;
  /** How many calls each provider may have in flight, by its id. One that is absent is never taken for full. */
  readonly slots?: Slots;
  /** Only what waits to be delivered. Default false. */
  readonly deliveries?: boolean;
  /** Of what a worker held when it died, only what was claimed less often than this. Default all. */
  readonly begunBelow?: number;
}

/** How a request goes back to the queue. */
export interface HandBack {
  /** Nothing was tried, so this claim does not count. */
  readonly unclaim?: boolean;
  /** Nor does the time since it was claimed. */
  readonly unstart?: boolean;
  /** The provider it needs a slot of: it is not claimed before one is free. */
  readonly waitsFor?: string | undefined;
  /** From then on it is claimed all the same, milliseconds since 1970. Default never. */
  readonly waitsUntil?: number;
}

interface QueueOptions {
  db: Db;
  engine: Engine;
  now: () => number;
  change: Change;
}

/** A request's way from its member's first word to the last one they are told. */
export function createQueue({ db, engine, now, change }: QueueOptions) {
  function inTransaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return db.transaction().execute(work);
  }

  /** Its state, held still until the transaction ends. */
  async function lockState(tx: Tx, id: string) {
    return tx
      .selectFrom('generations')
      .select(['state', 'claims', 'acknowledged_at', 'cancel_requested_at'])
      .where('id', '=', id)
      .$if(engine === 'postgres', (query) => query.forUpdate())
      .executeTakeFirst();
  }

  /** Ends what is not under way: all that is left is to say so. */
  async function end(
    tx: Tx,
    id: string,
    from: 'queued' | 'running',
    { outcome, failure }: { outcome: Outcome; failure: Failure },
    owner?: string,
  ): Promise<boolean> {
    const time = now();
    const changes = {
      outcome,
      failure: JSON.stringify(failure),
      lease_owner: null,
      lease_expires_at: time,
      available_at: time,
    };
    return change(tx, id, [from, 'delivering'], changes, owner);
  }

  async function stop(tx: Tx, id: string, from: 'queued' | 'running', owner?: string): Promise<boolean> {
    const key = (await chargedFor(tx, id)) > 0 ? 'cancelled-after-trying' : 'cancelled';
    return end(tx, id, from, { outcome: 'cancelled', failure: { code: 'cancelled', sentence: { key } } }, owner);
  }

  return {
    /**
     * Admits a request and inserts its row in one transaction. It waits there until `acknowledge`.
     * @param limits waiting: how many unfinished requests a member may have. lane: lower goes first, default 1.
     * price: held for it in micro-dollars.
     */
    async submit(
      made: NewGeneration,
      limits: { waiting: number; lane?: number; priceMicroUsd?: number; budgets?: readonly Budget[] },
    ): Promise<Admission> {
      const { lane = 1 } = limits;
      return exclusively({ db, engine }, `user:${made.userId}`, async (tx) => {
        if ((await known.first(tx, { id: made.id })) !== undefined) return { kind: 'duplicate' };
        const mine = await unfinishedOf.one(tx, { userId: made.userId, lane });
        if (Number(mine.count) >= limits.waiting) return { kind: 'too-many-waiting', most: limits.waiting };
        const account = {
          generationId: made.id,
          guildId: made.guildId,
          userId: made.userId,
          bookedAt: made.createdAt,
        };
        const held = await hold({ tx, engine, now: now() }, account, limits.priceMicroUsd ?? 0, limits.budgets ?? []);
        if (held.kind === 'exhausted') return { ...held, kind: 'over-budget' };
        // Start-time fair queueing: behind one's own earlier requests, and never before what is served now.
        const served = await servedIn.first(tx, { name: servedCounter(lane) });
        const fairOrder = Math.max(served?.value ?? 0, Number(mine.last ?? 0)) + 1;
        await insertGeneration(tx, toRow(made, { lane, fairOrder }));
        return { kind: 'accepted', uses: held.uses };
      });
    },

    /** Discord took our first answer, and its message has this id: from now on a worker may claim it. */
    async acknowledge(id: string, messageId: string | undefined): Promise<void> {
      // Taken back, it is found again as any row that a crash left before this: Discord is asked.
      await withoutSync(() => acknowledged.run(db, { id, time: now(), messageId: messageId ?? null }));
    },

    /**
     * Discord refused our first answer, so nobody is waiting for this: the row is void. One that is acknowledged stays:
     * the same interaction may have been delivered twice, and somebody waits for the other one.
     */
    async withdraw(id: string): Promise<void> {
      await inTransaction(async (tx) => {
        const row = await lockState(tx, id);
        if (row?.acknowledged_at !== null) return;
        await change(tx, id, ['queued', 'cancelled'], { outcome: 'cancelled', finished_at: now(), sealed_token: null });
      });
    },

    /** It has not begun and never will: its member is told why. */
    async fail(id: string, failure: Failure): Promise<void> {
      await inTransaction((tx) => end(tx, id, 'queued', { outcome: 'failed', failure }));
    },

    /**
     * Takes the next piece of work for `owner` and leases it for 30 s: first what waits to be delivered, then what
     * a dead worker left, then the queue in its fair order. `undefined`: nothing to do.
     * Throws for a row it cannot read; that one is then left alone until its lease expires, and the next is taken.
     */
    async claim({
      owner,
      userRunning,
      slots = NO_SLOTS,
      deliveries = false,
      begunBelow = ANY_NUMBER,
    }: Claim): Promise<Generation | undefined> {
      const abandoned = deliveries ? undelivered : left;
      // Mostly there is nothing, and nobody has to be kept waiting to find that out.
      const isLeft = (await abandoned.any.first(db, { time: now(), begunBelow })) !== undefined;
      if (!isLeft && (deliveries || (await anyInLine.first(db, {})) === undefined)) return undefined;
      const claim = async (tx: Tx) => {
        const time = now();
        const lease = { lease_owner: owner, lease_expires_at: time + LEASE_MS };
        const found = isLeft ? await abandoned.next.first(tx, { time, begunBelow }) : undefined;
        if (found !== undefined) {
          const claims = found.claims + 1;
          // Whoever paints it now has all the time a member waits; how long it lay there is nobody's fault.
          const startedAt = found.state === 'running' ? time : found.started_at;
          await leaseAnew.run(tx, { id: found.id, owner, expiresAt: time + LEASE_MS, claims, startedAt });
          return { ...found, ...lease, claims, started_at: startedAt };
        }
        if (deliveries) return undefined;
        const next = await nextInLineFor(slots).first(tx, { time, userRunning });
        if (next === undefined) return undefined;
        const changes = { ...lease, claims: next.claims + 1, started_at: next.started_at ?? time };
        await change(tx, next.id, ['queued', 'running'], changes);
        return { ...next, ...changes, state: 'running' };
      };
      // Before a provider is asked its attempt is synced, and this with it.
      const taken = await withoutSync(() => exclusively({ db, engine }, 'claim', claim));
      if (taken === undefined) return undefined;
      try {
        return fromRow(taken);
      } catch (error) {
        // Nothing was begun: whoever can read it must not find it begun too often.
        await unclaimed.run(db, { id: taken.id, owner });
        throw error;
      }
    },

    /**
     * Keeps the lease for another 30 s. `lost`: someone else has it, so stop at once.
     * `cancel`: still ours, and the member wants it stopped.
     */
    async renew(id: string, owner: string): Promise<'held' | 'cancel' | 'lost'> {
      const row = await renewed.first(db, { id, owner, expiresAt: now() + LEASE_MS });
      if (row === undefined) return 'lost';
      return row.cancel_requested_at === null ? 'held' : 'cancel';
    },

    /**
     * Gives a running request back to the queue, to be claimed again at `availableAt` or later. It keeps its place.
     * One that its member wants stopped is cancelled instead.
     */
    async handBack(
      id: string,
      owner: string,
      availableAt: number,
      { unclaim = false, unstart = false, waitsFor, waitsUntil = Number.POSITIVE_INFINITY }: HandBack = {},
    ): Promise<boolean> {
      return inTransaction(async (tx) => {
        const row = await lockState(tx, id);
        if (row?.state !== 'running') return false;
        if (row.cancel_requested_at !== null) return stop(tx, id, 'running', owner);
        const changes = {
          claims: unclaim ? row.claims - 1 : row.claims,
          lease_owner: null,
          lease_expires_at: null,
          available_at: Math.round(availableAt),
          waits_for: waitsFor ?? null,
          waits_until: Number.isFinite(waitsUntil) ? Math.round(waitsUntil) : null,
          ...(unstart ? { started_at: null } : {}),
        };
        return change(tx, id, ['running', 'queued'], changes, owner);
      });
    },

    /** How it ended; its pictures are stored already. A second time changes nothing. `false`: the lease was lost. */
    async settle(id: string, owner: string, { outcome, painted, failure }: Settlement): Promise<boolean> {
      const settle = async (tx: Tx) => {
        const changes = {
          outcome,
          painted: painted === undefined ? null : JSON.stringify(painted),
          failure: failure === undefined ? null : JSON.stringify(failure),
          painted_at: now(),
        };
        if (await change(tx, id, ['running', 'delivering'], changes, owner)) return true;
        // The answer to a commit can be lost with its connection: then it was settled before.
        const row = await holderOf.first(tx, { id });
        return row?.state === 'delivering' && row.lease_owner === owner;
      };
      // The pictures were synced with their attempt: taken back, this is found again from them.
      return outcome === 'done' ? withoutSync(() => inTransaction(settle)) : inTransaction(settle);
    },

    /** The member has been told: the request is over. `messageId` absent: there was nowhere left to tell them. */
    async finish(id: string, owner: string, messageId: string | undefined): Promise<boolean> {
      return inTransaction(async (tx) => {
        const row = await holderOf.first(tx, { id });
        if (row?.outcome == null) return false;
        const changes = {
          ...(messageId === undefined ? {} : { message_id: messageId }),
          finished_at: now(),
          sealed_token: null,
          lease_owner: null,
          lease_expires_at: null,
        };
        return change(tx, id, ['delivering', row.outcome as Outcome], changes, owner);
      });
    },

    /** Lets go of a delivery, to be taken up again at `availableAt` or later. */
    async postpone(id: string, owner: string, availableAt: number): Promise<void> {
      await db
        .updateTable('generations')
        .set({ lease_owner: null, lease_expires_at: Math.round(availableAt), available_at: Math.round(availableAt) })
        .where('id', '=', id)
        .where('lease_owner', '=', owner)
        .where('state', '=', 'delivering')
        .execute();
    },

    /**
     * The member wants it stopped. `cancelled`: it had not begun, and no provider was asked. `stopping`: whoever
     * paints it has been told. `too-late`: it is over, or there is no such request.
     */
    async cancel(id: string): Promise<'cancelled' | 'stopping' | 'too-late'> {
      return inTransaction(async (tx) => {
        const row = await lockState(tx, id);
        if (row?.state === 'queued') {
          await stop(tx, id, 'queued');
          return 'cancelled';
        }
        if (row?.state !== 'running') return 'too-late';
        await tx.updateTable('generations').set({ cancel_requested_at: now() }).where('id', '=', id).execute();
        return 'stopping';
      });
    },

    /** Frees the leases of workers that are known to be dead, so that nobody waits for them to expire. */
    async releaseLeases(isDead: (owner: string) => boolean): Promise<void> {
      const held = await db
        .selectFrom('generations')
        .select('lease_owner')
        .distinct()
        .where('state', 'in', LEASED)
        .where('lease_owner', 'is not', null)
        .execute();
      const dead = held.flatMap(({ lease_owner: owner }) => (owner !== null && isDead(owner) ? [owner] : []));
      if (dead.length === 0) return;
      await db
        .updateTable('generations')
        .set({ lease_expires_at: now() })
        .where('state', 'in', LEASED)
        .where('lease_owner', 'in', dead)
        .execute();
    },
  };
}

/** A provider is asked for the first time on behalf of a request of this place: its lane has been served so far. */
export async function noteServed(tx: Tx, { lane, fairOrder }: { lane: number; fairOrder: number }): Promise<void> {
  await growServed.run(tx, { name: servedCounter(lane), value: fairOrder });
}

/** How far a lane's fair order has been served. */
function servedCounter(lane: number): string {
  return `served:${lane}`;
}
