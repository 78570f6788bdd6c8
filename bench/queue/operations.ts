import { sql } from 'kysely';
import type { Store } from '../../src/store/open-store.ts';
import { type NewGeneration, toRow } from '../../src/store/rows.ts';
import type { Bench } from './engines.ts';
import { withParameters } from './statements.ts';

const EACH = 20;
const NOW = Date.now();
const USER_RUNNING = 2;

/** What is measured: the same piece of work by the store and by the bare driver, and how to undo either. */
export interface Operation {
  readonly name: string;
  readonly ours: () => Promise<unknown>;
  readonly bare: () => Promise<unknown>;
  readonly undo: () => Promise<unknown>;
}

let minted = 1_400_000_000_000_000_000n;
function mintId(): string {
  minted += 1n;
  return String(minted);
}

function newGeneration(userId: string, id = mintId()): NewGeneration {
  return {
    id,
    kind: 'imagine',
    userId,
    guildId: '1100000000000000001',
    channelId: '1200000000000000001',
    applicationId: '1300000000000000001',
    locale: 'en-US',
    ageRestricted: false,
    ephemeral: false,
    attachmentSizeLimit: 10_485_760,
    appPermissions: '2251799813685247',
    sealedToken: 'x'.repeat(300),
    request: {
      prompt: 'a fox in the snow, early morning, long shadows, by a painter who loves blue',
      model: 'flux-schnell',
      mode: 'text-to-image',
      aspect: '1:1',
      seed: 7,
      seedGiven: false,
      count: 1,
    },
    createdAt: NOW,
  };
}

/** Puts `depth` acknowledged requests in line, twenty a member, as if all had asked at the same moment. */
export async function fill({ db }: Store, depth: number): Promise<void> {
  await db.deleteFrom('generations').execute();
  await db.deleteFrom('ledger').execute();
  await db.deleteFrom('counters').execute();
  const members = depth / EACH;
  const rows = Array.from({ length: depth }, (_, index) => ({
    ...toRow(newGeneration(`member-${index % members}`), { lane: 1, fairOrder: Math.floor(index / members) + 1 }),
    acknowledged_at: NOW,
  }));
  for (let start = 0; start < rows.length; start += 500) {
    await db
      .insertInto('generations')
      .values(rows.slice(start, start + 500))
      .execute();
  }
}

export async function operations({ store, statementsOf, runBare }: Bench): Promise<Operation[]> {
  const { db, generations } = store;
  const last = await db
    .selectFrom('generations')
    .select('id')
    .where('state', '=', 'queued')
    .orderBy('fair_order', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();

  const position = () => generations.position(last.id);
  const positionBare = await statementsOf(position);

  const enqueue = (id: string) => generations.submit(newGeneration(`newcomer-${id}`, id), { waiting: EACH });
  const takeBack = async () =>
    void (await db.deleteFrom('generations').where('user_id', 'like', 'newcomer-%').execute());
  const sample = mintId();
  const enqueueBare = await statementsOf(() => enqueue(sample));
  await takeBack();

  const claim = () => generations.claim({ owner: 'bench', userRunning: USER_RUNNING });
  const putBack = () =>
    db
      .updateTable('generations')
      .set({ state: 'queued', lease_owner: null, lease_expires_at: null, started_at: null, claims: 0 })
      .where('lease_owner', '=', 'bench')
      .execute();
  const claimBare = await statementsOf(claim);
  await putBack();

  return [
    { name: 'position of the last', ours: position, bare: () => runBare(positionBare), undo: async () => {} },
    {
      name: 'enqueue',
      ours: () => enqueue(mintId()),
      bare: () => {
        const id = mintId();
        const values = new Map([
          [sample, id],
          [`newcomer-${sample}`, `newcomer-${id}`],
          [`user:newcomer-${sample}`, `user:newcomer-${id}`],
        ]);
        return runBare(withParameters(enqueueBare, values));
      },
      undo: takeBack,
    },
    { name: 'claim', ours: claim, bare: () => runBare(claimBare), undo: putBack },
  ];
}

/** Puts the first half of the members in line at their limit. */
export async function fillLimits({ db }: Store): Promise<void> {
  const first = await db
    .selectFrom('generations')
    .select('user_id')
    .where('fair_order', '=', 1)
    .orderBy('id')
    .execute();
  const rows = first
    .slice(0, Math.ceil(first.length / 2))
    .flatMap(({ user_id }) => Array.from({ length: USER_RUNNING }, () => newGeneration(user_id)))
    .map((made) => ({
      ...toRow(made, { lane: 1, fairOrder: 0 }),
      state: 'running',
      acknowledged_at: NOW,
      lease_owner: 'another',
      lease_expires_at: sql.lit(8_000_000_000_000),
    }));
  for (let start = 0; start < rows.length; start += 500) {
    await db
      .insertInto('generations')
      .values(rows.slice(start, start + 500))
      .execute();
  }
}
