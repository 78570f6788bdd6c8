import { describe, expect, it } from 'vitest';
import { resultButtons } from '../../commands/result.buttons.ts';
import type { Press } from '../../src/discord/handlers.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import type { Generation } from '../../src/generation/record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { storeFinished } from '../support/finished.ts';
import { mintId } from '../support/generations.ts';
import { DRAWN_SEED, makeInvocation, makeMessage, makeServices, SKETCH } from '../support/handlers.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const novita = recordOf(makeOffer({ provider: 'novita', modes: ['text-to-image'] }));
const octoDev = recordOf(makeOffer({ provider: 'octoai', model: 'flux-dev', negativePrompt: false }));
const fal = recordOf(makeOffer({ provider: 'fal' }));

const PICTURES = ['https://cdn.discordapp.com/1.png', 'https://cdn.discordapp.com/2.png'];
const everything: Partial<GenerationRequest> = {
  model: 'flux-schnell',
  aspect: '16:9',
  inferenceSteps: 8,
  guidanceScale: 3,
  negativePrompt: 'cars',
  count: 2,
  seedGiven: true,
};

function makePress(action: string, generationId: string, made: Partial<Press> & { index?: number } = {}): Press {
  const { index, ...rest } = made;
  return {
    ...makeInvocation(),
    target: { family: 'result', action, generationId, ...(index === undefined ? {} : { index }) },
    message: makeMessage({ pictures: PICTURES }),
    ...rest,
  };
}

const store = (request: Partial<GenerationRequest> = {}): Promise<Generation> =>
  storeFinished(world.store, { request: makeRequest({ model: 'sketch', ...request }) });

async function refusalOf(press: Press, services = makeServices(world)): Promise<string> {
  const refused = await resultButtons.run(press, services).catch((error: unknown) => error);
  if (!(refused instanceof InvalidInputError)) throw new Error('nothing was refused');
  expect(services.submitted).toEqual([]);
  return refused.sentence.key;
}

describe('Regenerate', () => {
  it('asks for the same with another seed, as a child', async () => {
    const source = await store(everything);
    const services = makeServices(world);
    const press = makePress('regenerate', source.id, { userId: 'member-2' });
    expect(await resultButtons.run(press, services)).toEqual({ kind: 'painting', generationId: press.id });
    expect(services.submitted).toMatchObject([
      {
        kind: 'regenerate',
        parentId: source.id,
        origin: { id: press.id, userId: 'member-2', ephemeral: false },
        request: { ...source.request, seed: DRAWN_SEED, seedGiven: false },
      },
    ]);
    expect(services.submitted[0]?.parentIndex).toBeUndefined();
  });

  it('starts again from the picture the first one started from', async () => {
    const initImage = { url: 'https://cdn.discordapp.com/a.png?ex=1' };
    const source = await store({ mode: 'image-to-image', strength: 0.5, initImage });
    const services = makeServices(world);
    await resultButtons.run(makePress('regenerate', source.id), services);
    expect(services.submitted[0]?.request).toMatchObject({
      strength: 0.5,
      initImage: { ...initImage, initImageOf: source.id },
    });
  });
});

