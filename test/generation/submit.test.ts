import { describe, expect, it } from 'vitest';
import { BusyError, InvalidInputError } from '../../src/errors.ts';
import { type OfferRecord, offerRecord, recordOf } from '../../src/generation/offer-record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { type Origin, type Policy, submit } from '../../src/generation/submit.ts';
import { speak } from '../../src/language/index.ts';
import type { Budget } from '../../src/store/ledger.ts';
import { mintId } from '../support/generations.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const PRICE = 3_000;
const ATTACH_FILES = String(1n << 15n);

const makeOrigin = (made: Partial<Origin> = {}): Origin => ({
  id: mintId(),
  userId: 'member-1',
  guildId: 'guild-1',
  channelId: 'channel-1',
  applicationId: 'application-1',
  locale: 'en-US',
  ageRestricted: false,
  ephemeral: false,
  attachmentSizeLimit: 10_485_760,
  appPermissions: ATTACH_FILES,
  sealedToken: 'sealed',
  ...made,
});

async function ask(
  request: Partial<GenerationRequest> = {},
  {
    origin = {},
    offers = [recordOf(makeOffer())],
    ...policy
  }: Partial<Policy> & { origin?: Partial<Origin>; offers?: readonly OfferRecord[] } = {},
) {
  const told: [Budget['scope'], Budget['period'], number][] = [];
  const made = makeOrigin(origin);
  const answer = await submit(
    { origin: made, kind: 'imagine', request: makeRequest(request) },
    {
      store: world.store,
      offers,
      policy: { waiting: 20, budgets: {}, ...policy },
      onBudget: ({ scope, period }, percent) => told.push([scope, period, percent]),
      now: world.clock.now,
    },
  ).catch((error: unknown) => error);
  return { id: made.id, answer, told };
}

/** What the member is told, and that nothing was stored. */
async function refusalOf({ id, answer }: { id: string; answer: unknown }): Promise<string> {
  if (!(answer instanceof InvalidInputError) && !(answer instanceof BusyError)) throw new Error('it was accepted');
  expect(await world.store.generations.find(id)).toBeUndefined();
  return speak('en', answer.sentence);
}

describe('submit', () => {
  it('admits nothing that this server does not allow', async () => {
    expect(await refusalOf(await ask({}, { allows: () => false }))).toContain('flux-schnell');
    expect((await ask({}, { allows: ({ provider }) => provider === 'acme' })).answer).toBe('accepted');
  });

  it('stores the request; a worker may have it once Discord has taken our answer', async () => {
    const { generations } = world.store;
    const { id, answer } = await ask({ count: 2 });
    expect(answer).toBe('accepted');
    expect(await generations.find(id)).toMatchObject({
      id,
      kind: 'imagine',
      state: 'queued',
      userId: 'member-1',
      createdAt: world.clock.now(),
      request: makeRequest({ count: 2 }),
    });
    expect(await generations.claim({ owner: 'a', userRunning: 1 })).toBeUndefined();
    await generations.acknowledge(id, 'message-1');
    expect((await generations.claim({ owner: 'a', userRunning: 1 }))?.id).toBe(id);
  });

  it('takes an interaction once, however often it comes', async () => {
    const { id } = await ask();
    const answers = await Promise.all([ask({}, { origin: { id } }), ask({}, { origin: { id } })]);
    expect(answers.map(({ answer }) => answer)).toEqual(['duplicate', 'duplicate']);
    expect(await world.store.generations.load()).toMatchObject({ queued: 1 });
  });

  it.each([
    ['4000 letters', 'x'.repeat(4_000)],
    ['4000 foxes', '🦊'.repeat(4_000)],
  ])('counts characters as members do: %s are not too many', async (_what, prompt) => {
    const offers = [recordOf(makeOffer({ promptCodePoints: 4_000 }))];
    const accepted = submit(
      { origin: makeOrigin(), kind: 'imagine', request: makeRequest({ prompt }) },
      { store: world.store, offers, policy: { waiting: 20, budgets: {} }, now: world.clock.now },
    );
    expect(await accepted).toBe('accepted');
  });

  it.each<[string, Partial<GenerationRequest>, string]>([
    ['no words', { prompt: ' \n\t' }, 'Write a prompt: say what the picture should show.'],
    [
      '4001 characters',
      { prompt: '🦊'.repeat(4_001) },
      'That prompt is 4001 characters long; shorten it to 4000 or fewer.',
    ],
    [
      'more than the offer reads',
      { prompt: 'x'.repeat(2_001) },
      'acme/flux-schnell reads at most 2000 characters and that prompt has 2001; shorten it or pick another model.',
    ],
    [
      'a model nobody serves',
      { model: 'flux-pro' },
      'There is no model “flux-pro” here. Pick one of: flux-schnell, acme/flux-schnell.',
    ],
    [
      'steps beyond the offer',
      { inferenceSteps: 99 },
      'acme/flux-schnell takes 1 to 12 steps. Change the steps or leave them out.',
    ],
  ])('refuses %s, and stores nothing', async (_what, request, sentence) => {
    expect(await refusalOf(await ask(request))).toBe(sentence);
  });

  it('refuses before it costs anything what could not be posted; a private answer always can', async () => {
    const appPermissions = String((1n << 15n) - 1n);
    const refused = await ask({}, { origin: { appPermissions } });
    expect(await refusalOf(refused)).toBe(
      'Easel is not allowed to post pictures in this channel. Ask a moderator to give it the permission Attach Files here, or use `/imagine` with `private`.',
    );
    expect((await ask({}, { origin: { appPermissions, ephemeral: true } })).answer).toBe('accepted');
  });

  it('takes as many at once as a member may have waiting', async () => {
    const together = await Promise.all([1, 2, 3, 4].map(() => ask({}, { waiting: 2 })));
    const refused = together.filter(({ answer }) => answer !== 'accepted');
    expect(refused).toHaveLength(2);
    for (const one of refused) {
      expect(await refusalOf(one)).toBe(
        'You already have 2 pictures on the way. Wait for one to arrive, or cancel one.',
      );
    }
    expect((await ask({}, { waiting: 2, origin: { userId: 'member-2' } })).answer).toBe('accepted');
  });
});

