import { budgetsFor, periodAt } from '../../src/generation/budgets.ts';
import type { Attempt } from '../../src/store/attempts.ts';
import type { Budget } from '../../src/store/ledger.ts';
import type { Store } from '../../src/store/open-store.ts';
import { LEASE_MS } from '../../src/store/queue.ts';
import { type Clock, newGeneration } from '../support/generations.ts';

/** What somebody does next. Numbers pick among what there is, so that every series of deeds makes sense. */
export type Deed =
  | { do: 'submit'; member: number; server: number; priceMicroUsd: number }
  | { do: 'acknowledge' | 'withdraw' | 'cancel'; which: number }
  | { do: 'claim'; worker: number }
  | { do: 'open'; worker: number; which: number; vendor: number; priceMicroUsd: number }
  | { do: 'succeed'; worker: number; which: number; share: number }
  | { do: 'fail'; worker: number; which: number; billed: 'no' | 'possibly' }
  | { do: 'hand-back' | 'settle' | 'finish'; worker: number; which: number }
  | { do: 'crash'; worker: number }
  | { do: 'wait'; ms: number };

/** In micro-dollars: a few pictures each, so that they run out. */
export const LIMITS = { guildDay: 9_000, guildMonth: 14_000, userDay: 5_000, userMonth: 8_000 };
export const MEMBERS = ['ann', 'ben', 'cleo'];
/** The last one is a direct message. */
export const SERVERS = ['north', 'south', undefined];
const VENDORS = ['octoai', 'novita', 'fireworks'];

interface Held {
  readonly id: string;
  readonly budgets: readonly Budget[];
  readonly calls: { readonly number: number; readonly priceMicroUsd: number }[];
}

/** Workers and members on shared data, each of whom only knows what it was told, as in life. */
export interface Bookkeeping {
  perform(deed: Deed): Promise<void>;
  /** What does not add up, one line each. */
  audit(): Promise<string[]>;
}

