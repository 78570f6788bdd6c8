import { describe, expect, it } from 'vitest';
import { jobButtons } from '../../commands/job.buttons.ts';
import type { Press } from '../../src/discord/handlers.ts';
import type { SourceMessage } from '../../src/discord/interaction.ts';
import { InvalidInputError } from '../../src/errors.ts';
import type { WakeUpTopic } from '../../src/store/wake-ups.ts';
import { storeFinished } from '../support/finished.ts';
import { mintId } from '../support/generations.ts';
import { makeInvocation, makeMessage, makeServices } from '../support/handlers.ts';
import { makeRequest } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);

const makePress = (action: string, generationId: string, made: Partial<Press> = {}): Press => ({
  ...makeInvocation(),
  target: { family: 'job', action, generationId },
  message: makeMessage(),
  ...made,
});

async function refusalOf(press: Press): Promise<string> {
  const refused = await jobButtons.run(press, makeServices(world)).catch((error: unknown) => error);
  if (!(refused instanceof InvalidInputError)) throw new Error('nothing was refused');
  return refused.sentence.key;
}

/** What workers hear while `work` runs. */
async function wakeUpsDuring(work: () => Promise<unknown>): Promise<WakeUpTopic[]> {
  const heard: WakeUpTopic[] = [];
  const stop = world.store.wakeUps.listen((topic) => heard.push(topic));
  await work();
  stop();
  return heard;
}

describe('Cancel', () => {
  it('ends what has not begun, and has it said', async () => {
    const id = await world.enqueue();
    const heard = await wakeUpsDuring(async () => {
      expect(await jobButtons.run(makePress('cancel', id), makeServices(world))).toEqual({ kind: 'quiet' });
    });
    expect(heard).toEqual(['work']);
    expect(await world.store.generations.find(id)).toMatchObject({ state: 'delivering', outcome: 'cancelled' });
  });

  it('tells whoever paints it', async () => {
    const id = await world.enqueue();
    await world.store.generations.claim({ owner: 'painter', userRunning: 1 });
    const heard = await wakeUpsDuring(() => jobButtons.run(makePress('cancel', id), makeServices(world)));
    expect(heard).toEqual([`cancel:${id}`]);
    expect(await world.store.generations.renew(id, 'painter')).toBe('cancel');
  });

  it('comes too late for what is over, without a word', async () => {
    const { id } = await storeFinished(world.store);
    expect(await jobButtons.run(makePress('cancel', id), makeServices(world))).toEqual({ kind: 'quiet' });
    expect(await world.store.generations.find(id)).toMatchObject({ state: 'done' });
  });

  describe('where only the press can change the message: a private one, its token dead', () => {
    async function cancel(id: string, message: Partial<SourceMessage> = {}) {
      world.clock.advance(14 * 60_000);
      const press = makePress('cancel', id, { message: makeMessage({ ephemeral: true, ...message }) });
      return jobButtons.run(press, makeServices({ store: world.store, now: world.clock.now }));
    }

    it('says what came of it there', async () => {
      const id = await world.enqueue({ ephemeral: true });
      expect(await cancel(id)).toEqual({ kind: 'update', reply: { text: 'Cancelled. It cost nothing.' } });
    });

    it('says that what is painted is being stopped', async () => {
      const id = await world.enqueue({ ephemeral: true });
      await world.store.generations.claim({ owner: 'painter', userRunning: 1 });
      expect(await cancel(id)).toMatchObject({
        kind: 'update',
        reply: { text: expect.stringMatching(/^It is being/) },
      });
    });

    it('says where to find what is painted already', async () => {
      const { id } = await storeFinished(world.store, { ephemeral: true, createdAt: world.clock.now() });
      expect(await cancel(id)).toMatchObject({
        kind: 'update',
        reply: { text: expect.stringContaining('It waits in `/recent`.') },
      });
    });

    it('changes no message that shows the pictures', async () => {
      const { id } = await storeFinished(world.store, { ephemeral: true, createdAt: world.clock.now() });
      const pictures = ['https://cdn.discordapp.com/a.png'];
      expect(await cancel(id, { pictures })).toEqual({ kind: 'quiet' });
    });

    it('leaves a public message to the bot', async () => {
      expect(await cancel(await world.enqueue(), { ephemeral: false })).toEqual({ kind: 'quiet' });
    });
  });

  it('is its owner’s alone, also to moderators', async () => {
    const id = await world.enqueue();
    const press = makePress('cancel', id, { userId: 'member-2', memberPermissions: '8192' });
    expect(await refusalOf(press)).toBe('not-yours-to-cancel');
    expect(await world.store.generations.find(id)).toMatchObject({ state: 'queued' });
  });
});

describe('Try again', () => {
  it('asks for the same once more, where it was in the family', async () => {
    const source = await storeFinished(world.store, {
      kind: 'variation',
      parentId: '1',
      parentIndex: 2,
      request: makeRequest({
        model: 'sketch',
        seed: 99,
        seedGiven: true,
        initImage: { url: 'https://cdn.discordapp.com/a.png' },
      }),
    });
    const services = makeServices(world);
    const press = makePress('retry', source.id, { userId: 'member-2', message: makeMessage({ ephemeral: true }) });
    expect(await jobButtons.run(press, services)).toEqual({ kind: 'painting', generationId: press.id });
    expect(services.submitted).toMatchObject([
      {
        kind: 'variation',
        parentId: '1',
        parentIndex: 2,
        origin: { id: press.id, userId: 'member-2', ephemeral: true },
        request: { ...source.request, initImage: { url: 'https://cdn.discordapp.com/a.png', initImageOf: source.id } },
      },
    ]);
  });

  it('says nothing when this press was taken before', async () => {
    const { id } = await storeFinished(world.store);
    const services = makeServices(world, { admission: 'duplicate' });
    expect(await jobButtons.run(makePress('retry', id), services)).toEqual({ kind: 'duplicate' });
  });

  it('is for its member alone where the request was private', async () => {
    const { id } = await storeFinished(world.store, { ephemeral: true });
    expect(await refusalOf(makePress('retry', id, { userId: 'member-2' }))).toBe('result-gone');
    const own = await jobButtons.run(makePress('retry', id), makeServices(world));
    expect(own.kind).toBe('painting');
  });

  it('takes no words that were erased', async () => {
    const { id } = await storeFinished(world.store);
    await world.store.generations.erase(id);
    expect(await refusalOf(makePress('retry', id))).toBe('result-gone');
  });
});

it.each(['cancel', 'retry'])('says that there is nothing left to %s', async (action) => {
  expect(await refusalOf(makePress(action, mintId()))).toBe('result-gone');
});

it('changes nothing at first for Cancel, and answers Try again with a message', () => {
  expect(jobButtons.first?.(makePress('cancel', '1'))).toBe('update');
  expect(jobButtons.first?.(makePress('retry', '1'))).toBe('message');
});
