import { ContextMenuCommandBuilder, SlashCommandBuilder } from 'discord.js';
import {
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { handlers } from '../../commands/index.ts';
import { readConfig } from '../../src/config.ts';
import { type OfferRecord, recordOf } from '../../src/generation/offer-record.ts';
import { createProviders } from '../../src/providers/index.ts';
import { SKETCH } from '../support/handlers.ts';
import { makeOffer } from '../support/offers.ts';

const everyOffer = createProviders(
  readConfig({
    OCTOAI_TOKEN: 'k',
    FIREWORKS_API_KEY: 'k',
    NOVITA_API_KEY: 'k',
    DEEPINFRA_TOKEN: 'k',
    FAL_KEY: 'k',
    SDAPI_URL: 'http://127.0.0.1:7860',
  }),
)
  .flatMap((provider) => provider.offers)
  .map(recordOf);
const hundred = Array.from({ length: 100 }, (_, index) =>
  recordOf(makeOffer({ provider: `provider-${index}`, model: `model-${index}` })),
);

const worlds: readonly (readonly [string, readonly OfferRecord[]])[] = [
  ['sketch alone', [SKETCH]],
  ['every provider there is', everyOffer],
  ['a hundred models', hundred],
  ['nothing to paint with', []],
];
const cases = worlds.flatMap(([world, offers]) =>
  handlers.commands.map((command) => [command.name, world, command.describe(offers)] as const),
);

/** The same command, as discord.js's builders make it: they refuse what Discord would. */
function rebuild(payload: RESTPostAPIApplicationCommandsJSONBody): object {
  if (payload.type === ApplicationCommandType.Message) {
    return new ContextMenuCommandBuilder()
      .setName(payload.name)
      .setType(payload.type)
      .setIntegrationTypes(payload.integration_types ?? [])
      .setContexts(payload.contexts ?? [])
      .toJSON();
  }
  if (payload.type !== undefined && payload.type !== ApplicationCommandType.ChatInput)
    throw new TypeError('no such kind');
  const builder = new SlashCommandBuilder()
    .setName(payload.name)
    .setDescription(payload.description)
    .setIntegrationTypes(payload.integration_types ?? [])
    .setContexts(payload.contexts ?? []);
  for (const option of payload.options ?? []) addOption(builder, option as APIApplicationCommandBasicOption);
  return builder.toJSON();
}

function addOption(builder: SlashCommandBuilder, option: APIApplicationCommandBasicOption): void {
  const { name, description, required = false } = option;
  const describeOption = <
    Built extends {
      setName(name: string): Built;
      setDescription(text: string): Built;
      setRequired(required: boolean): Built;
    },
  >(
    built: Built,
  ) => built.setName(name).setDescription(description).setRequired(required);
  switch (option.type) {
    case ApplicationCommandOptionType.String:
      builder.addStringOption((built) => {
        describeOption(built);
        if (option.choices !== undefined && option.choices.length > 0) built.setChoices(option.choices);
        if (option.min_length !== undefined) built.setMinLength(option.min_length);
        if (option.max_length !== undefined) built.setMaxLength(option.max_length);
        return built;
      });
      return;
    case ApplicationCommandOptionType.Integer:
    case ApplicationCommandOptionType.Number: {
      const bound = <Built extends { setMinValue(least: number): Built; setMaxValue(most: number): Built }>(
        built: Built,
      ) => {
        if (option.min_value !== undefined) built.setMinValue(option.min_value);
        if (option.max_value !== undefined) built.setMaxValue(option.max_value);
        return built;
      };
      if (option.type === ApplicationCommandOptionType.Integer)
        builder.addIntegerOption((built) => bound(describeOption(built)));
      else builder.addNumberOption((built) => bound(describeOption(built)));
      return;
    }
    case ApplicationCommandOptionType.Boolean:
      builder.addBooleanOption(describeOption);
      return;
    case ApplicationCommandOptionType.Attachment:
      builder.addAttachmentOption(describeOption);
      return;
    default:
      throw new TypeError(`no command here has an option of type ${option.type}`);
  }
}

/** Without what is the same said or left out. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry) => {
      if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
      return Object.fromEntries(
        Object.entries(entry).filter(([, part]) => part !== false && !(Array.isArray(part) && part.length === 0)),
      );
    }),
  );
}

describe('every command', () => {
  it.each(cases)('%s is what discord.js’s builders make, with %s', (_name, _world, payload) => {
    expect(plain(rebuild(payload))).toEqual(plain({ ...payload, type: payload.type ?? 1 }));
  });

  // Discord docs, Application Commands, 2026-08.
  it.each(cases)('%s keeps within Discord’s totals, with %s', (_name, _world, payload) => {
    const options = 'options' in payload ? (payload.options ?? []) : [];
    expect(options.length).toBeLessThanOrEqual(25);
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
    // Required ones come first.
    const required = options.map((option) => option.required === true);
    expect(required).toEqual(required.toSorted((one, other) => Number(other) - Number(one)));
    const texts = options.flatMap((option) => [
      option.name,
      option.description,
      ...('choices' in option ? (option.choices ?? []).flatMap(({ name, value }) => [name, String(value)]) : []),
    ]);
    const description = 'description' in payload ? payload.description : '';
    expect([payload.name, description ?? '', ...texts].join('').length).toBeLessThanOrEqual(8_000);
  });

  it.each(handlers.commands.map((command) => [command.name, command] as const))(
    '%s is registered under its name',
    (name, command) => {
      expect(command.describe([SKETCH]).name).toBe(name);
    },
  );
});
