import { setTimeout as delay } from 'node:timers/promises';
import {
  ApplicationCommandOptionType,
  ComponentType,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { wasAcknowledged } from '../../src/discord/acknowledge.ts';
import { createDispatcher, type DispatcherOptions } from '../../src/discord/dispatch.ts';
import { createProgressEditor } from '../../src/discord/edit-progress.ts';
import { connectGateway } from '../../src/discord/gateway.ts';
import { type Command, defineCommand } from '../../src/discord/handlers.ts';
import { registerCommands } from '../../src/discord/register.ts';
import { createBotRest, createInteractionRest, createOnceRest } from '../../src/discord/rest.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { createByteBudget, currentHold } from '../../src/http/bytes-in-flight.ts';
import { createLog } from '../../src/log.ts';
import type { Driver, LocalDiscord } from '../../src/playground/discord/contract.ts';
import type { Store } from '../../src/store/open-store.ts';
import { newGeneration } from '../support/generations.ts';
import { makeServices } from '../support/handlers.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { createLogBook } from '../support/log-book.ts';
import { filesOf, givingBack, textOf } from '../support/messages.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

/** How long a handler has before the dispatcher defers, and some more. */
const LONG_MS = 1_000;
const world = useStoreWorld(createSqliteDatabase);

/** A command of a test's own, on a Discord on this machine, and a member who can use it. */
async function startWith(
  made: Pick<Command<object>, 'first' | 'run'> & Partial<Command<object>>,
  options: Partial<Pick<DispatcherOptions, 'hold' | 'services'>> = {},
): Promise<{ discord: LocalDiscord; alice: Driver }> {
  const discord = await startLocalDiscord();
  const { apiUrl, token, applicationId } = discord;
  const command = defineCommand<object, never>({
    name: 'try',
    describe: (): RESTPostAPIApplicationCommandsJSONBody => ({ name: 'try', description: 'A test’s own' }),
    input: z.object({}),
    ephemeral: () => false,
    ...made,
  });
  await registerCommands(createBotRest({ apiUrl, token }), applicationId, [command], []);
  const log = createLog('info', createLogBook());
  const dispatcher = createDispatcher({
    handlers: { commands: [command], buttons: [], modals: [] },
    services: makeServices(world),
    rest: createInteractionRest({ apiUrl }),
    onceRest: createOnceRest({ apiUrl }),
    log,
    ...options,
  });
  const gateway = await connectGateway({ token, apiUrl, log, onInteraction: (raw) => void dispatcher.dispatch(raw) });
  onTestFinished(async () => {
    await dispatcher.idle();
    await gateway.close();
  });
  return { discord, alice: discord.act(discord.world.users.alice.id, discord.world.channels.general.id) };
}

const modal = {
  custom_id: 'v1:try:submit:1180000000000000001',
  title: 'Try',
  components: [
    {
      type: ComponentType.Label as const,
      label: 'Words',
      component: { type: ComponentType.TextInput as const, custom_id: 'words', style: 1 as const },
    },
  ],
};

it('says to its member alone that a form took too long', async () => {
  const ready = Promise.withResolvers<void>();
  const { discord, alice } = await startWith({
    first: 'modal',
    async run() {
      await ready.promise;
      return { kind: 'modal', modal };
    },
  });
  const asked = await alice.command('try');
  expect((await asked.response()).type).toBe('thinking');
  ready.resolve();
  const answer = await asked.final();
  expect(textOf(answer)).toBe('That took too long just now. Try again.');
  expect(discord.visibleOnlyTo(answer.id)).toBe(discord.world.users.alice.id);
});

describe('a refusal', () => {
  const refusing: Partial<Command<object>> & Pick<Command<object>, 'run'> = {
    describe: () => ({
      name: 'try',
      description: 'A test’s own',
      options: [{ type: ApplicationCommandOptionType.String, name: 'prompt', description: 'Words' }],
    }),
    input: z.object({ prompt: z.string().optional() }),
    async run() {
      throw new InvalidInputError('refused', { sentence: { key: 'seed-range' } });
    },
  };
  const reason = 'A seed is a whole number from 1 to 4294967295. Leave it out to have one drawn.';

  it('gives a member the words back that they had written', async () => {
    const { discord, alice } = await startWith(refusing);
    const answer = await (await alice.command('try', { prompt: 'a *red* fox' })).final();
    expect(textOf(answer)).toBe(givingBack('a *red* fox', reason));
    expect(discord.visibleOnlyTo(answer.id)).toBe(discord.world.users.alice.id);
  });

  it.each([
    ['long', 'fox '.repeat(500)],
    ['would end a block of code', 'a fox ``` and more'],
  ])('gives words that are %s back as a file', async (_what, prompt) => {
    const { alice } = await startWith(refusing);
    const answer = await (await alice.command('try', { prompt })).final();
    expect(textOf(answer)).toBe(`${reason}\nWhat you wrote is in the file below.`);
    const [url = ''] = Object.values(filesOf(answer));
    expect(await (await fetch(url)).text()).toBe(`${prompt}\n`);
  });

  it('says why even where the words are not let through', async () => {
    const { discord, alice } = await startWith(refusing);
    discord.faults.add({ method: 'POST', route: /callback/, status: 400, code: 200000 });
    const answer = await (await alice.command('try', { prompt: 'a rude fox' })).final();
    expect(textOf(answer)).toBe(reason);
  });

  it('of something without words is its sentence alone', async () => {
    const { alice } = await startWith(refusing);
    expect(textOf(await (await alice.command('try')).final())).toBe(reason);
  });
});

it('works and answers within what a process may hold in memory', async () => {
  const budget = createByteBudget(1_000);
  const over = Promise.withResolvers<readonly number[]>();
  const { alice } = await startWith(
    {
      async run() {
        await currentHold()?.take(300);
        return { kind: 'reply', reply: { text: 'Here it is.' } };
      },
    },
    {
      async hold(work) {
        const [held, done] = await budget.run(1, async () => {
          const result = await work();
          return [budget.held(), result] as const;
        });
        over.resolve([held, budget.held()]);
        return done;
      },
    },
  );
  const asked = await alice.command('try');
  expect(textOf(await asked.final())).toBe('Here it is.');
  expect(await over.promise).toEqual([300, 0]);
});

describe('what it said had failed, although it was stored', () => {
  const fail: Command<object>['run'] = async ({ id }) => {
    await world.store.generations.submit(newGeneration({ id, createdAt: world.clock.now() }), { waiting: 20 });
    // As when the answer to a commit is lost with its connection.
    throw new Error('Connection terminated unexpectedly');
  };

  it('is not painted, even if the database is still away when its member is told', async () => {
    const { generations } = world.store;
    let isAway = true;
    const store: Store = {
      ...world.store,
      generations: {
        ...generations,
        withdraw: (id) =>
          isAway ? Promise.reject(new Error('Connection terminated unexpectedly')) : generations.withdraw(id),
      },
    };
    const { alice } = await startWith({ run: fail }, { services: makeServices({ ...world, store }) });
    const asked = await alice.command('try');
    expect(textOf(await asked.final())).toContain(asked.id);
    expect(await generations.find(asked.id)).toMatchObject({ state: 'queued' });
    isAway = false;
    await expect.poll(() => generations.find(asked.id)).toMatchObject({ state: 'cancelled' });
  });

  it.each([
    ['at once', 0],
    ['after “thinking…”', LONG_MS],
  ])('is not taken up by recovery, which finds those words: said %s', async (_when, afterMs) => {
    const { discord, alice } = await startWith({
      async run(call, services) {
        await delay(afterMs);
        return fail(call, services);
      },
    });
    const asked = await alice.command('try');
    await asked.final();
    const { apiUrl, applicationId } = discord;
    const asking = { id: asked.id, applicationId, token: asked.token };
    expect(await wasAcknowledged(createInteractionRest({ apiUrl }), asking)).toEqual({ kind: 'no' });
  });
});

it('knows an answer that is still waited for, whatever its member was told meanwhile', async () => {
  const { discord, alice } = await startWith({
    async run({ id }) {
      await world.store.generations.submit(newGeneration({ id, createdAt: world.clock.now() }), { waiting: 20 });
      return { kind: 'painting', generationId: id };
    },
  });
  const asked = await alice.command('try');
  expect((await asked.response()).type).toBe('thinking');
  const { apiUrl, applicationId } = discord;
  const rest = createInteractionRest({ apiUrl });
  const asking = { id: asked.id, applicationId, token: asked.token };
  const yes = { kind: 'yes', messageId: asked.message()?.id };
  expect(await wasAcknowledged(rest, asking)).toEqual(yes);
  const generation = (await world.store.generations.find(asked.id)) ?? expect.fail('nothing was stored');
  const tell = createProgressEditor({ rest, openToken: () => asked.token, now: world.clock.now });
  await tell({ ...generation, applicationId }, { kind: 'waiting', before: 3 });
  expect(textOf(asked.message())).toBe('3 before you…');
  expect(await wasAcknowledged(rest, asking)).toEqual(yes);
});