describe('V1 … V4', () => {
  it('starts from the picture under the button, with all that is the model’s own', async () => {
    const source = await store(everything);
    const services = makeServices(world, { offers: [SKETCH, novita, fal] });
    await resultButtons.run(makePress('variation', source.id, { index: 1 }), services);
    expect(services.submitted).toMatchObject([
      {
        kind: 'variation',
        parentId: source.id,
        parentIndex: 1,
        request: {
          prompt: 'a fox',
          model: 'flux-schnell',
          mode: 'image-to-image',
          aspect: '16:9',
          inferenceSteps: 8,
          guidanceScale: 3,
          negativePrompt: 'cars',
          seed: DRAWN_SEED,
          seedGiven: false,
          count: 1,
          strength: 0.75,
          initImage: {
            url: PICTURES[1],
            generationId: source.id,
            index: 1,
            channelId: 'channel-1',
            messageId: '1180000000000000900',
          },
        },
      },
    ]);
  });

  it('takes nothing along that is another model’s own, and notes what it left', async () => {
    const source = await store({ ...everything, provider: 'novita' });
    const services = makeServices(world, { offers: [novita, octoDev] });
    await resultButtons.run(makePress('variation', source.id), services);
    const [{ request } = { request: undefined }] = services.submitted;
    expect(request).toMatchObject({
      model: 'flux-dev',
      mode: 'image-to-image',
      leftOut: ['negativePrompt', 'guidanceScale', 'inferenceSteps'],
    });
    for (const dial of ['provider', 'inferenceSteps', 'guidanceScale', 'negativePrompt'])
      expect(request).not.toHaveProperty(dial);
  });

  it('stays with the provider a member chose, where that can', async () => {
    const source = await store({ model: 'flux-schnell', provider: 'fal' });
    const services = makeServices(world, { offers: [novita, fal] });
    await resultButtons.run(makePress('variation', source.id), services);
    expect(services.submitted[0]?.request).toMatchObject({ model: 'flux-schnell', provider: 'fal' });
  });

  it('keeps the strength of a variation of a variation', async () => {
    const source = await store({ mode: 'image-to-image', strength: 0.3, initImage: { url: PICTURES[0] } });
    const services = makeServices(world);
    await resultButtons.run(makePress('variation', source.id), services);
    expect(services.submitted[0]?.request.strength).toBe(0.3);
  });

  it('names the message only where it can be asked for again, and the address only where there is one', async () => {
    const source = await store();
    const services = makeServices(world);
    await resultButtons.run(
      makePress('variation', source.id, { message: makeMessage({ ephemeral: true, pictures: PICTURES }) }),
      services,
    );
    await resultButtons.run(makePress('variation', source.id, { index: 3 }), services);
    expect(services.submitted.map(({ request }) => request.initImage)).toEqual([
      { url: PICTURES[0], generationId: source.id, index: 0 },
      { generationId: source.id, index: 3, channelId: 'channel-1', messageId: '1180000000000000900' },
    ]);
    expect(services.submitted[0]?.origin.ephemeral).toBe(true);
  });

  it('says so where nothing can vary a picture any more', async () => {
    const source = await store({ model: 'flux-schnell' });
    expect(await refusalOf(makePress('variation', source.id), makeServices(world, { offers: [SKETCH, novita] }))).toBe(
      'no-variation',
    );
  });
});

describe('Edit prompt', () => {
  it('opens a form with what the picture was made of', async () => {
    const source = await store();
    const outcome = await resultButtons.run(makePress('edit', source.id), makeServices(world));
    expect(outcome).toMatchObject({ kind: 'modal', modal: { custom_id: `v1:edit:submit:${source.id}` } });
  });
});

describe('Info', () => {
  it('answers with everything there is to know', async () => {
    const source = await store();
    const outcome = await resultButtons.run(makePress('info', source.id), makeServices(world));
    expect(outcome).toMatchObject({
      kind: 'reply',
      reply: { text: expect.stringContaining('/imagine prompt: a fox') },
    });
  });

  it('still answers when the words were erased', async () => {
    const source = await store();
    await world.store.generations.erase(source.id);
    const outcome = await resultButtons.run(makePress('info', source.id), makeServices(world));
    expect(outcome).toMatchObject({
      kind: 'reply',
      reply: { text: expect.stringContaining('The prompt was erased.') },
    });
  });
});

