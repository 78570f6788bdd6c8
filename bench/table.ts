import type { Row } from './row.ts';
import type { Spread } from './statistics.ts';

/** The rows as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ measure, unit, ours, floor, ratio, target, met }) => [
    `${measure}, ${unit}`,
    formatSpread(ours),
    floor === undefined ? '' : `${formatSpread(floor)} ${floor.of}`,
    ratio === undefined ? '' : `${formatSpread(ratio)}`,
    target === undefined ? '' : `${target} ${met ? '✓' : '✗'}`,
  ]);
  const head = ['measure', 'ours', 'floor', 'ratio', 'target'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

/** `12.3 (11.8–13.1)` */
function formatSpread({ median, least, most }: Spread): string {
  return least === most
    ? formatNumber(median)
    : `${formatNumber(median)} (${formatNumber(least)}–${formatNumber(most)})`;
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