describe('money', () => {
  it('is held from the start', async () => {
    await ask({ count: 2 });
    const account = { scope: 'user', id: 'member-1' } as const;
    const spending = await world.store.ledger.spending(account, 0, Number.MAX_SAFE_INTEGER);
    expect(spending).toMatchObject({ reservedMicroUsd: 2 * PRICE, settledMicroUsd: 0 });
  });

  it('is held at the price of the cheapest offer for just this request, known from its record alone', async () => {
    const bySteps = makeOffer({ price: ({ inferenceSteps = 0 }) => 750 * inferenceSteps });
    const dearer = makeOffer({ provider: 'other', price: () => 50_000 });
    const offers = [dearer, bySteps].map((offer) => offerRecord.parse(JSON.parse(JSON.stringify(recordOf(offer)))));
    const budgets = { userDay: 9_000 };
    expect(await refusalOf(await ask({ inferenceSteps: 12, count: 2 }, { offers, budgets }))).toMatch(
      /^What is left of your budget does not cover 2 pictures\./,
    );
    expect((await ask({ inferenceSteps: 12 }, { offers, budgets })).answer).toBe('accepted');
    expect(await refusalOf(await ask({ inferenceSteps: 1 }, { offers, budgets }))).toMatch(
      /^Your budget for pictures is used up\. It resets <t:\d+:R>\.$/,
    );
  });

  it('that does not reach refuses the request, and says when there is more', async () => {
    const budgets = { userDay: PRICE };
    expect((await ask({}, { budgets })).answer).toBe('accepted');
    const day = new Date(world.clock.now());
    const midnight = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1) / 1_000;
    expect(await refusalOf(await ask({}, { budgets }))).toBe(
      `Your budget for pictures is used up. It resets <t:${midnight}:R>.`,
    );
    const guild = await ask({}, { budgets: { guildMonth: PRICE } });
    expect(await refusalOf(guild)).toMatch(/^This server’s budget for pictures is used up\. It resets <t:\d+:R>\.$/);
  });

  it('of a server is not counted in a direct message', async () => {
    const { guildId: _, ...direct } = makeOrigin();
    const answer = await submit(
      { origin: direct, kind: 'imagine', request: makeRequest() },
      {
        store: world.store,
        offers: [recordOf(makeOffer())],
        policy: { waiting: 20, budgets: { guildDay: 0 } },
        now: world.clock.now,
      },
    );
    expect(answer).toBe('accepted');
  });

  it('that is nearly used up is told of once at four fifths, and once at the end', async () => {
    const budgets = { userMonth: 10 * PRICE };
    const told: unknown[] = [];
    for (let request = 1; request <= 11; request += 1) {
      const { told: now } = await ask({}, { budgets });
      if (now.length > 0) told.push([request, ...now]);
    }
    expect(told).toEqual([
      [8, ['user', 'month', 80]],
      [10, ['user', 'month', 100]],
      [11, ['user', 'month', 100]],
    ]);
  });
});
