import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete, serve } from '../../support/generations.ts';
import type { StoreWorld } from '../../support/store-world.ts';

const USER_RUNNING = 2;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('submit' as const), member: fc.nat(3), lane: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const) }) },
  fc.record({ do: fc.constantFrom('complete' as const, 'hand-back' as const, 'cancel' as const), which: fc.nat(20) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Waiting {
  readonly id: string;
  readonly userId: string;
  readonly lane: number;
  readonly order: number;
  running: boolean;
}

/** The queue as one would draw it on paper. */
class PaperQueue {
  rows: Waiting[] = [];
  readonly served = new Map<number, number>();

  add(id: string, userId: string, lane: number): void {
    const last = this.rows.filter((row) => row.userId === userId && row.lane === lane).map(({ order }) => order);
    this.rows.push({ id, userId, lane, order: Math.max(this.served.get(lane) ?? 0, ...last) + 1, running: false });
  }

  line(): Waiting[] {
    return this.rows
      .filter((row) => !row.running)
      .toSorted((one, other) => one.lane - other.lane || one.order - other.order || (one.id < other.id ? -1 : 1));
  }

  claim(): string | undefined {
    const running = (userId: string) => this.rows.filter((row) => row.running && row.userId === userId).length;
    const next = this.line().find((row) => running(row.userId) < USER_RUNNING);
    if (next === undefined) return undefined;
    next.running = true;
    this.served.set(next.lane, Math.max(this.served.get(next.lane) ?? 0, next.order));
    return next.id;
  }

  remove(id: string): void {
    this.rows = this.rows.filter((row) => row.id !== id);
  }
}

export function queueModel(world: StoreWorld): void {
  async function play(steps: readonly Step[], run: string, firstLane: number): Promise<void> {
    const { generations } = world.store;
    const paper = new PaperQueue();
    for (const one of steps) {
      const running = paper.rows.filter((row) => row.running);
      if (one.do === 'submit') {
        const lane = firstLane + one.lane;
        const userId = `${run}-${one.member}`;
        paper.add(await world.enqueue({ userId }, { lane }), userId, lane);
      } else if (one.do === 'claim') {
        const claimed = await serve(world.store, USER_RUNNING);
        expect(claimed?.id).toBe(paper.claim());
      } else {
        const candidates = one.do === 'cancel' ? paper.line() : running;
        const row = candidates[one.which % Math.max(1, candidates.length)];
        if (row === undefined) continue;
        if (one.do === 'hand-back') {
          await generations.handBack(row.id, 'a', world.clock.now());
          row.running = false;
          continue;
        }
        if (one.do === 'cancel') {
          await generations.cancel(row.id);
          await generations.claim({ owner: 'a', userRunning: USER_RUNNING });
          await generations.finish(row.id, 'a', undefined);
        } else await complete(world.store, row.id, 'a');
        paper.remove(row.id);
      }
      const line = paper.line();
      const positions = await Promise.all(line.map(({ id }) => generations.position(id)));
      expect(positions).toEqual(line.map((_, index) => index));
    }
    // Nothing of this run is left for the next.
    for (const { id, running } of paper.rows) {
      if (running) await complete(world.store, id, 'a');
      else {
        await generations.cancel(id);
        await generations.claim({ owner: 'a', userRunning: USER_RUNNING });
        await generations.finish(id, 'a', undefined);
      }
    }
  }

  describe('the queue', () => {
    it('shows every place and serves in the order of a queue on paper, whatever happens', async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          runs += 1;
          await play(steps, `run-${runs}`, runs * 2);
        }),
        { numRuns: 20, endOnFailure: true },
      );
    });
  });
}
