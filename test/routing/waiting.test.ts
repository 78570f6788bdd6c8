import { expect, it } from 'vitest';
import { generate } from '../../src/generation/generate.ts';
import { createRouter } from '../../src/generation/router.ts';
import { employ, look } from '../jobs/working.ts';
import { hang, makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { failing, makeVendor, well } from './world.ts';

const world = useStoreWorld(createSqliteDatabase);
const SLOTS = { gpu: 1, cloud: 50 };

/** A worker, a vendor, and a machine of one's own that is busy with one picture for as long as the test lasts. */
async function openBusy() {
  const { store, clock } = world;
  const cloud = makeVendor('cloud');
  const gpu = makeVendor('gpu', { price: () => 0, patienceMs: 600_000 });
  gpu.turn(hang);
  const router = createRouter({
    health: store.health,
    attempts: store.attempts,
    policy: 'cheapest',
    order: [],
    slotsOf: ({ provider }) => (provider === 'gpu' ? SLOTS.gpu : SLOTS.cloud),
    now: clock.now,
    random: () => 0,
  });
  const dependencies = {
    store,
    providers: [cloud, gpu],
    router,
    budgets: {},
    fetchPicture: () => Promise.reject(new Error('no picture to start from')),
    now: clock.now,
  };
  const enqueue = () => world.enqueue({ request: makeRequest() });
  const painting = await enqueue();
  const staff = employ(world, {
    generate: (generation, call) => generate(generation, dependencies, call),
    workers: 16,
    userRunning: 16,
    slots: SLOTS,
  });
  await until(() => expect(gpu.calls).toHaveLength(1));
  return { ...staff, cloud, gpu, enqueue, painting };
}

/** Lets time pass until a vendor has painted all of these. */
async function painted(ids: readonly string[]): Promise<void> {
  await until(async () => {
    world.clock.advance(100);
    const all = await Promise.all(ids.map((id) => look(world, id)));
    expect(all.map(({ state, painted: by }) => [state, by?.provider])).toEqual(ids.map(() => ['done', 'cloud']));
  });
}

/** Resolves when it waits for the slot. */
async function inLine(id: string): Promise<void> {
  await until(async () => {
    const row = await world.store.db
      .selectFrom('generations')
      .select(['state', 'waits_for'])
      .where('id', '=', id)
      .executeTakeFirst();
    expect(row).toEqual({ state: 'queued', waits_for: 'gpu' });
  });
}

it('for a slot ends when a vendor that was broken may be asked again', async () => {
  const { cloud, enqueue, painting } = await openBusy();
  cloud.turn(failing('trouble'));
  const [first, second] = [await enqueue(), await enqueue()];
  await Promise.all([inLine(first), inLine(second)]);
  expect((await world.store.health.all()).find(({ provider }) => provider === 'cloud')).toMatchObject({ failures: 2 });
  const third = await enqueue();
  await inLine(third);
  cloud.turn(well);
  world.clock.advance(15_000);
  await painted([first, second, third]);
  expect(await look(world, painting)).toMatchObject({ state: 'running' });
});

it('for a slot ends when a vendor that asked for a pause may be asked again', async () => {
  const { cloud, enqueue } = await openBusy();
  cloud.turn(failing('rate-limited', { retryAfterMs: 20_000 }));
  const refused = await enqueue();
  await inLine(refused);
  const later = await enqueue();
  await inLine(later);
  cloud.turn(well);
  world.clock.advance(20_000);
  await painted([refused, later]);
});
