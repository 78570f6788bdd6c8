import { describe, expect, it } from 'vitest';
import { models } from '../../commands/models.ts';
import { status } from '../../commands/status.ts';
import { usage } from '../../commands/usage.ts';
import type { Command } from '../../src/discord/handlers.ts';
import type { Invocation } from '../../src/discord/interaction.ts';
import { buildMessage, type Reply } from '../../src/discord/reply.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import type { Services } from '../../src/services.ts';
import type { OfferHealth } from '../../src/store/health.ts';
import { storeFinished } from '../support/finished.ts';
import { makeInvocation, makeServices, SKETCH } from '../support/handlers.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const MINUTE = 60_000;
const MANAGE_GUILD = String(1n << 5n);
const acme = recordOf(makeOffer());

/** The reply of a command without options: for its member alone, and a message Discord takes. */
async function ask<Needs extends keyof Services>(
  command: Command<object, Needs>,
  { from, ...given }: Parameters<typeof makeServices>[1] & { from?: Partial<Invocation> } = {},
): Promise<Reply> {
  expect(command.ephemeral({})).toBe(true);
  const services = makeServices({ store: world.store, now: world.clock.now }, { offers: [SKETCH, acme], ...given });
  const outcome = await command.run({ ...makeInvocation(from), input: {} }, services);
  if (outcome.kind !== 'reply') throw new Error(outcome.kind);
  expect(buildMessage(outcome.reply).body.components.length).toBeGreaterThan(0);
  return outcome.reply;
}

/** The line about an offer. */
const lineOf = ({ text = '' }: Reply, name: string) => text.split('\n').find((line) => line.includes(name)) ?? '';

/** What all processes know of acme from now on. */
async function teach(known: Partial<OfferHealth>): Promise<void> {
  const id = await world.enqueue({ userId: 'member-9' });
  await world.store.generations.claim({ owner: 'a', userRunning: 9 });
  const opening = await world.store.attempts.open({
    generationId: id,
    provider: 'acme',
    model: 'flux-schnell',
    slots: 9,
  });
  if (opening.kind !== 'opened') throw new Error(opening.kind);
  await world.store.attempts.close(id, opening.number, {
    state: 'failed',
    learn: (health) => ({ ...health, ...known }),
  });
}

describe('/models', () => {
  it('tells of each offer who serves it, for how much, and what it can do', async () => {
    const reply = await ask(models);
    expect(lineOf(reply, '`acme/flux-schnell`')).toBe(
      '- `acme/flux-schnell` by Acme: $0.00300 a picture, not asked lately; paints from words, from a picture, 1–12 steps, honours seeds, guidance, negative prompt',
    );
    expect(lineOf(reply, '`sketch`')).toContain('free');
  });

  it('tells how fast it was lately, and that it rests', async () => {
    await teach({ latencies: [900, 2_400, 2_600] });
    expect(lineOf(await ask(models), 'acme')).toContain('2.4 s lately');
    await teach({ openUntil: world.clock.now() + MINUTE });
    expect(lineOf(await ask(models), 'acme')).toContain('out of rotation just now');
  });

  it('says what would bring variations only where real models are and none can', async () => {
    const words = recordOf(makeOffer({ modes: ['text-to-image'] }));
    expect((await ask(models, { offers: [SKETCH] })).small).toHaveLength(1);
    expect((await ask(models, { offers: [SKETCH, words] })).small).toHaveLength(2);
    expect((await ask(models, { offers: [SKETCH, words, acme] })).small).toHaveLength(1);
  });

  it('fits many offers into a message', async () => {
    const many = Array.from({ length: 60 }, (_, index) => recordOf(makeOffer({ provider: `provider-${index}` })));
    const { body } = buildMessage(await ask(models, { offers: many }));
    expect(JSON.stringify(body).length).toBeLessThan(6_000);
  });
});

