import { cpus, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openPostgres } from '../test/support/postgres-server.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { openStage, type StageOptions } from './stage.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const names = scenarios.map(({ name }) => name).join(', ');

if (values.help) {
  console.log(`npm run bench -- [--quick] [--json] [--only <scenario>,…] [--rounds <number>] [--profile <folder>]

Scenarios: ${names}. --only also takes the beginning of a name: throughput-100.`);
} else {
  await run(chooseScenarios(values.only));
}

function chooseScenarios(only: string | undefined): readonly Scenario[] {
  if (only === undefined) return scenarios;
  const beginnings = only.split(',');
  const unknown = beginnings.filter((beginning) => !scenarios.some(({ name }) => name.startsWith(beginning)));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: the scenarios are ${names}`);
  return scenarios.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));
}

async function run(chosen: readonly Scenario[]): Promise<void> {
  const server = values.quick ? undefined : await openPostgres();
  try {
    const postgres = server && {
      postgres: await server.createDatabase('easel_bench'),
      postgresHistory: await server.createDatabase('easel_bench_history'),
    };
    await measure(chosen, postgres);
  } finally {
    await server?.close();
  }
}

async function measure(chosen: readonly Scenario[], postgres: StageOptions['postgres']): Promise<void> {
  const { quick, profile } = values;
  const stage = await openStage({
    pastGenerations: 100_000,
    ...(postgres === undefined ? {} : { postgres }),
    ...(profile === undefined ? {} : { flags: ['--cpu-prof', '--cpu-prof-dir', profile] }),
  });
  try {
    const rows = [];
    const rounds = values.rounds === undefined ? undefined : z.coerce.number().int().min(1).parse(values.rounds);
    const context = { stage, quick, rounds, postgres: postgres !== undefined };
    for (const scenario of chosen) {
      const startedAt = performance.now();
      rows.push(...(await scenario.run(context)).filter((row) => row !== undefined));
      console.error(`${scenario.name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    }
    const machine = describeMachine();
    if (values.json) console.log(JSON.stringify({ machine, quick, rows }, undefined, 2));
    else console.log(`${machine}\n\n${formatTable(rows)}`);
    if (postgres === undefined) console.error('No PostgreSQL here, or --quick: measured on the embedded file only.');
  } finally {
    await stage.close();
  }
}

function describeMachine(): string {
  const [first] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} cores (${first?.model.trim()}), ${memory} GiB, ${type()}, Node ${process.version}`;
}
