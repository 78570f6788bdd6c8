import { expect, it } from 'vitest';
import { createGroupSync } from '../../src/store/group-sync.ts';

/** A disk whose syncs end when they are told to. */
function createDisk() {
  const running: PromiseWithResolvers<void>[] = [];
  const sync = createGroupSync(() => {
    const one = Promise.withResolvers<void>();
    running.push(one);
    return one.promise;
  });
  return { running, sync };
}

it('shares the next sync among all who ask while one is under way', async () => {
  const { running, sync } = createDisk();
  const first = sync();
  const others = [sync(), sync(), sync()];
  expect(running).toHaveLength(1);
  running[0]?.resolve();
  await first;
  await expect.poll(() => running.length).toBe(2);
  running[1]?.resolve();
  await Promise.all(others);
  expect(running).toHaveLength(2);
});

it('tells of a failure those who waited for that sync, and tries again for the others', async () => {
  const { running, sync } = createDisk();
  const first = sync();
  const second = sync();
  running[0]?.reject(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  await expect.poll(() => running.length).toBe(2);
  running[1]?.resolve();
  await second;
  const third = sync();
  expect(running).toHaveLength(3);
  running[2]?.resolve();
  await third;
});
