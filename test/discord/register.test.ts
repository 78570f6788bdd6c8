import { ApplicationCommandType } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { handlers } from '../../commands/index.ts';
import { registerCommands } from '../../src/discord/register.ts';
import { createBotRest } from '../../src/discord/rest.ts';
import type { OfferRecord } from '../../src/generation/offer-record.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import { checkRequests } from '../support/discord-schema.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { makeOffer } from '../support/offers.ts';

const sketch = recordOf(makeOffer({ provider: 'sketch', model: 'sketch' }));
const { guidanceScale: _, ...undialled } = sketch;
const bare: OfferRecord = { ...undialled, negativePrompt: false, modes: ['text-to-image'] };

async function startWorld() {
  const discord = await startLocalDiscord();
  const rest = createBotRest(discord);
  return {
    discord,
    register: (offers: readonly OfferRecord[], commands = handlers.commands) =>
      registerCommands(rest, discord.applicationId, commands, offers),
    written: () => discord.requests.filter(({ method }) => method === 'PUT').length,
  };
}

it('registers every command, as Discord takes them', async () => {
  const { discord, register } = await startWorld();
  expect(await register([sketch])).toBe(true);
  expect(
    discord
      .commands()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(handlers.commands.map(({ name }) => name).toSorted());
  expect(discord.commands().find(({ name }) => name === 'Imagine from this')?.type).toBe(
    ApplicationCommandType.Message,
  );
  expect(checkRequests(discord)).toEqual([]);
});

it('leaves them alone when nothing changed, whatever Discord adds of its own', async () => {
  const { register, written } = await startWorld();
  await register([sketch]);
  expect(await register([sketch])).toBe(false);
  expect(await register([sketch], handlers.commands.toReversed())).toBe(false);
  expect(written()).toBe(1);
});

it.each<[string, readonly OfferRecord[]]>([
  ['a model came', [sketch, { ...sketch, provider: 'novita', model: 'flux-schnell' }]],
  ['a model went', []],
  ['an option went', [bare]],
  ['more steps are possible', [{ ...sketch, inferenceSteps: { least: 1, most: 150, default: 20 } }]],
])('registers them anew when %s', async (_what, offers) => {
  const { discord, register, written } = await startWorld();
  await register([sketch]);
  expect(await register(offers)).toBe(true);
  expect(await register(offers)).toBe(false);
  expect(written()).toBe(2);
  expect(checkRequests(discord)).toEqual([]);
});

it('takes away what is no command any more', async () => {
  const { discord, register } = await startWorld();
  await register([sketch]);
  await register([sketch], handlers.commands.slice(0, 1));
  expect(discord.commands()).toHaveLength(1);
});