export function keepBooks([first, ...others]: readonly [Store, ...Store[]], clock: Clock): Bookkeeping {
  const made: { id: string; member: string; server: string | undefined; createdAt: number }[] = [];
  const workers = [first, ...others].map((store, index) => ({ store, owner: `worker-${index}`, held: [] as Held[] }));

  const pick = <Item>(items: readonly Item[], which: number): Item | undefined =>
    items[which % Math.max(1, items.length)];
  const workerAt = (which: number) => pick(workers, which) ?? fail('no worker');
  const budgetsOf = ({ member, server, createdAt }: (typeof made)[number]) =>
    budgetsFor({ userId: member, guildId: server }, LIMITS, createdAt);

  async function perform(deed: Deed): Promise<void> {
    switch (deed.do) {
      case 'submit': {
        const member = pick(MEMBERS, deed.member) ?? '';
        const server = pick(SERVERS, deed.server);
        const { guildId: _anywhere, ...request } = newGeneration({ userId: member, createdAt: clock.now() });
        const one = { id: request.id, member, server, createdAt: request.createdAt };
        const { kind } = await first.generations.submit(
          { ...request, ...(server === undefined ? {} : { guildId: server }) },
          { waiting: 1_000, priceMicroUsd: deed.priceMicroUsd, budgets: budgetsOf(one) },
        );
        if (kind === 'accepted') made.push(one);
        return;
      }
      case 'acknowledge':
        return first.generations.acknowledge(pick(made, deed.which)?.id ?? '', undefined);
      case 'withdraw':
        return first.generations.withdraw(pick(made, deed.which)?.id ?? '');
      case 'cancel':
        return void (await first.generations.cancel(pick(made, deed.which)?.id ?? ''));
      case 'claim':
        return claim(deed.worker);
      case 'wait':
        return clock.advance(deed.ms);
      case 'crash': {
        workerAt(deed.worker).held.length = 0;
        return clock.advance(LEASE_MS + 1);
      }
      default:
        return work(deed);
    }
  }

  /** As a worker does: what someone left open is lost, and what is over by then is only told of. */
  async function claim(which: number): Promise<void> {
    const { store, owner, held } = workerAt(which);
    const claimed = await store.generations.claim({ owner, userRunning: 1_000 });
    const one = made.find(({ id }) => id === claimed?.id);
    if (claimed === undefined || one === undefined) return;
    for (const { number, state } of await store.attempts.of(claimed.id)) {
      if (state === 'open')
        await store.attempts.close(claimed.id, number, { state: 'unknown', failure: 'answer-lost' });
    }
    held.push({ id: claimed.id, budgets: budgetsOf(one), calls: [] });
  }

  async function work(deed: Extract<Deed, { worker: number; which: number }>): Promise<void> {
    const { store, owner, held } = workerAt(deed.worker);
    const one = pick(held, deed.which);
    if (one === undefined) return;
    switch (deed.do) {
      case 'open': {
        const provider = pick(VENDORS, deed.vendor) ?? '';
        const { priceMicroUsd } = deed;
        const call = { generationId: one.id, owner, provider, model: 'flux-schnell', slots: 3, priceMicroUsd };
        const opening = await store.attempts.open({ ...call, budgets: one.budgets });
        if (opening.kind === 'opened') one.calls.push({ number: opening.number, priceMicroUsd });
        return;
      }
      case 'succeed': {
        const call = one.calls.shift();
        if (call === undefined) return;
        const costMicroUsd = call.priceMicroUsd * deed.share;
        return void (await store.attempts.close(one.id, call.number, { state: 'succeeded', costMicroUsd }));
      }
      case 'fail': {
        const call = one.calls.shift();
        const state = deed.billed === 'no' ? 'failed' : 'unknown';
        if (call !== undefined) await store.attempts.close(one.id, call.number, { state, failure: 'trouble' });
        return;
      }
      case 'hand-back':
        return void (await store.generations.handBack(one.id, owner, clock.now()));
      case 'settle':
        return void (await store.generations.settle(one.id, owner, { outcome: 'done' }));
      case 'finish':
        return void (await store.generations.finish(one.id, owner, undefined));
    }
  }

  async function audit(): Promise<string[]> {
    const entries = await first.db.selectFrom('ledger').selectAll().execute();
    const attempts = (await Promise.all(made.map(({ id }) => first.attempts.of(id)))).flat();
    const generations = await first.db.selectFrom('generations').select(['id', 'state']).execute();
    const wrong: string[] = [];
    const check = (holds: boolean, line: string) => void (holds || wrong.push(line));
    const sum = (amounts: readonly { amount_micro_usd: number }[]) =>
      amounts.reduce((total, { amount_micro_usd: amount }) => total + amount, 0);

    for (const { id, state } of generations) {
      const mine = entries.filter((entry) => entry.generation_id === id);
      const isOver = state !== 'queued' && state !== 'running';
      check(!isOver || mine.every((entry) => entry.state !== 'reserved'), `${id} is ${state} and has money reserved`);
      check(
        mine.every((entry) => entry.amount_micro_usd >= 0),
        `${id} owes less than nothing`,
      );
      for (const attempt of attempts.filter(({ generationId }) => generationId === id)) {
        const entry = mine.find((one) => one.entry === attempt.number);
        check(agree(attempt, entry, isOver), `${id}/${attempt.number}: ${attempt.state} but ${entry?.state}`);
      }
      const attemptsOf = attempts.filter(({ generationId }) => generationId === id).length;
      check(mine.length === attemptsOf + 1, `${id} has ${mine.length} entries for ${attemptsOf} attempts`);
    }

    const accounts = made.flatMap(budgetsOf);
    for (const budget of new Map(
      accounts.map((one) => [`${one.scope}:${one.id}:${one.since}:${one.until}`, one]),
    ).values()) {
      const column = budget.scope === 'guild' ? 'guild_id' : 'user_id';
      const mine = entries.filter(
        (entry) => entry[column] === budget.id && entry.booked_at >= budget.since && entry.booked_at < budget.until,
      );
      const label = `${budget.scope} ${budget.id}, ${budget.period} from ${new Date(budget.since).toISOString()}`;
      check(sum(mine) <= budget.limitMicroUsd, `${label}: ${sum(mine)} of ${budget.limitMicroUsd}`);
      const used = await first.ledger.used(budget);
      check(used === sum(mine), `${label}: ${used} used, ${sum(mine)} booked`);
      const spent = await first.ledger.spending(budget, budget.since, budget.until);
      for (const state of ['settled', 'uncertain', 'reserved'] as const) {
        const booked = sum(mine.filter((entry) => entry.state === state));
        check(spent[`${state}MicroUsd`] === booked, `${label}: ${state} ${spent[`${state}MicroUsd`]} of ${booked}`);
      }
      const ids = new Set(made.filter((one) => isOf(one, budget)).map(({ id }) => id));
      const paid = attempts.reduce((total, one) => total + (ids.has(one.generationId) ? one.costMicroUsd : 0), 0);
      check(spent.settledMicroUsd === paid, `${label}: ${spent.settledMicroUsd} settled, ${paid} paid by attempts`);
    }
    return wrong;
  }

  return { perform, audit };
}

/** A generation counts where, by whom and when it was asked for. */
function isOf(
  { member, server, createdAt }: { member: string; server: string | undefined; createdAt: number },
  { scope, id, period, since }: Budget,
): boolean {
  return (scope === 'guild' ? server : member) === id && periodAt(period, createdAt).since === since;
}

function agree(
  { state, costMicroUsd }: Attempt,
  entry: { state: string; amount_micro_usd: number } | undefined,
  isOver: boolean,
): boolean {
  if (entry === undefined) return false;
  switch (state) {
    case 'open':
      return entry.state === (isOver ? 'uncertain' : 'reserved');
    case 'succeeded':
      return entry.state === 'settled' && entry.amount_micro_usd === costMicroUsd;
    case 'failed':
      return entry.state === 'released' && entry.amount_micro_usd === 0;
    case 'unknown':
      return entry.state === 'uncertain';
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
