import { expect, it, onTestFinished } from 'vitest';
import { handlers } from '../../commands/index.ts';
import { readApplicationId, registerCommands } from '../../src/discord/register.ts';
import { createBotRest } from '../../src/discord/rest.ts';
import type { OfferRecord } from '../../src/generation/offer-record.ts';
import { keepRegistered } from '../../src/jobs/keep-registered.ts';
import { createLog } from '../../src/log.ts';
import type { Fault } from '../../src/playground/discord/contract.ts';
import { OFFER_RECORD } from '../support/generations.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { createLogBook } from '../support/log-book.ts';
import { until } from '../support/until.ts';

const COMMANDS = '/applications/{application_id}/commands';
const TROUBLE = 'could not register the commands: those it has stay';
const LIMIT = 'Discord takes no more commands from this bot for now: those it has stay';

async function startWorld() {
  const discord = await startLocalDiscord();
  const log = createLogBook();
  const world = {
    discord,
    log,
    offers: [OFFER_RECORD] as readonly OfferRecord[],
    looks: 0,
    /** How often Discord was asked for the commands it has, and given others. */
    asked: (method: string) =>
      discord.requests.filter((request) => request.method === method && request.route === COMMANDS).length,
    async start({
      token = discord.token,
      ...options
    }: Partial<Parameters<typeof keepRegistered>[0] & { token: string }> = {}): Promise<void> {
      const rest = createBotRest({ ...discord, token });
      const stop = await keepRegistered({
        register: async (offers) => registerCommands(rest, await readApplicationId(rest), handlers.commands, offers),
        async readOffers() {
          world.looks += 1;
          // Read anew from their table each time.
          return structuredClone(world.offers);
        },
        log: createLog('info', log),
        everyMs: 5,
        ...options,
      });
      onTestFinished(stop);
    },
    /** Resolves once it has looked whether there is anything to do, a few times more. */
    async lookedOn(): Promise<void> {
      const before = world.looks;
      await until(() => expect(world.looks).toBeGreaterThan(before + 3));
    },
  };
  return world;
}

it('registers the commands, and asks Discord again only when the offers have changed', async () => {
  const world = await startWorld();
  await world.start();
  expect(world.discord.commands()).toHaveLength(handlers.commands.length);
  await world.lookedOn();
  expect([world.asked('GET'), world.asked('PUT')]).toEqual([1, 1]);

  world.offers = [OFFER_RECORD, { ...OFFER_RECORD, model: 'flux-dev' }];
  await until(() => expect(world.asked('PUT')).toBe(2));
  await world.lookedOn();
  expect([world.asked('GET'), world.asked('PUT')]).toEqual([2, 2]);
});

it.each<[string, string, number, Fault]>([
  ['does not say whose commands they are', TROUBLE, 60_000, { route: '/applications/@me', status: 503, times: 4 }],
  ['is in trouble', TROUBLE, 60_000, { route: COMMANDS, status: 500, times: 4 }],
  ['does not answer', TROUBLE, 60_000, { route: COMMANDS, dropConnection: true, times: 4 }],
  ['takes no more this day', LIMIT, 3_600_000, { route: COMMANDS, method: 'PUT', status: 400, code: 30_034 }],
  ['takes no more at all', LIMIT, 3_600_000, { route: COMMANDS, method: 'PUT', status: 400, code: 30_032 }],
])('goes on without when Discord %s, and leaves it alone for a while', async (_what, msg, pauseMs, fault) => {
  const world = await startWorld();
  world.discord.faults.add(fault);
  await world.start();
  expect(await world.log.find({ msg })).toMatchObject({ level: 40, pauseMs });
  const before = world.discord.requests.length;
  await world.lookedOn();
  expect(world.discord.requests).toHaveLength(before);
  expect(world.log.lines).toHaveLength(1);
});

it('tries it again after that', async () => {
  const world = await startWorld();
  world.discord.faults.add({ route: COMMANDS, method: 'PUT', status: 400, code: 30_034, times: 2 });
  await world.start({ pauses: { troubleMs: 0, limitMs: 0 } });
  await world.log.find({ msg: 'commands registered' });
  expect(world.discord.commands()).toHaveLength(handlers.commands.length);
  expect(world.asked('PUT')).toBe(3);
});

it('does not keep a start waiting for ever', async () => {
  const world = await startWorld();
  const { promise, resolve } = Promise.withResolvers<readonly OfferRecord[]>();
  await world.start({ startWithinMs: 0, readOffers: () => promise });
  expect(world.discord.requests).toEqual([]);
  resolve([OFFER_RECORD]);
  await world.log.find({ msg: 'commands registered' });
});

it('does not start with a token that Discord refuses', async () => {
  const world = await startWorld();
  await expect(world.start({ token: 'wrong' })).rejects.toMatchObject({ status: 401 });
});