describe('/status', () => {
  it('tells how long the line is', async () => {
    await world.enqueue();
    await world.enqueue();
    await world.store.generations.claim({ owner: 'a', userRunning: 9 });
    expect((await ask(status)).text).toContain('1 waiting in line, 1 being painted.');
  });

  it.each<[string, Partial<OfferHealth>, RegExp]>([
    ['not asked', {}, /🟢 .* not asked lately/],
    ['well', { latencies: [1_500] }, /🟢 .* 1\.5 s lately/],
    ['asked for a pause', { limitedUntil: 1_790_000_030_000 }, /🟡 .*<t:1790000030:R>/],
    ['failing', { failures: 2, failure: 'trouble', openUntil: 1_790_000_030_000 }, /🔴 .*<t:1790000030:R>/],
    ['tried again', { failures: 2, failure: 'trouble', openUntil: 1_789_999_999_999 }, /🟡/],
  ])('shows an offer that is %s', async (_what, known, pattern) => {
    await teach(known);
    expect(lineOf(await ask(status), 'acme/flux-schnell')).toMatch(pattern);
  });

  it('names the setting at fault to those who manage the server, and to nobody else', async () => {
    await teach({ failures: 2, failure: 'credentials', openUntil: world.clock.now() + MINUTE });
    const variableOf = (provider: string, failure: string) =>
      failure === 'credentials' ? `${provider.toUpperCase()}_KEY` : undefined;
    const line = async (from: Partial<Invocation>) =>
      lineOf(await ask(status, { variableOf, from }), 'acme/flux-schnell');
    expect(await line({})).toMatch(/^- 🔴 (?!.*ACME_KEY)/);
    expect(await line({ memberPermissions: MANAGE_GUILD })).toContain('ACME_KEY');
  });
});

describe('/usage', () => {
  const paint = (made: Parameters<typeof storeFinished>[1] = {}) =>
    storeFinished(world.store, { createdAt: world.clock.now(), ...made });

  it('counts my pictures and what they cost, today and this month', async () => {
    await paint();
    await paint();
    await paint({ userId: 'member-2' });
    const { text = '' } = await ask(usage);
    expect(text.split('\n')).toEqual([
      '### Your pictures',
      '- Today: 2 pictures, $0.00600',
      '- This month: 2 pictures, $0.00600',
    ]);
  });

  it('tells what is under way, and what may still be charged', async () => {
    const { generations, attempts } = world.store;
    const made = await world.enqueue();
    await generations.claim({ owner: 'a', userRunning: 1 });
    expect((await ask(usage)).text).not.toMatch(/reserved|up to/);
    const opening = await attempts.open({
      generationId: made,
      provider: 'acme',
      model: 'flux-schnell',
      slots: 1,
      priceMicroUsd: 3_000,
    });
    expect(lineOf(await ask(usage), 'Today')).toContain('$0.00300 reserved for pictures on the way');
    if (opening.kind !== 'opened') throw new Error(opening.kind);
    await attempts.close(made, opening.number, { state: 'unknown', failure: 'timeout' });
    expect(lineOf(await ask(usage), 'Today')).toContain('and up to $0.00300 ');
  });

  it('tells what is left of a budget, and until when', async () => {
    await paint();
    const line = lineOf(await ask(usage, { budgets: { userDay: 10_000 } }), 'Today');
    expect(line).toMatch(/, \$0\.00700 left of \$0\.0100 until <t:\d+:f>$/);
    await paint({ request: makeRequest({ model: 'sketch', count: 1 }) });
    expect(lineOf(await ask(usage, { budgets: { userDay: 5_000 } }), 'Today')).toContain('$0.00 left of $0.00500');
  });

  it('shows the server’s to those who manage it, in the server', async () => {
    await paint({ userId: 'member-2' });
    const manager = { memberPermissions: MANAGE_GUILD };
    const { text = '' } = await ask(usage, { from: manager });
    expect(text).toContain('### This server’s pictures\n- Today: 1 picture, $0.00300');
    expect((await ask(usage)).text).not.toContain('server');
    const { guildId: _, ...direct } = makeInvocation(manager);
    const services = makeServices({ store: world.store, now: world.clock.now });
    expect(await usage.run({ ...direct, input: {} }, services)).toMatchObject({
      reply: { text: expect.not.stringContaining('server') },
    });
  });
});
