import { expect, it } from 'vitest';
import type { RoutingPolicy } from '../../src/generation/router.ts';
import { type Sentence, speak } from '../../src/language/index.ts';
import { makeOffer, makeProvider } from '../support/offers.ts';
import { failing, type MoodyVendor, makeVendor, openRouting, type RoutingWorld, well } from './world.ts';

const MINUTE = 60_000;

/** Who painted, and why it was asked. */
async function choice(world: RoutingWorld, request: Parameters<RoutingWorld['paint']>[0] = {}): Promise<string> {
  const { painted } = await world.paint(request);
  return painted?.reason === undefined ? 'nobody' : speak('en', painted.reason as Sentence);
}

/** Answers after so long, by the world's clock. */
function taking(world: RoutingWorld, ms: number): Parameters<MoodyVendor['turn']>[0] {
  return (_request, _call, paint) => {
    world.clock.advance(ms);
    return paint();
  };
}

/** Begins a picture that is not there before `release`. */
async function askSlowly(world: RoutingWorld, vendor: MoodyVendor) {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  vendor.turn(async (_request, _call, paint) => {
    asked.resolve();
    await gate.promise;
    return paint();
  });
  const slow = world.run(await world.claim());
  await asked.promise;
  vendor.turn(well);
  return { slow, release: gate.resolve };
}

it('asks the cheapest offer', async () => {
  const vendors = [makeVendor('dear', { price: () => 4_000 }), makeVendor('cheap', { price: () => 1_000 })];
  const world = await openRouting({ vendors });
  expect(await choice(world)).toBe('Cheap: cheapest here.');
  expect(vendors.map(({ calls }) => calls.length)).toEqual([0, 1]);
});

it('compares prices for the picture that is asked for', async () => {
  const perStep = makeVendor('bystep', { price: ({ inferenceSteps = 4 }) => 500 * inferenceSteps });
  const world = await openRouting({ vendors: [perStep, makeVendor('flat', { price: () => 3_000 })] });
  expect(await choice(world, { inferenceSteps: 4 })).toMatch(/^Bystep: /);
  expect(await choice(world, { inferenceSteps: 12 })).toMatch(/^Flat: /);
});

it('asks the one that was fastest lately, after everyone was asked once', async () => {
  const [slow, fast] = [makeVendor('slow', { price: () => 1 }), makeVendor('fast')];
  const world = await openRouting({ vendors: [slow, fast], policy: 'fastest' });
  slow.turn(taking(world, 9_000));
  fast.turn(taking(world, 2_000));
  await world.paint();
  await world.paint();
  expect([slow.calls.length, fast.calls.length]).toEqual([1, 1]);
  expect(await choice(world)).toBe('Fast: fastest lately.');
  fast.turn(taking(world, 30_000));
  for (let call = 0; call < 3; call += 1) await world.paint();
  expect(await choice(world)).toBe('Slow: fastest lately.');
});

it('asks in the order set, and those it does not name last', async () => {
  const vendors = ['acme', 'brush', 'chalk'].map((provider) => makeVendor(provider));
  const world = await openRouting({ vendors, policy: 'order', order: ['chalk', 'brush'] });
  expect(await choice(world)).toBe('Chalk: first in the order set here.');
  vendors[2]?.turn(failing('money'));
  expect(await choice(world)).toBe('Brush: stood in for Chalk, which was busy or failing.');
  vendors[1]?.turn(failing('money'));
  expect(await choice(world)).toBe('Acme: stood in for Chalk, which was busy or failing.');
});

it.each(['cheapest', 'fastest'] as const)(
  'prefers who honours a seed that was given, then goes by %s',
  async (policy) => {
    const deaf = makeVendor('deaf', { seed: 'theirs', price: () => 1 });
    const world = await openRouting({ vendors: [deaf, makeVendor('exact')], policy });
    expect(await choice(world, { seedGiven: true })).toMatch(
      /^Exact: (cheapest|fastest lately) that honours the seed\.$/,
    );
    expect(await choice(world, { seedGiven: false })).toMatch(/^Deaf: /);
  },
);

