import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderFailure } from '../../src/errors.ts';
import { SETUP_FAILURES } from '../../src/errors.ts';
import { stateOf } from '../../src/generation/circuit.ts';
import { NotNowError } from '../../src/generation/not-now.ts';
import { LEASE_MS } from '../../src/store/queue.ts';
import { errorOf, failing, makeVendor, openRouting, type RoutingWorld, rejecting, well } from './world.ts';

const SECOND = 1_000;

/** A vendor whom all requests go to first, and one that always works. */
async function openPair(options: { count?: number } = {}) {
  const [cheap, steady] = [makeVendor('cheap', { price: () => 1 }), makeVendor('steady')];
  const world = await openRouting({ vendors: [cheap, steady], ...options });
  const circuit = async () => {
    const health = await world.healthOf('cheap');
    return health === undefined ? 'closed' : stateOf(health, world.clock.now());
  };
  return { world, cheap, steady, circuit };
}

/** So many requests at the same moment; who painted them. */
async function paintMany(world: RoutingWorld, requests: number, request = {}): Promise<(string | undefined)[]> {
  const claimed = [];
  for (let made = 0; made < requests; made += 1) claimed.push(await world.claim(request));
  const results = await Promise.all(claimed.map((generation) => world.run(generation)));
  return results.map(({ painted }) => painted?.provider);
}