describe('Delete', () => {
  it.each<[string, Partial<Press>]>([
    ['its owner', { userId: 'member-1' }],
    ['who may manage messages', { userId: 'member-2', memberPermissions: String(1n << 13n) }],
    ['who may do anything', { userId: 'member-2', memberPermissions: '2251799813685247' }],
  ])('lets %s take message and words away, the words once the message is gone', async (_who, made) => {
    const source = await store();
    const message = makeMessage({ id: source.messageId ?? '' });
    const press = makePress('delete', source.id, { message, ...made });
    expect(await resultButtons.run(press, makeServices(world))).toEqual({ kind: 'delete-message', erases: source.id });
    expect(await world.store.generations.find(source.id)).toMatchObject({ erased: false });
  });

  it.each<[string, boolean, Partial<NewGeneration>, (source: Generation) => string]>([
    ['on the message itself', false, {}, ({ messageId = '' }) => messageId],
    ['on another one', true, {}, () => '1180000000000000901'],
    ['on another one of what is private', false, { ephemeral: true }, () => '1180000000000000901'],
  ])('pressed %s, takes the message in the channel away as well: %s', async (_where, takesAnother, made, shownIn) => {
    const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch' }), ...made });
    const services = makeServices(world);
    const message = makeMessage({ id: shownIn(source) });
    const outcome = await resultButtons.run(makePress('delete', source.id, { message }), services);
    const { channelId, messageId } = source;
    expect(services.deleted).toEqual(takesAnother ? [{ channelId, messageId }] : []);
    expect(outcome).toEqual({ kind: 'delete-message', erases: source.id });
  });

  it.each([
    ['public', false],
    ['private', true],
  ])('of a %s picture that /recent shows, erases it, and shows the one before it there', async (_which, ephemeral) => {
    const made: Generation[] = [];
    for (const prompt of ['the oldest', 'the older', 'this one', 'the newer']) {
      const request = makeRequest({ model: 'sketch', prompt });
      made.push(await storeFinished(world.store, { ephemeral, createdAt: world.clock.now(), request }));
      world.clock.advance(1);
    }
    const source = made[2];
    if (source === undefined) throw new Error('there are four');
    const services = makeServices(world);
    const message = makeMessage({ id: '1180000000000000901', ephemeral: true });
    const outcome = await resultButtons.run(makePress('delete', source.id, { message }), services);
    expect(outcome).toMatchObject({ kind: 'update', reply: { text: expect.stringContaining('the older') } });
    const { channelId, messageId } = source;
    expect(services.deleted).toEqual(ephemeral ? [] : [{ channelId, messageId }]);
    expect(await world.store.generations.find(source.id)).toMatchObject({ erased: true });
  });

  it('erases nothing while its message stays where it is', async () => {
    const source = await store();
    const refusal = new InvalidInputError('Discord refused', { sentence: { key: 'cannot-delete' } });
    const services = makeServices(world, { deleteMessage: () => Promise.reject(refusal) });
    expect(await refusalOf(makePress('delete', source.id), services)).toBe('cannot-delete');
    expect(await world.store.generations.find(source.id)).toMatchObject({ erased: false });
  });

  it('lets nobody else', async () => {
    const source = await store();
    const other = makePress('delete', source.id, { userId: 'member-2', memberPermissions: String((1n << 13n) - 1n) });
    expect(await refusalOf(other)).toBe('not-yours-to-delete');
    expect(await world.store.generations.find(source.id)).toMatchObject({ erased: false });
  });

  it.each<[string, Partial<Generation>]>([
    ['another server', { guildId: 'guild-2' }],
    ['someone’s private messages', { ephemeral: true }],
  ])('lets no moderator take away a picture from %s', async (_where, made) => {
    const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch' }), ...made });
    const moderator = makePress('delete', source.id, { userId: 'member-2', memberPermissions: '8192' });
    expect(await refusalOf(moderator)).toBe('not-yours-to-delete');
    expect(await world.store.generations.find(source.id)).toMatchObject({ erased: false });
  });

  it('lets a moderator take away what nobody remembers, and no one else', async () => {
    const id = mintId();
    expect(await refusalOf(makePress('delete', id))).toBe('not-yours-to-delete');
    const moderator = makePress('delete', id, { memberPermissions: '8192' });
    expect(await resultButtons.run(moderator, makeServices(world))).toEqual({ kind: 'delete-message' });
  });
});

describe('every button of a result', () => {
  it.each(['regenerate', 'variation', 'edit', 'info'])('says that there is nothing left to %s', async (action) => {
    expect(await refusalOf(makePress(action, mintId()))).toBe('result-gone');
  });

  it.each(['regenerate', 'variation', 'edit'])('takes no words that were erased to %s', async (action) => {
    const source = await store();
    await world.store.generations.erase(source.id);
    expect(await refusalOf(makePress(action, source.id))).toBe('result-gone');
  });

  it.each(['regenerate', 'variation', 'edit', 'info'])(
    'lets nobody but its member %s what is private',
    async (action) => {
      const source = await storeFinished(world.store, { request: makeRequest({ model: 'sketch' }), ephemeral: true });
      expect(await refusalOf(makePress(action, source.id, { userId: 'member-2' }))).toBe('result-gone');
      const own = await resultButtons.run(makePress(action, source.id), makeServices(world));
      expect(['painting', 'modal', 'reply']).toContain(own.kind);
    },
  );

  it('says nothing when this press was taken before', async () => {
    const source = await store();
    const services = makeServices(world, { admission: 'duplicate' });
    expect(await resultButtons.run(makePress('regenerate', source.id), services)).toEqual({ kind: 'duplicate' });
  });

  it.each([
    ['regenerate', false, false, 'message'],
    ['regenerate', true, true, 'message'],
    ['variation', true, true, 'message'],
    ['info', false, true, 'message'],
    ['edit', false, false, 'modal'],
    ['delete', false, false, 'update'],
  ])('answers %s, on a private result: %s, privately: %s, and first with: %s', (action, ephemeral, hidden, first) => {
    const press = makePress(action, mintId(), { message: makeMessage({ ephemeral }) });
    expect(resultButtons.ephemeral(press)).toBe(hidden);
    expect(resultButtons.first?.(press)).toBe(first);
  });
});
