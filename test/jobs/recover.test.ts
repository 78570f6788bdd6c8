import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Probe } from '../../src/discord/acknowledge.ts';
import { recoverUnacknowledged, startRecovery } from '../../src/jobs/recover.ts';
import { createLog } from '../../src/log.ts';
import { newGeneration } from '../support/generations.ts';
import { createLogBook } from '../support/log-book.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';

const world = useStoreWorld(createSqliteDatabase);

/** A request that was committed, and then its process died. */
async function leave(userId = 'member-1'): Promise<string> {
  const made = newGeneration({ userId, createdAt: world.clock.now() });
  await world.store.generations.submit(made, { waiting: 20 });
  return made.id;
}

async function recover(answers: Readonly<Record<string, Probe>>) {
  const log = createLogBook();
  const asked: string[] = [];
  await recoverUnacknowledged({
    store: world.store,
    async wasAcknowledged({ id }) {
      asked.push(id);
      const answer = answers[id];
      if (answer === undefined) throw Object.assign(new Error('fetch failed'), { code: 'ECONNREFUSED' });
      return answer;
    },
    log: createLog('info', log),
    now: world.clock.now,
  });
  return { asked, log };
}

const stateOf = async (id: string) => (await world.store.generations.find(id))?.state;

describe('rows a crash left between commit and answer', () => {
  it('are taken up where Discord had our answer, and are void where it had not', async () => {
    const [known, unknown] = [await leave(), await leave()];
    world.clock.advance(10_001);
    const heard: string[] = [];
    const stop = world.store.wakeUps.listen((topic) => heard.push(topic));
    await recover({ [known]: { kind: 'yes', messageId: 'message-7' }, [unknown]: { kind: 'no' } });
    stop();
    expect(await world.store.generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject({
      id: known,
      messageId: 'message-7',
    });
    expect(await stateOf(unknown)).toBe('cancelled');
    expect(heard).toEqual(['work']);
  });

  it('are not painted where it is too late to ask: their member is told', async () => {
    const id = await leave();
    world.clock.advance(16 * 60_000);
    await recover({ [id]: { kind: 'too-late' } });
    expect(await world.store.generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject({
      id,
      state: 'delivering',
      outcome: 'failed',
      failure: { sentence: { key: 'was-away' } },
    });
    expect((await recover({})).asked).toEqual([]);
  });

  it('are left alone while the answer may still be on its way', async () => {
    const id = await leave();
    world.clock.advance(10_000);
    expect((await recover({})).asked).toEqual([]);
    expect(await stateOf(id)).toBe('queued');
  });

  it('wait for the next time when Discord cannot be asked, without holding up the others', async () => {
    const [unclear, clear] = [await leave(), await leave()];
    world.clock.advance(10_001);
    const { log } = await recover({ [clear]: { kind: 'yes', messageId: 'message-7' } });
    expect(await log.find({ generation: unclear })).toMatchObject({
      msg: 'could not ask Discord about an unfinished answer',
    });
    expect(await world.store.generations.claim({ owner: 'a', userRunning: 2 })).toMatchObject({ id: clear });
    expect((await recover({ [unclear]: { kind: 'no' } })).asked).toEqual([unclear]);
  });

  it('are asked about once they are settled no more', async () => {
    const [known, unknown] = [await leave(), await leave()];
    world.clock.advance(10_001);
    await recover({ [known]: { kind: 'yes', messageId: 'message-7' }, [unknown]: { kind: 'no' } });
    expect((await recover({})).asked).toEqual([]);
  });

  it('are asked about one run after another, however long Discord takes, and a stop waits for the last', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const id = await leave();
    world.clock.advance(10_001);
    const answer = Promise.withResolvers<Probe>();
    const asked: string[] = [];
    const stop = startRecovery({
      store: world.store,
      wasAcknowledged(generation) {
        asked.push(generation.id);
        return answer.promise;
      },
      log: createLog('silent'),
      now: world.clock.now,
    });
    await until(() => expect(asked).toEqual([id]));
    vi.advanceTimersByTime(60_000);
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    // Time enough for other runs to read what there is to ask about.
    for (let turn = 0; turn < 3; turn += 1) await world.store.generations.unacknowledged(world.clock.now());
    expect(isStopped).toBe(false);
    answer.resolve({ kind: 'no' });
    await stopped;
    expect(asked).toEqual([id]);
    expect(await stateOf(id)).toBe('cancelled');
  });
});