describe('a broken vendor', () => {
  it.each<ProviderFailure>(['trouble', 'unreadable', 'network', 'timeout'])(
    'costs two calls that end as “%s”',
    async (failure) => {
      const { world, cheap, steady, circuit } = await openPair();
      cheap.turn(failing(failure));
      for (let request = 0; request < 5; request += 1) {
        expect((await world.paint()).painted?.provider).toBe('steady');
      }
      expect([cheap.calls.length, steady.calls.length]).toEqual([2, 5]);
      expect(await circuit()).toBe('open');
      expect(world.told[0]).toEqual([`cheap: ${failure}`]);
    },
  );

  it('costs two calls that end in a 500, whatever the vendor puts it down to', async () => {
    const { world, cheap, circuit } = await openPair();
    cheap.turn(failing('invalid-request', { status: 500 }));
    for (let request = 0; request < 5; request += 1) await world.paint();
    expect(cheap.calls).toHaveLength(2);
    expect(await circuit()).toBe('open');
    expect(world.told[0]).toEqual(['cheap: trouble']);
  });

  it('costs two calls over all processes together', async () => {
    const { world, cheap } = await openPair();
    cheap.turn(failing('trouble'));
    for (const process of [0, 1, 0, 1] as const) {
      expect((await world.paint({}, process)).painted?.provider).toBe('steady');
    }
    expect(cheap.calls).toHaveLength(2);
    expect(world.told).toEqual([['cheap: trouble'], ['cheap: trouble']]);
  });

  it('costs two calls, however many requests come at once', async () => {
    const { world, cheap } = await openPair();
    cheap.turn(failing('trouble'));
    await world.paint({ provider: 'steady' });
    expect(await paintMany(world, 20)).toEqual(Array(20).fill('steady'));
    expect(cheap.calls).toHaveLength(2);
  });

  it('costs two calls of a request for four pictures', async () => {
    const { world, cheap } = await openPair();
    cheap.turn(failing('trouble'));
    const { painted } = await world.paint({ count: 4 });
    expect(painted).toMatchObject({ provider: 'steady', missing: 0, seeds: [7, 8, 9, 10] });
    expect(cheap.calls).toHaveLength(2);
  });

  it('costs no more than what was under way when it broke', async () => {
    const { world, cheap } = await openPair();
    await world.paint();
    await world.paint({ provider: 'steady' });
    const broke = Promise.withResolvers<void>();
    let sent = 0;
    cheap.turn(async (...call) => {
      sent += 1;
      await broke.promise;
      return failing('trouble')(...call);
    });
    const burst = paintMany(world, 6);
    await expect.poll(() => sent).toBe(6);
    broke.resolve();
    expect(await burst).toEqual(Array(6).fill('steady'));
    // The other four tell nothing new.
    expect((await world.healthOf('cheap'))?.openUntil).toBe(world.clock.now() + 15 * SECOND);
    cheap.turn(failing('trouble'));
    await paintMany(world, 6);
    expect(cheap.calls).toHaveLength(7);
  });

  it('is given as many calls as there are, once it has proved itself', async () => {
    const { world, cheap } = await openPair();
    await world.paint();
    expect(await paintMany(world, 12)).toEqual(Array(12).fill('cheap'));
    expect(cheap.calls).toHaveLength(13);
  });

  it('is given no more than two calls that hang, even where nobody else could do it', async () => {
    const only = makeVendor('only');
    const world = await openRouting({ vendors: [only] });
    await world.paint();
    world.clock.advance(SECOND);
    const gate = Promise.withResolvers<void>();
    only.turn(async (...call) => {
      await gate.promise;
      return well(...call);
    });
    const slow = [world.run(await world.claim())];
    await expect.poll(() => only.calls.length).toBe(2);
    world.clock.advance(6 * SECOND);
    slow.push(world.run(await world.claim()));
    await expect.poll(() => only.calls.length).toBe(3);
    expect(await errorOf(world.run(await world.claim()))).toBeInstanceOf(NotNowError);
    gate.resolve();
    expect((await Promise.all(slow)).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  });

  it('has to prove itself again when it was not asked for long', async () => {
    const { world, cheap } = await openPair();
    await world.paint();
    world.clock.advance(15 * 60 * SECOND);
    await world.paint({ provider: 'steady' });
    cheap.turn(failing('trouble'));
    await paintMany(world, 12);
    expect(cheap.calls).toHaveLength(3);
  });
});

describe('coming back', () => {
  it('tries it with one real request after 15 s, then after 30 s, then every minute', async () => {
    const { world, cheap, circuit } = await openPair();
    cheap.turn(failing('trouble'));
    await world.paint();
    await world.paint();
    for (const [probe, pause] of [15, 30, 60, 60, 60].entries()) {
      world.clock.advance(pause * SECOND - 1);
      await paintMany(world, 5);
      expect(cheap.calls).toHaveLength(2 + probe);
      world.clock.advance(1);
      expect(await circuit()).toBe('half-open');
      await paintMany(world, 5);
      expect(cheap.calls).toHaveLength(3 + probe);
      expect(await circuit()).toBe('open');
    }
    expect(world.told[0]).toEqual(['cheap: trouble']);
  });

  it('closes with the first call that succeeds, and says so', async () => {
    const { world, cheap, circuit } = await openPair();
    cheap.turn(failing('timeout'));
    await world.paint();
    await world.paint();
    cheap.turn(well);
    world.clock.advance(15 * SECOND);
    expect((await world.paint()).painted?.provider).toBe('cheap');
    expect(await circuit()).toBe('closed');
    expect(world.told[0]).toEqual(['cheap: timeout', 'cheap: back']);
    expect(await paintMany(world, 8)).toEqual(Array(8).fill('cheap'));
  });

  it('is noticed by a process that learns of it from the store', async () => {
    const { world, cheap } = await openPair();
    cheap.turn(failing('trouble'));
    await world.paint({}, 0);
    await world.paint({}, 0);
    await world.paint({}, 1);
    cheap.turn(well);
    world.clock.advance(15 * SECOND);
    await world.paint({}, 1);
    await world.paint({}, 0);
    expect(world.told).toEqual([
      ['cheap: trouble', 'cheap: back'],
      ['cheap: trouble', 'cheap: back'],
    ]);
  });

  it('takes at most a minute from recovering, however long it was broken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 600 }), async (brokenForSeconds) => {
        const { world, cheap } = await openPair();
        const recoversAt = world.clock.now() + brokenForSeconds * SECOND;
        cheap.turn((...call) => (world.clock.now() < recoversAt ? failing('trouble')(...call) : well(...call)));
        while ((await world.paint()).painted?.provider !== 'cheap') world.clock.advance(10 * SECOND);
        expect(world.clock.now() - recoversAt).toBeLessThanOrEqual(70 * SECOND);
      }),
      { numRuns: 6 },
    );
  });

  it('lets another request try when the one that tried was lost with its process', async () => {
    const { world, cheap } = await openPair();
    cheap.turn(failing('trouble'));
    await world.paint();
    await world.paint();
    world.clock.advance(15 * SECOND);
    const lost = await world.claim();
    expect(
      await world.store.attempts.open({ generationId: lost.id, provider: 'cheap', model: 'flux-schnell', slots: 50 }),
    ).toMatchObject({ kind: 'opened' });
    cheap.turn(well);
    expect((await world.paint()).painted?.provider).toBe('steady');
    world.clock.advance(LEASE_MS);
    await world.store.generations.claim({ owner: 'worker', userRunning: 1_000 });
    expect((await world.paint()).painted?.provider).toBe('cheap');
  });

  it('believes a call from before the trouble that succeeds after all', async () => {
    const { world, cheap, circuit } = await openPair();
    await world.paint();
    const gate = Promise.withResolvers<void>();
    let sent = 0;
    cheap.turn(async (...call) => {
      sent += 1;
      if (sent > 1) return failing('trouble')(...call);
      await gate.promise;
      return well(...call);
    });
    const slow = world.run(await world.claim());
    await expect.poll(() => sent).toBe(1);
    await paintMany(world, 2);
    expect(await circuit()).toBe('open');
    gate.resolve();
    await slow;
    expect(await circuit()).toBe('closed');
  });
});

