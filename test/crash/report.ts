import type { Audit } from './audit.ts';

/** What one case came to. */
export interface Report {
  readonly title: string;
  readonly engine: string;
  readonly audit: Audit;
  readonly notes: readonly string[];
}

const COLUMNS = [
  ['accepted', ({ accepted }: Audit) => accepted],
  ['pictures', ({ pictures }: Audit) => pictures],
  ['try again', ({ tryAgain }: Audit) => tryAgain],
  ['cancelled', ({ cancelled }: Audit) => cancelled],
  ['refused', ({ refused }: Audit) => refused],
  ['kept', ({ kept }: Audit) => kept],
  ['unrecorded', ({ unrecorded }: Audit) => unrecorded],
  ['LOST', ({ lost }: Audit) => lost.length],
  ['DOUBLED', ({ doubled }: Audit) => doubled.length],
  ['PAID TWICE', ({ paidTwice }: Audit) => paidTwice.length],
  ['HUNG', ({ hung }: Audit) => hung.length],
] as const;

/** The cases as a table, and below it what went wrong in each. */
export function printTable(reports: readonly Report[]): void {
  const head = ['case', 'engine', ...COLUMNS.map(([name]) => name)];
  const lines = reports.map(({ title, engine, audit }) => [
    title,
    engine,
    ...COLUMNS.map(([, count]) => String(count(audit))),
  ]);
  const widths = head.map((name, column) => Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  console.log(format(head));
  for (const line of lines) console.log(format(line));
  for (const { title, engine, audit, notes } of reports) {
    console.log(
      `\n${title}, ${engine}: ${[...notes, `${audit.unanswered} unanswered while no bot was up`].join('; ')}`,
    );
    for (const [kind, found] of Object.entries({
      lost: audit.lost,
      doubled: audit.doubled,
      'paid twice': audit.paidTwice,
      hung: audit.hung,
    })) {
      for (const line of found) console.log(`  ${kind}: ${line}`);
    }
  }
}

export function countOversights({ audit }: Report): number {
  return audit.lost.length + audit.doubled.length + audit.paidTwice.length + audit.hung.length;
}