it('passes over the cheapest only for what the member asked, and says so', async () => {
  const { inferenceSteps: _, ...fixed } = makeOffer({ provider: 'fixed', price: () => 1 });
  const world = await openRouting({ vendors: [makeProvider(fixed), makeVendor('dialled')] });
  expect(await choice(world, { inferenceSteps: 8 })).toBe('Dialled: cheapest of those that fit the request best.');
  expect(await choice(world)).toBe('Fixed: cheapest here.');
});

it('lets a shape that is a little off decide only between equal prices, and another shape before the price', async () => {
  const sizes = (width: number, height: number) => ({ kind: 'pairs', pairs: [[width, height]] }) as const;
  const vendors = [
    makeVendor('square', { price: () => 1, sizes: sizes(64, 64) }),
    makeVendor('near', { price: () => 2, sizes: sizes(72, 56) }),
    makeVendor('exact', { price: () => 2, sizes: sizes(64, 48) }),
    makeVendor('dear', { price: () => 3, sizes: sizes(64, 48) }),
  ];
  const [square, near, exact, dear] = vendors;
  const of = async (...some: (MoodyVendor | undefined)[]) =>
    choice(await openRouting({ vendors: some.filter((one) => one !== undefined) }), { aspect: '4:3' });
  expect(await of(near, dear)).toBe('Near: cheapest here.');
  expect(await of(near, exact)).toBe('Exact: cheapest here.');
  expect(await of(square, near)).toBe('Near: cheapest of those that fit the request best.');
});

it('asks who was pinned and nobody else, whatever it costs', async () => {
  const vendors = [makeVendor('dear', { price: () => 9_000 }), makeVendor('cheap', { price: () => 1 })];
  const world = await openRouting({ vendors });
  expect(await choice(world, { provider: 'dear' })).toBe('Dear: you chose it.');
  expect(vendors.map(({ calls }) => calls.length)).toEqual([1, 0]);
});

it('says so when there is only one that can', async () => {
  const world = await openRouting({ vendors: [makeVendor('acme'), makeVendor('brush', { model: 'flux-dev' })] });
  expect(await choice(world, { model: 'flux-dev' })).toBe('Brush: the only one here that can do this.');
});

it.each<[string, RoutingPolicy]>([
  ['is out of rotation', 'cheapest'],
  ['asked for a pause', 'order'],
])('passes over an offer that %s, and comes back to it', async (state, policy) => {
  const [first, second] = [makeVendor('first', { price: () => 1 }), makeVendor('second')];
  const world = await openRouting({ vendors: [first, second], policy, order: ['first'] });
  first.turn(
    state === 'asked for a pause' ? failing('rate-limited', { retryAfterMs: MINUTE }) : failing('credentials'),
  );
  expect(await choice(world)).toBe('Second: stood in for First, which was busy or failing.');
  expect(await choice(world)).toBe('Second: stood in for First, which was busy or failing.');
  expect(first.calls).toHaveLength(1);
  first.turn(well);
  world.clock.advance(2 * MINUTE);
  expect(await choice(world)).toMatch(/^First: /);
});

it('passes over an offer whose slots are taken', async () => {
  const [cheap, dear] = [makeVendor('cheap', { price: () => 1 }), makeVendor('dear')];
  const world = await openRouting({ vendors: [cheap, dear], slots: 1 });
  const { slow, release } = await askSlowly(world, cheap);
  expect(await choice(world)).toBe('Dear: stood in for Cheap, which was busy or failing.');
  release();
  expect((await slow).painted?.provider).toBe('cheap');
});

it('prefers others to an offer whose call takes much longer than usual, until one of its calls succeeds', async () => {
  const [cheap, dear] = [makeVendor('cheap', { price: () => 1 }), makeVendor('dear')];
  const world = await openRouting({ vendors: [cheap, dear] });
  await world.paint();
  world.clock.advance(1_000);
  const { slow, release } = await askSlowly(world, cheap);
  world.clock.advance(6_000);
  expect(await choice(world)).toMatch(/^Dear: /);
  expect(await choice(world, { provider: 'cheap' })).toMatch(/^Cheap: /);
  expect(await choice(world)).toMatch(/^Cheap: /);
  release();
  await slow;
});
