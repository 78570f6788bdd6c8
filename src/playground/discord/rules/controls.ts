import { ButtonStyle, ComponentType, SelectMenuDefaultValueType } from 'discord-api-types/v10';
import { z } from 'zod';
import { complain, exactText, maybe, orElse, snowflake, text } from '../parse.ts';

// Buttons and selects (docs: Component Reference, 2026-08).

/** 1–100 characters. */
export const customId = exactText(100, 1);
export const componentId = maybe(z.int32().min(0));

const emoji = maybe(z.object({ id: maybe(snowflake), name: maybe(z.string()), animated: maybe(z.boolean()) }));

const buttonBase = { type: z.literal(ComponentType.Button), id: componentId, disabled: maybe(z.boolean()) };
const buttonFace = { label: maybe(text(80)), emoji };

const actingButton = <Style extends ButtonStyle>(style: Style) =>
  z.object({
    ...buttonBase,
    ...buttonFace,
    style: z.literal(style),
    custom_id: customId,
    url: z.undefined().optional(),
  });

export const button = z
  .discriminatedUnion('style', [
    actingButton(ButtonStyle.Primary),
    actingButton(ButtonStyle.Secondary),
    actingButton(ButtonStyle.Success),
    actingButton(ButtonStyle.Danger),
    z.object({
      ...buttonBase,
      ...buttonFace,
      style: z.literal(ButtonStyle.Link),
      url: z.url({ protocol: /^(https?|discord)$/ }).max(512),
      custom_id: z.undefined().optional(),
    }),
    z.object({
      ...buttonBase,
      style: z.literal(ButtonStyle.Premium),
      sku_id: snowflake,
      custom_id: z.undefined().optional(),
    }),
  ])
  .superRefine((value, context) => {
    if (value.style !== ButtonStyle.Premium && !value.label && !value.emoji) {
      complain(context, ['label'], 'BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED', 'A label or an emoji is required');
    }
  });

export const choiceOption = z.object({
  label: text(100, 1),
  value: exactText(100, 1),
  description: maybe(text(100, 1)),
  emoji,
  default: maybe(z.boolean()),
});

/** `min_values` and `max_values` against each other and against what there is to choose. */
export function checkRange(
  { min_values: least = 1, max_values: most = 1 }: { min_values?: number | undefined; max_values?: number | undefined },
  available: number,
  context: z.RefinementCtx,
): void {
  if (least > most)
    complain(context, ['min_values'], 'COMPONENT_MIN_VALUES_TOO_LARGE', 'min_values must not exceed max_values');
  if (most > available) {
    complain(context, ['max_values'], 'COMPONENT_MAX_VALUES_TOO_LARGE', 'max_values exceeds the number of options');
  }
}

/** Values must differ, and no more of them be preselected than may be chosen. */
export function checkOptions(
  options: readonly { value: string; default?: boolean | undefined }[],
  most: number,
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  for (const [index, { value }] of options.entries()) {
    if (seen.has(value)) {
      complain(
        context,
        ['options', index, 'value'],
        'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
        'The specified option value is already used',
      );
    }
    seen.add(value);
  }
  if (options.filter((option) => option.default).length > most) {
    complain(
      context,
      ['options'],
      'SELECT_COMPONENT_TOO_MANY_DEFAULT_OPTIONS',
      'More options are preselected than may be chosen',
    );
  }
}

const selectBase = {
  id: componentId,
  custom_id: customId,
  placeholder: maybe(text(150)),
  min_values: orElse(z.int().min(0).max(25), 1),
  max_values: orElse(z.int().min(1).max(25), 1),
  disabled: maybe(z.boolean()),
  required: maybe(z.boolean()),
};

const MOST_OPTIONS = 25;

const stringSelect = z
  .object({
    ...selectBase,
    type: z.literal(ComponentType.StringSelect),
    options: z.array(choiceOption).min(1).max(MOST_OPTIONS),
  })
  .superRefine((value, context) => {
    checkRange(value, value.options.length, context);
    checkOptions(value.options, value.max_values ?? 1, context);
  });

const defaults = <Kind extends SelectMenuDefaultValueType>(...kinds: Kind[]) =>
  maybe(z.array(z.object({ id: snowflake, type: z.literal(kinds) })).max(MOST_OPTIONS));

const { User, Role, Channel } = SelectMenuDefaultValueType;

/** Every kind of select; users, roles, mentionables and channels are filled by the client. */
export const select = z.discriminatedUnion('type', [
  stringSelect,
  z.object({ ...selectBase, type: z.literal(ComponentType.UserSelect), default_values: defaults(User) }),
  z.object({ ...selectBase, type: z.literal(ComponentType.RoleSelect), default_values: defaults(Role) }),
  z.object({ ...selectBase, type: z.literal(ComponentType.MentionableSelect), default_values: defaults(User, Role) }),
  z.object({
    ...selectBase,
    type: z.literal(ComponentType.ChannelSelect),
    default_values: defaults(Channel),
    channel_types: maybe(z.array(z.int())),
  }),
]);
