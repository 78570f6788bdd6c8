import { expect, it } from 'vitest';
import { readRetryAfter } from '../../src/http/retry-after.ts';

const now = Date.UTC(2026, 10, 21, 12, 0, 0);

it.each([
  ['7', 7_000],
  ['0', 0],
  [' 30 ', 30_000],
  ['1.5', 1_500],
  ['Sat, 21 Nov 2026 12:00:20 GMT', 20_000],
  ['Saturday, 21-Nov-26 12:00:20 GMT', 20_000],
  ['Sat Nov 21 12:00:20 2026', 20_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['2026-11-21T12:00:20Z', undefined],
  ['Sat, 99 Nov', undefined],
  [undefined, undefined],
])('reads %o as %o', (value, expected) => {
  expect(readRetryAfter(value, now)).toBe(expected);
});
