import { expect, it } from 'vitest';
import { NotNowError } from '../../src/generation/not-now.ts';
import { errorOf, failing, makeVendor, openRouting, well } from './world.ts';

const SECOND = 1_000;

it('does not ask again before Retry-After is over, and asks the others meanwhile', async () => {
  const [cheap, steady] = [makeVendor('cheap', { price: () => 1 }), makeVendor('steady')];
  const world = await openRouting({ vendors: [cheap, steady] });
  cheap.turn(failing('rate-limited', { retryAfterMs: 30 * SECOND }));
  expect((await world.paint()).painted?.provider).toBe('steady');
  cheap.turn(well);
  world.clock.advance(30 * SECOND - 1);
  expect((await world.paint()).painted?.provider).toBe('steady');
  world.clock.advance(1);
  expect((await world.paint()).painted?.provider).toBe('cheap');
  expect(cheap.calls).toHaveLength(2);
  expect(world.told[0]).toEqual([]);
});

it('waits for an offer that is the only one, by what it asked for', async () => {
  const only = makeVendor('only');
  const world = await openRouting({ vendors: [only] });
  only.turn(failing('rate-limited', { retryAfterMs: 7 * SECOND }));
  expect(await errorOf(world.paint())).toMatchObject({ failure: 'rate-limited', retryAfterMs: 7 * SECOND });
  const wait = await errorOf(world.paint());
  expect(wait).toBeInstanceOf(NotNowError);
  expect(wait).toMatchObject({
    at: world.clock.now() + 7 * SECOND,
    failure: { sentence: { key: 'provider-rate-limited', values: { provider: 'Only', seconds: 7 } } },
  });
  expect(only.calls).toHaveLength(1);
});

it.each([
  ['no time is named', {}],
  ['the time is already past by our clock', { retryAfterMs: 0 }],
])('waits longer each time where %s, and forgets it with a success', async (_what, named) => {
  const only = makeVendor('only');
  const world = await openRouting({ vendors: [only] });
  only.turn(failing('rate-limited', named));
  const pauses = [];
  for (let call = 0; call < 6; call += 1) {
    await world.paint().catch(() => {});
    const until = (await world.healthOf('only'))?.limitedUntil ?? 0;
    pauses.push((until - world.clock.now()) / SECOND);
    world.clock.advance(until - world.clock.now());
  }
  expect(pauses).toEqual([4, 8, 16, 32, 64, 64]);
  only.turn(well);
  await world.paint();
  only.turn(failing('rate-limited'));
  await world.paint().catch(() => {});
  expect((await world.healthOf('only'))?.limitedUntil).toBe(world.clock.now() + 4 * SECOND);
});

it('asks for half as many at once after refusals that come together, and for one more with each success', async () => {
  const only = makeVendor('only');
  const world = await openRouting({ vendors: [only], slots: 8 });
  await world.paint();
  const gate = Promise.withResolvers<void>();
  let sent = 0;
  only.turn(async (...call) => {
    sent += 1;
    if (sent === 8) gate.resolve();
    await gate.promise;
    return failing('rate-limited', { retryAfterMs: SECOND })(...call);
  });
  const claimed = [];
  for (let made = 0; made < 8; made += 1) claimed.push(await world.claim());
  await Promise.allSettled(claimed.map((generation) => world.run(generation)));
  expect(await world.healthOf('only')).toMatchObject({ slots: 4, refusals: 1 });
  only.turn(well);
  world.clock.advance(SECOND);
  const slots = [];
  for (let call = 0; call < 4; call += 1) {
    await world.paint();
    slots.push((await world.healthOf('only'))?.slots);
  }
  expect(slots).toEqual([5, 6, 7, undefined]);
});

it('holds what an offer takes at the moment over all processes', async () => {
  const only = makeVendor('only');
  const world = await openRouting({ vendors: [only] });
  await world.paint();
  only.turn(failing('rate-limited', { retryAfterMs: SECOND }));
  await world.paint().catch(() => {});
  expect((await world.healthOf('only'))?.slots).toBe(1);
  world.clock.advance(SECOND);
  const gate = Promise.withResolvers<void>();
  only.turn(async (_request, _call, paint) => {
    await gate.promise;
    return paint();
  });
  const first = world.run(await world.claim(), 0);
  await expect.poll(() => only.calls.length).toBe(3);
  const second = await errorOf(world.run(await world.claim(), 1));
  expect(second).toBeInstanceOf(NotNowError);
  expect(second).toMatchObject({ failure: undefined });
  gate.resolve();
  await first;
});
