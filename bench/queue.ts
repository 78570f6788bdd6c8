import { type Bench, openPostgresBench, openSqliteBench } from './queue/engines.ts';
import { fill, fillLimits, type Operation, operations } from './queue/operations.ts';
import { median, percentile } from './statistics.ts';

/*
 * What the queue costs at a depth: the store, and next to it, in the same run and turn by turn, the very same
 * statements by the bare driver (node:sqlite, pg) on the same data.
 */

const DEPTHS = [100, 1_000, 10_000];
const TURNS = 6;
const RUNS_A_TURN = 30;
const WARM_UP = 5;

interface Figures {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** By turns, so that whatever else the machine does meets both alike. */
async function measure({ ours, bare, undo }: Operation): Promise<Figures> {
  const figures: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let turn = 0; turn < TURNS; turn += 1) {
    figures.ours.push(...(await takeTurn(ours, undo)));
    figures.bare.push(...(await takeTurn(bare, undo)));
  }
  return figures;
}

/** The first runs of a turn are not counted: the other's writes have emptied this connection's cache. */
async function takeTurn(work: () => Promise<unknown>, undo: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < RUNS_A_TURN; run += 1) {
    times.push(await time(work));
    await undo();
  }
  return times.slice(WARM_UP);
}

function print(engine: string, depth: number, name: string, { ours, bare }: Figures): void {
  const typical = median(ours);
  const floor = median(bare);
  const cells = [
    engine.padEnd(11),
    String(depth).padStart(6),
    name.padEnd(32),
    typical.toFixed(2).padStart(8),
    percentile(ours, 95).toFixed(2).padStart(8),
    floor.toFixed(2).padStart(8),
    `${(typical / floor).toFixed(2)}×`.padStart(7),
  ];
  console.log(cells.join('  '));
}

async function run(engine: string, open: () => Promise<Bench>): Promise<void> {
  const bench = await open();
  try {
    for (const depth of DEPTHS) {
      await fill(bench.store, depth);
      for (const operation of await operations(bench)) print(engine, depth, operation.name, await measure(operation));
      await fillLimits(bench.store);
      for (const operation of await operations(bench)) {
        if (operation.name === 'claim')
          print(engine, depth, 'claim past half of the members', await measure(operation));
      }
    }
  } finally {
    await bench.close();
  }
}

console.log(
  ['engine     ', ' depth', 'milliseconds'.padEnd(32), '  median', '     p95', '    bare', '  ratio'].join('  '),
);
await run('SQLite', openSqliteBench);
const serverUrl = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
if (serverUrl === undefined) console.log('PostgreSQL: skipped; TEST_DATABASE_URL and DATABASE_URL name no server.');
else await run('PostgreSQL', () => openPostgresBench(serverUrl));
