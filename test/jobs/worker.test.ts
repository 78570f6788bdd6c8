import { describe, expect, it } from 'vitest';
import { PAINTED } from '../support/generations.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { createGate, DONE, employ, look, PAID } from './working.ts';

const world = useStoreWorld(createSqliteDatabase);

describe('a worker', () => {
  it('takes what waits, paints it, delivers it, and says that it is over', async () => {
    const id = await world.enqueue();
    const { over, painted, delivered, told } = employ(world);
    expect(await over(id)).toMatchObject({ generation: { id, outcome: 'done' }, route: 'token', bytes: 3 });
    expect(await look(world, id)).toMatchObject({ state: 'done', messageId: 'message', painted: PAINTED, claims: 1 });
    expect(painted).toEqual([id]);
    expect(delivered).toMatchObject([{ id, state: 'delivering', outcome: 'done' }]);
    // No progress can overtake the result.
    expect(told.slice(0, 2)).toEqual([`started ${id}`, `settled ${id}`]);
  });

  it('hears of what comes later', async () => {
    const { over } = employ(world);
    const id = await world.enqueue();
    world.store.wakeUps.send('work');
    await over(id);
  });

  it('takes the next when one is over, in their order', async () => {
    const ids = [await world.enqueue(), await world.enqueue(), await world.enqueue()];
    const { over, painted } = employ(world, { workers: 1 });
    await over(ids[2] ?? '');
    expect(painted).toEqual(ids);
  });

  it('never has more in flight than it has places', async () => {
    for (let index = 0; index < 5; index += 1) await world.enqueue({ userId: `member-${index}` });
    const gate = createGate();
    const { worker, painted } = employ(world, { workers: 2, generate: gate.generate });
    await gate.reached(2);
    world.store.wakeUps.send('work');
    expect(await world.store.generations.load()).toMatchObject({ queued: 3, running: 2 });
    expect([worker.running(), painted.length]).toEqual([2, 2]);
    gate.open();
  });

  it('never has more of one member in flight than they may have', async () => {
    for (let index = 0; index < 3; index += 1) await world.enqueue({ userId: 'ann' });
    const bob = await world.enqueue({ userId: 'bob' });
    const gate = createGate();
    const { painted } = employ(world, { workers: 4, userRunning: 1, generate: gate.generate });
    await gate.reached(2);
    expect(painted).toHaveLength(2);
    expect(painted).toContain(bob);
    gate.open();
  });

  it('tells which provider is asked', async () => {
    const id = await world.enqueue();
    const { over, told } = employ(world, {
      async generate(_generation, { onCall }) {
        onCall(PAID);
        return DONE;
      },
    });
    await over(id);
    expect(told).toContain(`calling ${id}`);
  });

  it('delivers what an earlier worker settled, and paints nothing', async () => {
    const id = await world.enqueue();
    await world.store.generations.claim({ owner: 'dead', userRunning: 1 });
    await world.store.generations.settle(id, 'dead', DONE);
    world.clock.advance(31_000);
    const { over, painted } = employ(world);
    expect(await over(id)).toMatchObject({ generation: { id, claims: 2 } });
    expect(painted).toEqual([]);
  });

  it('goes on with the others when a row cannot be read', async () => {
    const broken = await world.enqueue({ userId: 'ann' });
    const fine = await world.enqueue({ userId: 'bob' });
    await world.store.db.updateTable('generations').set({ kind: 'from the future' }).where('id', '=', broken).execute();
    const { over, log } = employ(world);
    await log.find({ msg: 'could not claim' });
    world.store.wakeUps.send('work');
    await over(fine);
  });
});

describe('a delivery', () => {
  it('that Discord is not ready for is postponed, and its picture not painted again', async () => {
    const id = await world.enqueue();
    let tries = 0;
    const { log, over, painted } = employ(world, {
      async deliver() {
        tries += 1;
        if (tries === 1) return { kind: 'later', reason: 'HTTPError' };
        return { kind: 'delivered', messageId: 'message', route: 'bot', bytes: 3 };
      },
    });
    const postponed = await log.find({ msg: 'delivery postponed', generation: id });
    expect(postponed).toMatchObject({ reason: 'HTTPError', pauseMs: 2_000 });
    expect(await look(world, id)).toMatchObject({ state: 'delivering', outcome: 'done' });
    world.clock.advance(2_000);
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ route: 'bot' });
    expect(painted).toEqual([id]);
  });

  it('waits longer each time, up to a minute', async () => {
    const id = await world.enqueue();
    const { log, worker } = employ(world, { deliver: async () => ({ kind: 'later', reason: 'HTTPError' }) });
    const pauses: unknown[] = [];
    for (let turn = 1; turn <= 8; turn += 1) {
      await until(() => expect(log.lines).toHaveLength(turn));
      pauses.push(JSON.parse(log.lines.at(-1) ?? '').pauseMs);
      await until(() => expect(worker.running()).toBe(0));
      world.clock.advance(61_000);
      world.store.wakeUps.send('work');
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(await look(world, id)).toMatchObject({ outcome: 'done' });
  });

  it('with nowhere left to go is over all the same', async () => {
    const id = await world.enqueue();
    const { over } = employ(world, { deliver: async () => ({ kind: 'nowhere', reason: 'Discord 10003' }) });
    expect(await over(id)).toMatchObject({ route: 'nowhere', bytes: 0 });
    expect(await look(world, id)).toMatchObject({ state: 'done', messageId: `message-${id}` });
  });

  it('that throws is tried again', async () => {
    const id = await world.enqueue();
    let tries = 0;
    const { log, over } = employ(world, {
      async deliver() {
        tries += 1;
        if (tries === 1) throw new TypeError('x is not a function');
        return { kind: 'delivered', messageId: 'message', route: 'token', bytes: 3 };
      },
    });
    expect(await log.find({ msg: 'could not deliver', generation: id })).toMatchObject({ err: { name: 'TypeError' } });
    const postponed = await log.find({ msg: 'delivery postponed', generation: id });
    expect(postponed).toMatchObject({ pauseMs: 2_000 });
    world.clock.advance(2_000);
    world.store.wakeUps.send('work');
    await over(id);
  });

  it('that can never succeed ends after a day of tries', async () => {
    const id = await world.enqueue();
    const { generations, db } = world.store;
    await generations.claim({ owner: 'before', userRunning: 4 });
    await generations.settle(id, 'before', DONE);
    await generations.postpone(id, 'before', world.clock.now());
    await db.updateTable('generations').set({ claims: 1_438 }).where('id', '=', id).execute();
    const { log, over } = employ(world, { deliver: async () => ({ kind: 'later', reason: 'Discord 403 40333' }) });
    await log.find({ msg: 'delivery postponed', generation: id });
    world.clock.advance(61_000);
    world.store.wakeUps.send('work');
    expect(await over(id)).toMatchObject({ route: 'nowhere', generation: { claims: 1_440 } });
    expect(await look(world, id)).toMatchObject({ state: 'done', outcome: 'done' });
  });
});