describe('what only the operator can mend', () => {
  it.each(SETUP_FAILURES)(
    'takes an offer out of rotation at its first “%s”, for less than two minutes',
    async (failure) => {
      const { world, cheap } = await openPair();
      cheap.turn(failing(failure));
      for (let request = 0; request < 3; request += 1) await world.paint();
      expect(cheap.calls).toHaveLength(1);
      expect(world.told[0]).toEqual([`cheap: ${failure}`]);
      cheap.turn(well);
      world.clock.advance(2 * 60 * SECOND);
      expect((await world.paint()).painted?.provider).toBe('cheap');
      expect(world.told[0]).toEqual([`cheap: ${failure}`, 'cheap: back']);
    },
  );

  it('is forgiven at the next start, and nothing else is', async () => {
    const { world, cheap, steady } = await openPair();
    cheap.turn(failing('credentials'));
    await world.paint();
    steady.turn(failing('trouble'));
    for (let call = 0; call < 2; call += 1) await world.paint({ provider: 'steady' }).catch(() => {});
    await world.store.health.forgive(['cheap', 'steady'], SETUP_FAILURES);
    expect((await world.healthOf('cheap'))?.openUntil).toBe(0);
    expect((await world.healthOf('steady'))?.openUntil).toBeGreaterThan(world.clock.now());
  });
});

it('is not moved by what says nothing about the vendor', async () => {
  const { world, cheap } = await openPair();
  for (const behave of [
    failing('invalid-request', { status: 422 }),
    rejecting('request', 'no'),
    rejecting('result', 'possibly'),
  ]) {
    cheap.turn(behave);
    for (let call = 0; call < 3; call += 1) await world.paint().catch(() => {});
  }
  const aborted = new AbortController();
  cheap.turn(async (_request, { signal }) => {
    aborted.abort(new Error('cancelled'));
    throw signal.reason;
  });
  await world.run(await world.claim(), 0, aborted.signal).catch(() => {});
  expect(cheap.calls).toHaveLength(10);
  expect(await world.healthOf('cheap')).toMatchObject({ failures: 0, openUntil: 0, limitedUntil: 0 });
  expect(world.told[0]).toEqual([]);
});
