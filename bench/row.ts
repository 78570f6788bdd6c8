import type { Rounds } from './rounds.ts';
import type { SubjectName } from './stage.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

/** A line of the table. */
export interface Row {
  readonly measure: string;
  readonly unit: string;
  /** What Easel gives. */
  readonly ours: Spread;
  /** What it is measured against, and what that is. */
  readonly floor?: Spread & { readonly of: string };
  /** Ours over the floor, round by round. */
  readonly ratio?: Spread;
  readonly target?: string;
  /** Absent: there is no target. */
  readonly met?: boolean;
}

const NAMES: Readonly<Record<SubjectName, string>> = {
  bare: 'bare undici',
  minimal: 'minimal bot',
  ours: 'Easel',
  history: 'Easel, history',
  postgres: 'Easel, PostgreSQL',
  postgresHistory: 'Easel, PostgreSQL, history',
};

/** What a target holds for: the value itself or its ratio to the floor, at most or at least so much. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly most?: number;
  readonly least?: number;
}

/** Compares what two subjects gave in the same rounds; `undefined` when the first was not there. */
export function compare<Value>(
  rounds: Rounds<Value>,
  {
    measure,
    unit,
    value,
    ours = 'ours',
    floor,
    floorValue = value,
    against,
    target,
  }: {
    measure: string;
    unit: string;
    value: (round: Value) => number;
    ours?: SubjectName;
    floor?: SubjectName;
    /** What is read of the floor's rounds, where it is not the same. */
    floorValue?: (round: Value) => number;
    /** What the floor is, where it is not that subject's name. */
    against?: string;
    target?: Target;
  },
): Row | undefined {
  const mine = rounds.get(ours)?.map(value);
  if (mine === undefined || mine.length === 0) return undefined;
  const theirs = floor === undefined ? undefined : rounds.get(floor)?.map(floorValue);
  const ratios = theirs?.map((other, round) => (mine[round] ?? Number.NaN) / other);
  const judged = target?.of === 'ratio' ? median(ratios ?? []) : median(mine);
  return {
    measure,
    unit,
    ours: spreadOf(mine),
    ...(theirs === undefined || floor === undefined
      ? {}
      : { floor: { ...spreadOf(theirs), of: against ?? NAMES[floor] } }),
    ...(ratios === undefined ? {} : { ratio: spreadOf(ratios) }),
    ...(target === undefined
      ? {}
      : {
          target: describe(target, unit),
          met:
            judged <= (target.most ?? Number.POSITIVE_INFINITY) && judged >= (target.least ?? Number.NEGATIVE_INFINITY),
        }),
  };
}

function describe({ of, most, least }: Target, unit: string): string {
  const suffix = of === 'ratio' ? '×' : ` ${unit}`;
  return most === undefined ? `≥ ${least}${suffix}` : `≤ ${most}${suffix}`;
}
