import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord-api-types/v10';
import { z } from 'zod';
import { complain, exactText, maybe, text } from '../parse.ts';
import { checkOptions, checkRange, choiceOption, componentId, customId, select } from './controls.ts';

// Modals (docs: Component Reference and Receiving and Responding, 2026-08).

const length = (least: number) => maybe(z.int().min(least).max(4000));

const textInputFields = {
  type: z.literal(ComponentType.TextInput),
  id: componentId,
  custom_id: customId,
  style: z.enum(TextInputStyle),
  min_length: length(0),
  max_length: length(1),
  required: maybe(z.boolean()),
  value: maybe(exactText(4000)),
  placeholder: maybe(text(100)),
};

function checkLengths(
  input: { min_length?: number | undefined; max_length?: number | undefined; value?: string | undefined },
  context: z.RefinementCtx,
): void {
  const { min_length: least = 0, max_length: most = 4000, value = '' } = input;
  if (least > most)
    complain(context, ['min_length'], 'TEXT_INPUT_MIN_LENGTH_TOO_LARGE', 'min_length must not exceed max_length');
  if (value.length > most)
    complain(context, ['value'], 'BASE_TYPE_BAD_LENGTH', `Must be between ${least} and ${most} in length.`);
}

const textInput = z.object(textInputFields).superRefine(checkLengths);

const upload = z
  .object({
    type: z.literal(ComponentType.FileUpload),
    id: componentId,
    custom_id: customId,
    min_values: maybe(z.int().min(0).max(10)),
    max_values: maybe(z.int().min(1).max(10)),
    file_types: maybe(
      z.array(z.union([z.literal(['image', 'video', 'audio']), z.templateLiteral(['.', z.string()])])).max(10),
    ),
    required: maybe(z.boolean()),
  })
  .superRefine((value, context) => checkRange(value, 10, context));

const groupOption = choiceOption.omit({ emoji: true });

const radioGroup = z
  .object({
    type: z.literal(ComponentType.RadioGroup),
    id: componentId,
    custom_id: customId,
    options: z.array(groupOption).min(2).max(10),
    required: maybe(z.boolean()),
  })
  .superRefine((value, context) => checkOptions(value.options, 1, context));

const checkboxGroup = z
  .object({
    type: z.literal(ComponentType.CheckboxGroup),
    id: componentId,
    custom_id: customId,
    options: z.array(groupOption).min(1).max(10),
    min_values: maybe(z.int().min(0).max(10)),
    max_values: maybe(z.int().min(1).max(10)),
    required: maybe(z.boolean()),
  })
  .superRefine((value, context) => {
    const most = value.max_values ?? value.options.length;
    checkRange({ min_values: value.min_values ?? 0, max_values: most }, value.options.length, context);
    checkOptions(value.options, most, context);
  });

const checkbox = z.object({
  type: z.literal(ComponentType.Checkbox),
  id: componentId,
  custom_id: customId,
  default: maybe(z.boolean()),
});

const label = z
  .object({
    type: z.literal(ComponentType.Label),
    id: componentId,
    label: text(45, 1),
    description: maybe(text(100)),
    component: z.discriminatedUnion('type', [textInput, select, upload, radioGroup, checkboxGroup, checkbox]),
  })
  .superRefine(({ component }, context) => {
    if ('disabled' in component && component.disabled) {
      complain(
        context,
        ['component', 'disabled'],
        'COMPONENT_DISABLED_IN_MODAL',
        'A select in a modal cannot be disabled',
      );
    }
    if ('min_values' in component && component.min_values === 0 && component.required !== false) {
      complain(
        context,
        ['component', 'min_values'],
        'COMPONENT_REQUIRED_MIN_VALUES_ZERO',
        'min_values must be at least 1 while the component is required',
      );
    }
  });

// Deprecated, and still accepted.
const inputRow = z.object({
  type: z.literal(ComponentType.ActionRow),
  id: componentId,
  components: z.array(z.object({ ...textInputFields, label: text(45, 1) }).superRefine(checkLengths)).length(1),
});

const textDisplay = z.object({ type: z.literal(ComponentType.TextDisplay), id: componentId, content: text(4000, 1) });

export const modalBody = z
  .object({
    custom_id: customId,
    title: text(45, 1),
    components: z
      .array(z.discriminatedUnion('type', [label, textDisplay, inputRow]))
      .min(1)
      .max(5),
  })
  .superRefine(({ components }, context) => {
    const seen = new Set<string>();
    for (const [index, component] of components.entries()) {
      for (const { custom_id } of inputsOf(component)) {
        if (seen.has(custom_id)) {
          complain(
            context,
            ['components', index],
            'COMPONENT_CUSTOM_ID_DUPLICATED',
            'Component custom id cannot be duplicated',
          );
        }
        seen.add(custom_id);
      }
    }
  });

/** The inputs of one top-level component of a modal: none for a Text Display. */
export function inputsOf(component: APIModalInteractionResponseCallbackData['components'][number]) {
  switch (component.type) {
    case ComponentType.Label:
      return [component.component];
    case ComponentType.ActionRow:
      return component.components;
    default:
      return [];
  }
}
