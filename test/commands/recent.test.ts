import { describe, expect, it } from 'vitest';
import { recent, recentButtons } from '../../commands/recent.ts';
import { buildMessage, type Reply } from '../../src/discord/reply.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { storeFinished } from '../support/finished.ts';
import { mintId, PAINTED } from '../support/generations.ts';
import { makeInvocation, makeMessage, makeServices } from '../support/handlers.ts';
import { makeRequest } from '../support/offers.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const PNG = Buffer.from(await createPainter('png')(64, 64, 1));

async function store(prompt: string, made: Partial<NewGeneration> = {}): Promise<Generation> {
  world.clock.advance(1_000);
  const request = makeRequest({ model: 'sketch', prompt });
  return storeFinished(world.store, { createdAt: world.clock.now(), ...made, request }, PAINTED, PNG);
}

async function show(userId = 'member-1'): Promise<Reply> {
  const outcome = await recent.run({ ...makeInvocation({ userId }), input: {} }, makeServices(world));
  if (outcome.kind !== 'reply') throw new Error(outcome.kind);
  return outcome.reply;
}

async function leaf(generationId: string, userId = 'member-1'): Promise<Reply> {
  const press = {
    ...makeInvocation({ userId }),
    target: { family: 'recent', action: 'show', generationId },
    values: [],
    message: makeMessage({ ephemeral: true }),
  };
  const outcome = await recentButtons.run(press, makeServices(world));
  if (outcome.kind !== 'update') throw new Error(outcome.kind);
  return outcome.reply;
}

const labels = ({ buttons = [] }: Reply) => buttons.map((row) => row.map(({ label }) => label));
/** The custom ID of a button, unless it cannot be pressed. */
function leadsTo({ buttons = [] }: Reply, label: string): string | undefined {
  const button = buttons.flat().find((one) => one.label === label);
  return button?.disabled === true ? undefined : button?.customId;
}

describe('/recent', () => {
  it('says so when there is nothing yet', async () => {
    await store('someone else’s', { userId: 'member-2' });
    expect(await show()).toEqual({ text: 'You have no pictures yet. Ask for one with `/imagine`.' });
  });

  it('shows my newest picture with its buttons, private ones included', async () => {
    await store('the first');
    const newest = await store('the second', { ephemeral: true });
    const reply = await show();
    expect(reply).toMatchObject({ text: '**the second**', pictures: [{ bytes: PNG }] });
    expect(labels(reply)).toEqual([
      ['Regenerate', 'V1'],
      ['Edit prompt', 'Info', 'Delete'],
      ['Newer', 'Older'],
    ]);
    expect(leadsTo(reply, 'Info')).toBe(`v1:result:info:${newest.id}`);
  });

  it('leafs to older ones and back', async () => {
    const [first, second, third] = [await store('one'), await store('two'), await store('three')];
    const newest = await show();
    expect([leadsTo(newest, 'Newer'), leadsTo(newest, 'Older')]).toEqual([undefined, `v1:recent:show:${second.id}`]);
    const middle = await leaf(second.id);
    expect(middle.text).toBe('**two**');
    expect([leadsTo(middle, 'Newer'), leadsTo(middle, 'Older')]).toEqual([
      `v1:recent:show:${third.id}`,
      `v1:recent:show:${first.id}`,
    ]);
    const oldest = await leaf(first.id);
    expect([leadsTo(oldest, 'Newer'), leadsTo(oldest, 'Older')]).toEqual([`v1:recent:show:${second.id}`, undefined]);
    for (const reply of [newest, middle, oldest]) {
      expect(labels(reply).at(-1)).toEqual(['Newer', 'Older']);
      const customIds = (reply.buttons ?? []).flat().map(({ customId }) => customId);
      expect(new Set(customIds).size).toBe(customIds.length);
    }
  });

  it('has nowhere to leaf to with a single picture', async () => {
    await store('the only one');
    expect(labels(await show())).toEqual([
      ['Regenerate', 'V1'],
      ['Edit prompt', 'Info', 'Delete'],
    ]);
  });

  it('shows nobody else’s picture, whatever is asked for', async () => {
    const theirs = await store('theirs', { userId: 'member-2' });
    await store('mine');
    expect((await leaf(theirs.id)).text).toBe('**mine**');
    expect((await leaf(mintId())).text).toBe('**mine**');
    expect(await leaf(theirs.id, 'member-3')).toEqual({
      text: 'You have no pictures yet. Ask for one with `/imagine`.',
    });
  });

  it('leaves out what was deleted', async () => {
    const kept = await store('kept');
    await world.store.generations.erase((await store('deleted')).id);
    expect(leadsTo(await show(), 'Info')).toBe(`v1:result:info:${kept.id}`);
  });

  it('says so when the picture itself is not kept any more', async () => {
    await store('an old one');
    world.clock.advance(48 * 3_600_000);
    await world.store.generations.forget({ tokensBefore: 0, unpaintedBefore: 0, imagesBefore: world.clock.now() });
    const reply = await show();
    expect(reply.small?.at(-1)).toBe(
      'The picture itself is no longer kept. Regenerate paints another one from the same words; Info has the line that repeats this one.',
    );
    expect(labels(reply)[0]).toEqual(['Regenerate']);
    expect(buildMessage(reply).body.components.length).toBeGreaterThan(0);
  });

  it('has a button row for itself within Discord’s five of five', async () => {
    for (let index = 0; index < 3; index += 1) await store(`number ${index}`);
    for (const row of labels(await show())) expect(row.length).toBeLessThanOrEqual(5);
  });
});
