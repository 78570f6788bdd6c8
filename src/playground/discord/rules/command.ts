import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  Locale,
} from 'discord-api-types/v10';
import { z } from 'zod';
import { complain, countCharacters, exactText, maybe, snowflake, text } from '../parse.ts';

// What a registered command may look like (docs: Application Commands, 2026-08).

const MOST_CHILDREN = 25;
const MOST_COMMAND_CHARACTERS = 8_000;
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;

const slashName = z.string().superRefine((name, context) => {
  if (!NAME.test(name)) {
    complain(context, [], 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  } else if (name !== name.toLowerCase()) {
    complain(context, [], 'APPLICATION_COMMAND_INVALID_NAME', 'Command name must be in lower case');
  }
});

const localised = <Schema extends z.ZodType<string>>(schema: Schema) =>
  z.partialRecord(z.enum(Locale), schema.nullable()).nullish();

const named = {
  name: slashName,
  name_localizations: localised(slashName),
  description: text(100, 1),
  description_localizations: localised(text(100, 1)),
};
const required = maybe(z.boolean());

const choice = <Value extends z.ZodType<string | number>>(value: Value) =>
  z.object({ name: text(100, 1), name_localizations: localised(text(100, 1)), value });

const choices = <Choice extends z.ZodType<{ name: string; value: string | number }>>(one: Choice) =>
  maybe(
    z
      .array(one)
      .max(MOST_CHILDREN)
      .superRefine((list, context) => {
        for (const field of ['name', 'value'] as const) {
          if (new Set(list.map((entry) => entry[field])).size < list.length) {
            complain(context, [], 'APPLICATION_COMMAND_OPTIONS_CHOICE_DUPLICATE', `Choices cannot share a ${field}`);
          }
        }
      }),
  );
const autocomplete = maybe(z.boolean());

const stringOption = z
  .object({
    ...named,
    type: z.literal(ApplicationCommandOptionType.String),
    required,
    autocomplete,
    choices: choices(choice(exactText(100))),
    min_length: maybe(z.int().min(0).max(6000)),
    max_length: maybe(z.int().min(1).max(6000)),
  })
  .superRefine(({ min_length: least = 0, max_length: most = 6000 }, context) => {
    if (least > most)
      complain(
        context,
        ['min_length'],
        'APPLICATION_COMMAND_OPTION_MIN_LENGTH_TOO_LARGE',
        'min_length must not exceed max_length',
      );
  });

const numeric = <Type extends ApplicationCommandOptionType.Integer | ApplicationCommandOptionType.Number>(
  type: Type,
  value: z.ZodNumber,
) =>
  z
    .object({
      ...named,
      type: z.literal(type),
      required,
      autocomplete,
      choices: choices(choice(value)),
      min_value: maybe(value),
      max_value: maybe(value),
    })
    .superRefine(({ min_value: least = -Infinity, max_value: most = Infinity }, context) => {
      if (least > most)
        complain(
          context,
          ['min_value'],
          'APPLICATION_COMMAND_OPTION_MIN_VALUE_TOO_LARGE',
          'min_value must not exceed max_value',
        );
    });

const basicOption = z
  .discriminatedUnion('type', [
    stringOption,
    numeric(ApplicationCommandOptionType.Integer, z.int()),
    numeric(
      ApplicationCommandOptionType.Number,
      z
        .number()
        .min(-(2 ** 53))
        .max(2 ** 53),
    ),
    z.object({ ...named, type: z.literal(ApplicationCommandOptionType.Boolean), required }),
    z.object({ ...named, type: z.literal(ApplicationCommandOptionType.User), required }),
    z.object({ ...named, type: z.literal(ApplicationCommandOptionType.Role), required }),
    z.object({ ...named, type: z.literal(ApplicationCommandOptionType.Mentionable), required }),
    z.object({
      ...named,
      type: z.literal(ApplicationCommandOptionType.Channel),
      required,
      channel_types: maybe(z.array(z.int())),
    }),
    z.object({
      ...named,
      type: z.literal(ApplicationCommandOptionType.Attachment),
      required,
      file_types: maybe(z.array(z.string().min(1)).max(10)),
    }),
  ])
  .superRefine((option, context) => {
    if ('autocomplete' in option && option.autocomplete && option.choices?.length) {
      complain(
        context,
        ['choices'],
        'APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE',
        'Choices and autocomplete exclude each other',
      );
    }
  });

const children = <Option extends z.ZodType<{ name: string; type: number; required?: boolean | undefined }>>(
  option: Option,
) =>
  z
    .array(option)
    .max(MOST_CHILDREN)
    .superRefine((options, context) => {
      const names = new Set<string>();
      let optionalBefore = false;
      for (const [index, { name, required: needed }] of options.entries()) {
        if (names.has(name))
          complain(
            context,
            [index, 'name'],
            'APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE',
            'Option name already exists in these options',
          );
        names.add(name);
        if (needed && optionalBefore) {
          complain(
            context,
            [index],
            'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
            'Required options must be placed before non-required options',
          );
        }
        optionalBefore ||= !needed;
      }
      const nesting = options.filter(({ type }) => type <= ApplicationCommandOptionType.SubcommandGroup).length;
      if (nesting > 0 && nesting < options.length) {
        complain(
          context,
          [],
          'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
          'Sub-command and sub-command group option types are mutually exclusive to all other types',
        );
      }
    });

const subcommand = z.object({
  ...named,
  type: z.literal(ApplicationCommandOptionType.Subcommand),
  options: maybe(children(basicOption)),
});
const group = z.object({
  ...named,
  type: z.literal(ApplicationCommandOptionType.SubcommandGroup),
  options: children(subcommand).min(1),
});
const option = z.discriminatedUnion('type', [basicOption, subcommand, group]);

const everywhere = {
  id: maybe(snowflake),
  default_member_permissions: maybe(z.string().regex(/^\d+$/, 'Must be a string of digits.')),
  dm_permission: maybe(z.boolean()),
  default_permission: maybe(z.boolean()),
  nsfw: maybe(z.boolean()),
  contexts: maybe(z.array(z.enum(InteractionContextType)).min(1)),
  integration_types: maybe(z.array(z.enum(ApplicationIntegrationType)).min(1)),
};

/** In a context menu spaces and capitals are welcome. */
const menuName = text(32, 1);
const noDescription = z.literal('').nullish();

const chatInput = z.object({
  ...everywhere,
  ...named,
  type: z.literal(ApplicationCommandType.ChatInput),
  options: maybe(children(option)),
});
const menu = <Type extends ApplicationCommandType.User | ApplicationCommandType.Message>(type: Type) =>
  z.object({
    ...everywhere,
    type: z.literal(type),
    name: menuName,
    name_localizations: localised(menuName),
    description: noDescription,
    description_localizations: z.null().optional(),
    options: z.array(z.never()).max(0).nullish(),
  });

/** A command as a bot registers it; without a type it is a slash command. */
export const commandBody = z
  .preprocess(
    (body) =>
      typeof body === 'object' && body !== null && !('type' in body && body.type)
        ? { ...body, type: ApplicationCommandType.ChatInput }
        : body,
    z.discriminatedUnion('type', [chatInput, menu(ApplicationCommandType.User), menu(ApplicationCommandType.Message)]),
  )
  .superRefine((command, context) => {
    if (countCommandCharacters(command) > MOST_COMMAND_CHARACTERS) {
      complain(
        context,
        [],
        'APPLICATION_COMMAND_TOO_LARGE',
        `Command exceeds maximum size (${MOST_COMMAND_CHARACTERS})`,
      );
    }
  });
export type CommandBody = z.output<typeof commandBody>;

interface Counted {
  name: string;
  name_localizations?: Localisations;
  description?: string | null | undefined;
  description_localizations?: Localisations;
  options?: readonly Counted[] | null | undefined;
  choices?: readonly { value: string | number }[] | undefined;
}
type Localisations = Readonly<Partial<Record<string, string | null>>> | null | undefined;

/** Names, descriptions and choice values, each field counted in its longest language. */
function countCommandCharacters({
  name,
  name_localizations,
  description,
  description_localizations,
  options,
  choices: list,
}: Counted): number {
  const values = (list ?? []).reduce(
    (sum, { value }) => sum + (typeof value === 'string' ? countCharacters(value) : 0),
    0,
  );
  const nested = (options ?? []).reduce((sum, child) => sum + countCommandCharacters(child), 0);
  return longest(name, name_localizations) + longest(description ?? '', description_localizations) + values + nested;
}

function longest(base: string, localisations: Localisations): number {
  return Math.max(
    countCharacters(base),
    ...Object.values(localisations ?? {}).map((value) => countCharacters(value ?? '')),
  );
}
