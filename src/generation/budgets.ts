import { BusyError } from '../errors.ts';
import type { Sentence } from '../language/index.ts';
import type { Budget, BudgetUse, Exhausted } from '../store/ledger.ts';

/** What a member or a server may spend, micro-dollars. Absent: no limit. */
export interface BudgetSettings {
  readonly guildDay?: number;
  readonly guildMonth?: number;
  readonly userDay?: number;
  readonly userMonth?: number;
}

/** The budgets a request counts toward. Days and months are UTC's. In a direct message there is no server. */
export function budgetsFor(
  { guildId, userId }: { guildId?: string | undefined; userId: string },
  settings: BudgetSettings,
  now: number,
): Budget[] {
  const accounts = [
    ['guild', guildId, 'day', settings.guildDay],
    ['guild', guildId, 'month', settings.guildMonth],
    ['user', userId, 'day', settings.userDay],
    ['user', userId, 'month', settings.userMonth],
  ] as const;
  return accounts.flatMap(([scope, id, period, limitMicroUsd]) =>
    id === undefined || limitMicroUsd === undefined
      ? []
      : [{ scope, id, period, limitMicroUsd, ...periodAt(period, now) }],
  );
}

/** The day or month around a moment, milliseconds since 1970. */
export function periodAt(period: 'day' | 'month', now: number): { since: number; until: number } {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === 'day'
    ? { since: Date.UTC(year, month, day), until: Date.UTC(year, month, day + 1) }
    : { since: Date.UTC(year, month), until: Date.UTC(year, month + 1) };
}

/** Told when a budget is four fifths used, and when it is used up. */
export type OnBudget = (budget: Budget, percent: 80 | 100) => void;

/** Tells of the thresholds that were passed. The same one again is told again, where money came back in between. */
export function reportThresholds(uses: readonly BudgetUse[], onBudget: OnBudget | undefined): void {
  for (const { budget, beforeMicroUsd, afterMicroUsd } of uses) {
    for (const percent of [80, 100] as const) {
      const threshold = (budget.limitMicroUsd * percent) / 100;
      if (beforeMicroUsd < threshold && afterMicroUsd >= threshold) onBudget?.(budget, percent);
    }
  }
}

/**
 * What a member is told whose request a budget has no room for: fewer pictures would fit, or not even one like this, or
 * it is used up. It counts as that, and its owner is told, when less than a tenth of it is left and does not cover one.
 * @param priceMicroUsd of `count` pictures
 */
export function refuseFor(
  { budget, usedMicroUsd }: Exhausted,
  priceMicroUsd: number,
  count: number,
  onBudget: OnBudget | undefined,
): BusyError {
  const leftMicroUsd = budget.limitMicroUsd - usedMicroUsd;
  const fitsOne = priceMicroUsd / count <= leftMicroUsd;
  const isUsedUp = !fitsOne && leftMicroUsd * 10 < budget.limitMicroUsd;
  if (isUsedUp) onBudget?.(budget, 100);
  const key = budget.scope === 'guild' ? 'budget-guild' : 'budget-member';
  const resets = `<t:${Math.floor(budget.until / 1_000)}:R>`;
  const shortage: Sentence = fitsOne
    ? { key: `${key}-short`, values: { count, resets } }
    : { key: `${key}-little`, values: { resets } };
  return new BusyError(`the ${budget.period} budget of this ${budget.scope} does not reach`, {
    sentence: isUsedUp ? { key, values: { resets } } : shortage,
  });
}
