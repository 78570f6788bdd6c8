import { describe, expect, it } from 'vitest';
import { budgetsFor, periodAt, reportThresholds } from '../../src/generation/budgets.ts';

describe('periodAt', () => {
  it.each<['day' | 'month', string, string, string]>([
    ['day', '2026-11-21T00:00:00.000Z', '2026-11-21', '2026-11-22'],
    ['day', '2026-11-21T23:59:59.999Z', '2026-11-21', '2026-11-22'],
    ['day', '2028-02-28T12:00:00.000Z', '2028-02-28', '2028-02-29'],
    ['day', '2026-12-31T12:00:00.000Z', '2026-12-31', '2027-01-01'],
    ['month', '2026-11-21T12:00:00.000Z', '2026-11-01', '2026-12-01'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
  ])('finds the %s around %s, by UTC', (period, moment, since, until) => {
    expect(periodAt(period, Date.parse(moment))).toEqual({ since: Date.parse(since), until: Date.parse(until) });
  });
});

describe('budgetsFor', () => {
  const settings = { guildDay: 1, guildMonth: 2, userDay: 3, userMonth: 4 };
  const names = (where: Parameters<typeof budgetsFor>[0], set: Parameters<typeof budgetsFor>[1]) =>
    budgetsFor(where, set, 0).map(
      ({ scope, id, period, limitMicroUsd }) => `${scope} ${id} ${period} ${limitMicroUsd}`,
    );

  it('finds the member’s and the server’s', () => {
    expect(names({ guildId: 'g', userId: 'u' }, settings)).toEqual([
      'guild g day 1',
      'guild g month 2',
      'user u day 3',
      'user u month 4',
    ]);
  });

  it('finds only the member’s in a direct message', () => {
    expect(names({ userId: 'u' }, settings)).toEqual(['user u day 3', 'user u month 4']);
  });

  it('counts toward what is limited, also to nothing', () => {
    expect(names({ guildId: 'g', userId: 'u' }, { userDay: 0 })).toEqual(['user u day 0']);
    expect(names({ guildId: 'g', userId: 'u' }, {})).toEqual([]);
  });
});

describe('reportThresholds', () => {
  const [budget] = budgetsFor({ userId: 'u' }, { userDay: 100 }, 0);

  it.each([
    [0, 79, []],
    [79, 80, [80]],
    [80, 99, []],
    [99, 100, [100]],
    [0, 100, [80, 100]],
    [100, 100, []],
  ])('tells, from %i to %i of a hundred, of %j', (beforeMicroUsd, afterMicroUsd, expected) => {
    if (budget === undefined) throw new Error('no budget');
    const told: number[] = [];
    reportThresholds([{ budget, beforeMicroUsd, afterMicroUsd }], (_budget, percent) => told.push(percent));
    expect(told).toEqual(expected);
  });
});
