import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { formatPrice, formatUsd } from '../src/discord/facts.ts';
import { defineCommand } from '../src/discord/handlers.ts';
import { may } from '../src/discord/permissions.ts';
import { budgetsFor, periodAt } from '../src/generation/budgets.ts';
import { type Sentence, speak } from '../src/language/index.ts';
import { describePlain } from './everywhere.ts';

/** /usage: my pictures and what they cost; for those who manage the server, the server's too. */
export const usage = defineCommand({
  name: 'usage',
  describe: () => describePlain('usage'),
  input: z.object({}),
  ephemeral: () => true,
  async run({ locale, userId, guildId, memberPermissions }, { store, budgets, now }) {
    const say = (sentence: Sentence) => speak(locale, sentence);
    const time = now();
    const limits = budgetsFor({ guildId, userId }, budgets, time);
    const manages = guildId !== undefined && may(memberPermissions, PermissionFlagsBits.ManageGuild);
    const accounts = [
      { title: 'usage-title-mine', scope: 'user', id: userId } as const,
      ...(manages ? [{ title: 'usage-title-guild', scope: 'guild', id: guildId } as const] : []),
    ];
    const lines: string[] = [];
    for (const { title, ...account } of accounts) {
      lines.push(`### ${say({ key: title })}`);
      for (const period of ['day', 'month'] as const) lines.push(await line(account, period));
    }
    return { kind: 'reply', reply: { text: lines.join('\n'), small: [say({ key: 'usage-utc' })] } };

    async function line(account: { scope: 'user' | 'guild'; id: string }, period: 'day' | 'month'): Promise<string> {
      const { since, until } = periodAt(period, time);
      const spent = await store.ledger.spending(account, since, until);
      const budget = limits.find((entry) => entry.scope === account.scope && entry.period === period);
      const used = budget === undefined ? 0 : await store.ledger.used(budget);
      // Of no picture there is nothing to say that it was free.
      const spentNothing = spent.settledMicroUsd === 0 && spent.pictures === 0;
      return [
        say({
          key: 'usage-line',
          values: {
            period: say({ key: period === 'day' ? 'usage-day' : 'usage-month' }),
            pictures: spent.pictures,
            spent: spentNothing ? undefined : formatPrice(locale, spent.settledMicroUsd),
          },
        }),
        spent.uncertainMicroUsd > 0
          ? say({ key: 'usage-uncertain', values: { amount: formatUsd(spent.uncertainMicroUsd) } })
          : '',
        spent.reservedMicroUsd > 0
          ? say({ key: 'usage-reserved', values: { amount: formatUsd(spent.reservedMicroUsd) } })
          : '',
        budget === undefined
          ? ''
          : say({
              key: 'usage-left',
              values: {
                left: formatUsd(Math.max(0, budget.limitMicroUsd - used)),
                limit: formatUsd(budget.limitMicroUsd),
                resets: `<t:${Math.floor(budget.until / 1_000)}:f>`,
              },
            }),
      ].join('');
    }
  },
});
