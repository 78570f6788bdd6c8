import { ModalBuilder } from 'discord.js';
import { ComponentType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { imagineFrom, imagineFromModals } from '../../commands/imagine-from.ts';
import type { ModalSubmit } from '../../src/discord/handlers.ts';
import type { SourceMessage } from '../../src/discord/interaction.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import { mintId } from '../support/generations.ts';
import { DRAWN_SEED, makeInvocation, makeMessage, makeServices } from '../support/handlers.ts';
import { makeOffer } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const PICTURES = [1, 2, 3].map((number) => `https://cdn.discordapp.com/${number}.png`);

async function open(target: SourceMessage | undefined, services = makeServices(world)) {
  const call = makeInvocation();
  const outcome = await imagineFrom.run({ ...call, input: {}, ...(target === undefined ? {} : { target }) }, services);
  if (outcome.kind !== 'modal') throw new Error(outcome.kind);
  return { draftId: call.id, modal: outcome.modal };
}

const makeSubmit = (generationId: string, fields: ModalSubmit['fields'], action = 'submit'): ModalSubmit => ({
  ...makeInvocation(),
  target: { family: 'from', action, generationId },
  fields,
});

describe('Imagine from this', () => {
  it('opens a form for the picture', async () => {
    const { draftId, modal } = await open(makeMessage({ pictures: PICTURES.slice(0, 1) }));
    expect(modal).toMatchObject({
      custom_id: `v1:from:submit:${draftId}`,
      title: 'Imagine from this',
      components: [{ component: { custom_id: 'prompt' } }, { component: { custom_id: 'strength', value: '0.75' } }],
    });
  });

  it('asks which, when there are several, the first chosen already', async () => {
    const { modal } = await open(makeMessage({ pictures: PICTURES }));
    expect(modal.components[0]).toMatchObject({
      label: 'Which picture?',
      component: {
        type: ComponentType.StringSelect,
        custom_id: 'picture',
        options: [
          { label: 'Picture 1', value: '0', default: true },
          { label: 'Picture 2', value: '1' },
          { label: 'Picture 3', value: '2' },
        ],
      },
    });
  });

  it.each([1, 2, 30])('opens a form that discord.js’s builders make, for %i pictures', async (count) => {
    const pictures = Array.from({ length: count }, (_, index) => `https://cdn.discordapp.com/${index}.png`);
    const { modal } = await open(makeMessage({ pictures }));
    expect(new ModalBuilder(modal).toJSON()).toEqual(modal);
  });

  it.each<[string, SourceMessage | undefined]>([
    ['a message without a picture', makeMessage()],
    ['no message at all', undefined],
  ])('refuses %s', async (_what, target) => {
    await expect(open(target)).rejects.toMatchObject({ sentence: { key: 'no-picture-here' } });
  });

  it('takes only those that are kept by Discord, and counts only them', async () => {
    const pictures = [
      'https://example.com/a.png',
      ...PICTURES.slice(0, 1),
      'http://cdn.discordapp.com/b.png',
      'no address',
    ];
    const { draftId, modal } = await open(makeMessage({ pictures }));
    expect(modal.components[0]).toMatchObject({ component: { custom_id: 'prompt' } });
    expect(await world.store.drafts.find(draftId)).toMatchObject({ pictures: PICTURES.slice(0, 1) });
  });

  it('refuses at once, in private, what it could never read', async () => {
    const opened = open(makeMessage({ pictures: ['https://example.com/a.png'] }));
    await expect(opened).rejects.toMatchObject({ sentence: { key: 'picture-elsewhere' } });
    expect(imagineFrom.ephemeral({})).toBe(true);
  });

  it('says so where nothing starts from a picture', async () => {
    const novita = recordOf(makeOffer({ provider: 'novita', modes: ['text-to-image'] }));
    const opened = open(makeMessage({ pictures: PICTURES }), makeServices(world, { offers: [novita] }));
    await expect(opened).rejects.toMatchObject({ sentence: { key: 'no-variation' } });
  });
});

describe('its form', () => {
  it('asks for a picture that starts from the chosen one', async () => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES }));
    const services = makeServices(world);
    const submitted = makeSubmit(draftId, { picture: ['2'], prompt: ' a fox ', strength: '0.4' });
    expect(await imagineFromModals.run(submitted, services)).toEqual({ kind: 'painting', generationId: submitted.id });
    expect(services.submitted).toMatchObject([
      {
        kind: 'imagine',
        origin: { id: submitted.id, ephemeral: false },
        request: {
          prompt: 'a fox',
          model: 'sketch',
          mode: 'image-to-image',
          seed: DRAWN_SEED,
          seedGiven: false,
          count: 1,
          strength: 0.4,
          initImage: { url: PICTURES[2], index: 2, channelId: 'channel-1', messageId: '1180000000000000900' },
        },
      },
    ]);
    // Its picture brings its own shape.
    expect(services.submitted[0]?.request).not.toHaveProperty('aspect');
    expect(services.submitted[0]).not.toHaveProperty('parentId');
  });

  it('takes the only picture, and our own strength, when nothing else is said', async () => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES.slice(0, 1) }));
    const services = makeServices(world);
    await imagineFromModals.run(makeSubmit(draftId, { prompt: 'a fox', strength: '' }), services);
    expect(services.submitted[0]?.request).toMatchObject({ strength: 0.75, initImage: { url: PICTURES[0] } });
  });

  it('is its member’s alone', async () => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES }));
    const services = makeServices(world);
    const submitted = { ...makeSubmit(draftId, { prompt: 'a fox' }), userId: 'member-2' };
    await expect(imagineFromModals.run(submitted, services)).rejects.toMatchObject({
      sentence: { key: 'modal-too-old' },
    });
    expect(services.submitted).toEqual([]);
  });

  it('does not name a message that only its member sees', async () => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES, ephemeral: true }));
    const services = makeServices(world);
    await imagineFromModals.run(makeSubmit(draftId, { prompt: 'a fox' }), services);
    expect(services.submitted[0]?.request.initImage).toEqual({ url: PICTURES[0], index: 0 });
  });

  it.each([
    ['private', true],
    ['submit', false],
  ])('keeps a picture as private as it was: %s', async (action, ephemeral) => {
    const { draftId, modal } = await open(makeMessage({ pictures: PICTURES, ephemeral }));
    expect(modal.custom_id).toBe(`v1:from:${action}:${draftId}`);
    const submitted = makeSubmit(draftId, { prompt: 'a fox' }, action);
    expect(imagineFromModals.ephemeral(submitted)).toBe(ephemeral);
    const services = makeServices(world);
    await imagineFromModals.run(submitted, services);
    expect(services.submitted[0]?.origin.ephemeral).toBe(ephemeral);
  });

  it('is understood after a restart, more than once', async () => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES }));
    const store = await world.open();
    for (const prompt of ['a fox', 'a wolf']) {
      const services = makeServices({ store });
      await imagineFromModals.run(makeSubmit(draftId, { prompt }), services);
      expect(services.submitted[0]?.request.prompt).toBe(prompt);
    }
  });

  it.each<[string, ModalSubmit['fields'], string]>([
    ['no words', { prompt: ' ' }, 'prompt-empty'],
    ['a picture there is not', { prompt: 'a fox', picture: ['9'] }, 'no-picture-here'],
    ['a strength that is none', { prompt: 'a fox', strength: 'much' }, 'strength-range'],
  ])('is refused with %s', async (_what, fields, key) => {
    const { draftId } = await open(makeMessage({ pictures: PICTURES }));
    const services = makeServices(world);
    const refused = await imagineFromModals.run(makeSubmit(draftId, fields), services).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(refused).toMatchObject({ sentence: { key } });
    expect(services.submitted).toEqual([]);
  });

  it('is refused when what it was opened on is forgotten', async () => {
    const refused = imagineFromModals.run(makeSubmit(mintId(), { prompt: 'a fox' }), makeServices(world));
    await expect(refused).rejects.toMatchObject({ sentence: { key: 'modal-too-old' } });
  });
});
