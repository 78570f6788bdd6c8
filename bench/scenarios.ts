import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { interleave } from './rounds.ts';
import { compare, type Row } from './row.ts';
import type { Measured, Stage, Subject, SubjectName } from './stage.ts';
import { median, percentile } from './statistics.ts';

const MB = 1_000_000;
/** A fast hosted model's time. */
const LATENCY_MS = 100;
const PROMPT = { prompt: 'a lighthouse in a storm, oil on canvas' };

export interface Scenario {
  readonly name: string;
  run(context: Context): Promise<(Row | undefined)[]>;
}

export interface Context {
  readonly stage: Stage;
  /** Fewer rounds and shorter ones. */
  readonly quick: boolean;
  /** Instead of a scenario's own number of rounds. */
  readonly rounds?: number | undefined;
  /** Whether there is a PostgreSQL to measure on. */
  readonly postgres: boolean;
}

type Rows = (Row | undefined)[];

/** Starts them, lets `work` measure, and stops them. */
async function withSubjects(
  stage: Stage,
  names: readonly SubjectName[],
  work: (subjects: readonly Subject[]) => Promise<Rows>,
): Promise<Rows> {
  const subjects: Subject[] = [];
  try {
    for (const name of names) subjects.push(await stage.start(name));
    return await work(subjects);
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

function withHistory({ postgres }: Context): SubjectName[] {
  return postgres ? ['ours', 'history', 'postgres', 'postgresHistory'] : ['ours', 'history'];
}

/** The same measure with 100 000 past generations, on each engine. */
function growth<Value>(
  rounds: Parameters<typeof compare<Value>>[0],
  row: { measure: string; unit: string; value: (round: Value) => number; higherIsBetter?: boolean },
): Rows {
  const { higherIsBetter = false, ...rest } = row;
  const target = { of: 'ratio', ...(higherIsBetter ? { least: 0.91 } : { most: 1.1 }) } as const;
  return [
    compare(rounds, {
      ...rest,
      measure: `${rest.measure}, with 100 000 past`,
      ours: 'history',
      floor: 'ours',
      target,
    }),
    compare(rounds, {
      ...rest,
      measure: `${rest.measure}, PostgreSQL`,
      ours: 'postgres',
      floor: 'ours',
    }),
    compare(rounds, {
      ...rest,
      measure: `${rest.measure}, PostgreSQL, with 100 000 past`,
      ours: 'postgresHistory',
      floor: 'postgres',
      target,
    }),
  ];
}

const overheadP50 = ({ finishedMs }: Measured) => median(finishedMs) - LATENCY_MS;
const overheadP99 = ({ finishedMs }: Measured) => percentile(finishedMs, 99) - LATENCY_MS;
const firstAnswerP99 = ({ acknowledgedMs }: Measured) => percentile(acknowledgedMs, 99);
const perSecond = ({ picturesPerSecond }: Measured) => picturesPerSecond;
const cpu = ({ cpuMsPerPicture }: Measured) => cpuMsPerPicture;

const alone: Scenario = {
  name: 'alone',
  run: (context) =>
    withSubjects(context.stage, ['bare', 'minimal', ...withHistory(context)], async (subjects) => {
      await context.stage.paint({ bytes: 1.5 * MB, latencyMs: LATENCY_MS });
      const rounds = await interleave(
        subjects,
        context.rounds ?? (context.quick ? 2 : 5),
        (subject) => subject.load({ count: context.quick ? 10 : 20, concurrency: 1, options: PROMPT }),
        (subject) => subject.load({ count: context.quick ? 20 : 100, concurrency: 4, options: PROMPT }),
      );
      const p50 = { measure: 'one request alone, 1.5 MB: over the provider, p50', unit: 'ms', value: overheadP50 };
      const p99 = { measure: 'one request alone, 1.5 MB: over the provider, p99', unit: 'ms', value: overheadP99 };
      return [
        compare(rounds, { ...p50, floor: 'bare', target: { of: 'value', most: 25 } }),
        compare(rounds, { ...p50, floor: 'minimal' }),
        compare(rounds, { ...p99, floor: 'minimal' }),
        ...growth(rounds, p50),
      ];
    }),
};

function throughput(megabytes: number, concurrency: number): Scenario {
  const main = megabytes === 1.5;
  const counts = { 0.2: 200, 1.5: 150, 6: concurrency === 100 ? 100 : 40 }[megabytes] ?? 100;
  return {
    name: `throughput-${concurrency}-${megabytes}`,
    run: (context) =>
      withSubjects(
        context.stage,
        ['bare', 'minimal', ...(main && !context.quick ? withHistory(context) : (['ours'] as const))],
        async (subjects) => {
          await context.stage.paint({ bytes: megabytes * MB, latencyMs: LATENCY_MS });
          const rounds = await interleave(
            subjects,
            context.rounds ?? (context.quick ? 1 : main ? 5 : 2),
            (subject) => subject.load({ count: context.quick ? counts * 0.8 : counts, concurrency, options: PROMPT }),
            (subject) => subject.load({ count: context.quick ? concurrency : counts, concurrency, options: PROMPT }),
          );
          const what = `${concurrency} at once, ${megabytes} MB:`;
          const speed = { measure: `${what} pictures`, unit: '1/s', value: perSecond };
          const power = { measure: `${what} CPU a picture`, unit: 'ms', value: cpu };
          const firstAnswer = { measure: `${what} first answer, p99`, unit: 'ms', value: firstAnswerP99 };
          const isHundred = main && concurrency === 100;
          return [
            compare(rounds, {
              ...speed,
              floor: 'minimal',
              ...(main ? { target: { of: 'ratio', least: 0.8 } } : {}),
            }),
            compare(rounds, { ...speed, floor: 'bare' }),
            compare(rounds, { ...power, floor: 'bare', ...(main ? { target: { of: 'ratio', most: 2 } } : {}) }),
            compare(rounds, {
              ...firstAnswer,
              floor: 'minimal',
              ...(isHundred ? { target: { of: 'ratio', most: 1.2 } } : {}),
            }),
            ...(main
              ? [
                  ...growth(rounds, { ...speed, higherIsBetter: true }),
                  ...growth(rounds, power),
                  ...(isHundred ? growth(rounds, firstAnswer) : []),
                ]
              : []),
          ];
        },
      ),
  };
}

const inFlight: Scenario = {
  name: 'in-flight',
  run: (context) =>
    withSubjects(context.stage, ['minimal', ...withHistory(context)], async (subjects) => {
      const jobs = 300;
      const bytes = 1.5 * MB;
      await context.stage.paint({ bytes, latencyMs: 5_000 });
      const rounds = await interleave(
        subjects,
        context.rounds ?? 1,
        async (subject) => {
          const before = await subject.held();
          const loading = subject.load({ count: jobs, concurrency: jobs, options: PROMPT });
          // All of them wait for the provider by then, and none has been answered.
          await delay(3_000);
          const waiting = await subject.held();
          const { acknowledgedMs, finishedMs } = await loading;
          return {
            perJob: (waiting - before) / jobs / 1_000,
            peak: (await subject.peakRss()) / MB,
            firstAnswer: percentile(acknowledgedMs, 99),
            all: Math.max(...finishedMs) - 5_000,
          };
        },
        (subject) => subject.load({ count: 20, concurrency: 20, options: PROMPT }),
      );
      const what = '300 in flight, provider 5 s, 1.5 MB:';
      const perJob = {
        measure: `${what} held a waiting job`,
        unit: 'KB',
        value: (round: { perJob: number }) => round.perJob,
      };
      return [
        compare(rounds, { ...perJob, floor: 'minimal', target: { of: 'value', most: 100 } }),
        ...growth(rounds, perJob),
        compare(rounds, { measure: `${what} peak memory`, unit: 'MB', value: ({ peak }) => peak, floor: 'minimal' }),
        compare(rounds, {
          measure: `${what} first answer, p99`,
          unit: 'ms',
          value: ({ firstAnswer }) => firstAnswer,
          floor: 'minimal',
        }),
        compare(rounds, {
          measure: `${what} last picture after the provider`,
          unit: 'ms',
          value: ({ all }) => all,
          floor: 'minimal',
        }),
      ];
    }),
};

const fourPictures: Scenario = {
  name: 'four',
  run: (context) =>
    withSubjects(context.stage, ['bare', 'minimal', 'ours'], async (subjects) => {
      await context.stage.paint({ bytes: 1.5 * MB, latencyMs: LATENCY_MS });
      const options = { ...PROMPT, count: 4 };
      const load = { concurrency: 20, pictures: 4, options };
      const rounds = await interleave(
        subjects,
        context.rounds ?? (context.quick ? 1 : 2),
        (subject) => subject.load({ ...load, count: context.quick ? 20 : 40 }),
        (subject) => subject.load({ ...load, count: 10 }),
      );
      const what = '20 at once, 4 pictures of 1.5 MB each:';
      return [
        compare(rounds, { measure: `${what} pictures`, unit: '1/s', value: perSecond, floor: 'minimal' }),
        compare(rounds, { measure: `${what} CPU a picture`, unit: 'ms', value: cpu, floor: 'bare' }),
      ];
    }),
};

const variations: Scenario = {
  name: 'variations',
  run: (context) =>
    withSubjects(context.stage, ['minimal', 'ours'], async (subjects) => {
      await context.stage.paint({ bytes: 1.5 * MB, latencyMs: LATENCY_MS });
      const image = (await paintStart()).toString('base64');
      const load = { concurrency: 5, options: PROMPT, image };
      const rounds = await interleave(
        subjects,
        2,
        (subject) => subject.load({ ...load, count: context.quick ? 10 : 20 }),
        (subject) => subject.load({ ...load, count: 5 }),
      );
      const what = 'variations, 5 at once (download, decode, encode, base64 both ways):';
      return [
        compare(rounds, { measure: `${what} pictures`, unit: '1/s', value: perSecond, floor: 'minimal' }),
        compare(rounds, { measure: `${what} CPU a picture`, unit: 'ms', value: cpu, floor: 'minimal' }),
      ];
    }),
};

/** A picture of 1024×1024 that compresses like a painting does: soft shapes with some grain. */
async function paintStart(): Promise<Buffer> {
  const grain = await sharp({
    create: {
      width: 256,
      height: 256,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .png()
    .toBuffer();
  return sharp(grain).resize(1024, 1024).png().toBuffer();
}

const start: Scenario = {
  name: 'start',
  async run(context) {
    const names: SubjectName[] = ['minimal', ...withHistory(context)];
    const rounds = new Map<SubjectName, { startMs: number; idle: number }[]>(names.map((name) => [name, []]));
    for (let round = 0; round < (context.rounds ?? (context.quick ? 3 : 7)); round += 1) {
      for (const name of names) {
        const subject = await context.stage.start(name);
        // What the start left behind is collected, as it would be in the first quiet minute.
        await subject.held();
        rounds.get(name)?.push({ startMs: subject.startMs, idle: (await subject.rss()) / MB });
        await subject.stop();
      }
    }
    const cold = {
      measure: 'cold start to gateway ready',
      unit: 'ms',
      value: (round: { startMs: number }) => round.startMs,
    };
    const idle = { measure: 'idle memory', unit: 'MB', value: (round: { idle: number }) => round.idle };
    return [
      compare(rounds, { ...cold, floor: 'minimal', target: { of: 'value', most: 700 } }),
      compare(rounds, { ...idle, floor: 'minimal', target: { of: 'value', most: 150 } }),
      ...growth(rounds, cold),
      ...growth(rounds, idle),
    ];
  },
};

const sketches: Scenario = {
  name: 'sketches',
  run: (context) =>
    withSubjects(context.stage, withHistory(context), async (subjects) => {
      await context.stage.paint({ bytes: 0.2 * MB, latencyMs: LATENCY_MS });
      const asking = { count: context.quick ? 60 : 120, concurrency: 1, everyMs: 50, options: PROMPT };
      const rounds = await interleave(
        subjects,
        // A painting leaves time for few answers, of which the p99 is the second worst.
        context.rounds ?? (context.quick ? 3 : 9),
        async (subject) => ({
          // All of them, so that each comes to its painting from the same load, and not from the others' turns.
          quiet: firstAnswerP99(await subject.load(asking)),
          painting: firstAnswerP99(await whilePainting(subject, () => subject.load({ ...asking, besides: true }))),
        }),
        (subject) => subject.load({ count: 100, concurrency: 10, options: PROMPT }),
      );
      const painting = {
        measure: 'first answer while 50 sketches are painted, p99',
        unit: 'ms',
        value: (round: { painting: number }) => round.painting,
      };
      return [
        compare(rounds, {
          ...painting,
          floor: 'ours',
          floorValue: ({ quiet }) => quiet,
          against: 'none painted',
          target: { of: 'ratio', most: 2 },
        }),
        ...growth(rounds, painting),
      ];
    }),
};

async function whilePainting<Result>(subject: Subject, work: () => Promise<Result>): Promise<Result> {
  const painting = subject.load({ count: 50, concurrency: 50, options: { ...PROMPT, model: 'sketch' } });
  // They have all been accepted by then, and the last is far from done.
  await delay(1_000);
  const result = await work();
  await painting;
  return result;
}

/** First those that measure milliseconds: the others leave gigabytes behind, which are written minutes later. */
export const scenarios: readonly Scenario[] = [
  start,
  sketches,
  alone,
  throughput(0.2, 20),
  throughput(0.2, 100),
  throughput(1.5, 20),
  throughput(1.5, 100),
  throughput(6, 20),
  throughput(6, 100),
  inFlight,
  fourPictures,
  variations,
];
