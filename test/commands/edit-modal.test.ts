import { ModalBuilder } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { editModal, editModals } from '../../commands/edit.modal.ts';
import type { ModalSubmit } from '../../src/discord/handlers.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { storeFinished } from '../support/finished.ts';
import { mintId } from '../support/generations.ts';
import { DRAWN_SEED, makeInvocation, makeMessage, makeServices } from '../support/handlers.ts';
import { makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const initImage = { url: 'https://cdn.discordapp.com/a.png' };

const makeSubmit = (
  generationId: string,
  fields: ModalSubmit['fields'],
  made: Partial<ModalSubmit> = {},
): ModalSubmit => ({
  ...makeInvocation(),
  target: { family: 'edit', action: 'submit', generationId },
  fields,
  ...made,
});

describe('the form', () => {
  it('is filled in with what the picture was made of', async () => {
    const source = await storeFinished(world.store, {
      request: makeRequest({ model: 'sketch', prompt: 'a fox\nin snow', seed: 99 }),
    });
    const modal = editModal(source, 'en-US');
    expect(modal).toMatchObject({
      custom_id: `v1:edit:submit:${source.id}`,
      components: [
        { label: 'Prompt', component: { custom_id: 'prompt', value: 'a fox\nin snow', max_length: 4_000 } },
        { label: 'Seed', component: { custom_id: 'seed', value: '99', required: false } },
      ],
    });
  });

  it.each([
    [0.3, '0.3'],
    // Stored by a version that took any number of decimals: Discord refuses what is longer than its field.
    [0.333333, '0.333'],
  ])('asks for a strength where there was one: %f', async (strength, value) => {
    const source = await storeFinished(world.store, {
      request: makeRequest({ model: 'sketch', mode: 'image-to-image', strength, initImage }),
    });
    expect(editModal(source, 'en-US').components[2]).toMatchObject({
      component: { custom_id: 'strength', value, max_length: 5 },
    });
  });

  it.each(['x', '海', '🦊'])('is one that discord.js’s builders make, also with 4000 times %s', async (character) => {
    const prompt = character.repeat(4_000 / character.length);
    const source = await storeFinished(world.store, {
      request: makeRequest({ model: 'sketch', prompt, strength: 0.3 }),
    });
    const modal = editModal(source, 'en-US');
    expect(new ModalBuilder(modal).toJSON()).toEqual(modal);
  });
});

it('is refused for a prompt that a form cannot hold, in a sentence', async () => {
  const source = await storeFinished(world.store, {
    request: makeRequest({ model: 'sketch', prompt: '🦊'.repeat(2_001) }),
  });
  expect(() => editModal(source, 'en-US')).toThrow(InvalidInputError);
});

describe('a submitted form', () => {
  it('asks for a child with the new words and seed, all else equal', async () => {
    const source = await storeFinished(world.store, {
      request: makeRequest({
        model: 'sketch',
        aspect: '3:2',
        count: 2,
        mode: 'image-to-image',
        strength: 0.3,
        initImage,
      }),
    });
    const services = makeServices(world);
    const submitted = makeSubmit(source.id, { prompt: ' a wolf ', seed: '8', strength: '0,6' }, { userId: 'member-2' });
    expect(await editModals.run(submitted, services)).toEqual({ kind: 'painting', generationId: submitted.id });
    expect(services.submitted).toMatchObject([
      {
        kind: 'edit',
        parentId: source.id,
        origin: { id: submitted.id, userId: 'member-2', ephemeral: false },
        request: {
          ...source.request,
          prompt: 'a wolf',
          seed: 8,
          seedGiven: true,
          strength: 0.6,
          initImage: { ...initImage, initImageOf: source.id },
        },
      },
    ]);
  });

  it('draws a seed, and keeps the strength, when the fields were emptied', async () => {
    const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch', strength: 0.3 }) });
    const services = makeServices(world);
    await editModals.run(makeSubmit(source.id, { prompt: 'a wolf', seed: '', strength: '' }), services);
    expect(services.submitted[0]?.request).toMatchObject({ seed: DRAWN_SEED, seedGiven: false, strength: 0.3 });
  });

  it('gives no strength to what has none', async () => {
    const source = await storeFinished(world.store);
    const services = makeServices(world);
    await editModals.run(makeSubmit(source.id, { prompt: 'a wolf', seed: '', strength: '0.5' }), services);
    expect(services.submitted[0]?.request.strength).toBeUndefined();
  });

  it('from a private picture stays private', async () => {
    const source = await storeFinished(world.store);
    const services = makeServices(world);
    const submitted = makeSubmit(
      source.id,
      { prompt: 'a wolf', seed: '' },
      { message: makeMessage({ ephemeral: true }) },
    );
    expect(editModals.ephemeral(submitted)).toBe(true);
    await editModals.run(submitted, services);
    expect(services.submitted[0]?.origin.ephemeral).toBe(true);
  });

  it.each<[string, ModalSubmit['fields'], string]>([
    ['no words', { prompt: '  ', seed: '' }, 'prompt-empty'],
    ['a seed that is none', { prompt: 'a wolf', seed: 'lucky' }, 'seed-range'],
    ['a strength that is none', { prompt: 'a wolf', seed: '', strength: '2' }, 'strength-range'],
  ])('with %s is refused', async (_what, fields, key) => {
    const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch', strength: 0.3 }) });
    const services = makeServices(world);
    const refused = await editModals.run(makeSubmit(source.id, fields), services).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(refused).toMatchObject({ sentence: { key } });
    expect(services.submitted).toEqual([]);
  });

  it('of what is private is refused to all but its member', async () => {
    const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch' }), ephemeral: true });
    const submitted = makeSubmit(source.id, { prompt: 'a wolf', seed: '' }, { userId: 'member-2' });
    const refused = editModals.run(submitted, makeServices(world));
    await expect(refused).rejects.toMatchObject({ sentence: { key: 'result-gone' } });
  });

  it('of a picture nobody remembers, or whose words were erased, is refused', async () => {
    const source = await storeFinished(world.store);
    await world.store.generations.erase(source.id);
    for (const id of [source.id, mintId()]) {
      const refused = editModals.run(makeSubmit(id, { prompt: 'a wolf', seed: '' }), makeServices(world));
      await expect(refused).rejects.toMatchObject({ sentence: { key: 'result-gone' } });
    }
  });
});
