import { parseArgs } from 'node:util';
import { openPostgres } from '../support/postgres-server.ts';
import { moveTheClock } from './clock.ts';
import { answerWithFaults } from './discord-trouble.ts';
import { killAgainAndAgain } from './kills.ts';
import { interruptDatabase } from './outage.ts';
import { countOversights, printTable, type Report } from './report.ts';
import { killOneOfTwo, stopOneOfTwo, stopTheOnlyOne } from './workers.ts';
import type { WorldOptions } from './world.ts';

/*
 * Kills, stops and starves the real bot, and counts what became of every request. Ends with a table; exits non-zero
 * when anything was lost, doubled, paid twice or left hanging.
 *
 * --quick: fewer kills and shorter troubles. --kills 30: how many, on each engine. --only clock: cases whose name
 * contains it.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    kills: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const kills = Number(values.kills ?? (values.quick ? 8 : 30));
const troubleMs = values.quick ? 8_000 : 20_000;
const startedAt = performance.now();

const postgres = await openPostgres();
if (postgres === undefined) console.log('No PostgreSQL here: set TEST_DATABASE_URL to try that engine as well.');

interface Case {
  readonly name: string;
  run(options: WorldOptions): Promise<Report>;
}

/** Cases of one round run beside each other. */
async function round(...cases: readonly (Case | undefined)[]): Promise<Report[]> {
  const chosen = cases.filter((one) => one !== undefined).filter(({ name }) => name.includes(values.only));
  return Promise.all(
    chosen.map(async ({ name, run }) => {
      const report = await run({ name, paintingMs: [200, 1_500] });
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      console.log(
        `${seconds} s: ${report.title}, ${report.engine}: ${countOversights(report) === 0 ? 'well' : 'NOT WELL'}`,
      );
      return report;
    }),
  );
}

const reports: Report[] = [];
try {
  reports.push(
    ...(await round(
      { name: 'kills_sqlite', run: (options) => killAgainAndAgain(options, kills) },
      postgres && { name: 'kills_postgres', run: (options) => killAgainAndAgain({ ...options, postgres }, kills) },
    )),
    ...(await round(
      { name: 'stop_one', run: (options) => stopOneOfTwo({ ...options, postgres, paintingMs: [1_000, 4_000] }) },
      { name: 'kill_one', run: (options) => killOneOfTwo({ ...options, postgres, paintingMs: [1_000, 4_000] }) },
      postgres && {
        name: 'kill_one_sqlite',
        run: (options) => killOneOfTwo({ ...options, paintingMs: [1_000, 4_000] }),
      },
      { name: 'stop_only', run: (options) => stopTheOnlyOne({ ...options, paintingMs: [1_000, 4_000] }) },
      { name: 'clock', run: (options) => moveTheClock(options) },
    )),
    ...(await round(postgres && { name: 'outage', run: (options) => interruptDatabase({ ...options, postgres }) }, {
      name: 'trouble',
      run: (options) => answerWithFaults(options, { forMs: troubleMs }),
    })),
  );
} finally {
  await postgres?.close();
}
console.log('');
printTable(reports);
const oversights = reports.reduce((sum, report) => sum + countOversights(report), 0);
console.log(
  `\n${reports.length} cases in ${Math.round((performance.now() - startedAt) / 1_000)} s, ${oversights} oversights`,
);
process.exit(oversights > 0 || reports.length === 0 ? 1 : 0);
