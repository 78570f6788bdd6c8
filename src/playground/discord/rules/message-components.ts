import { type APIMessageTopLevelComponent, ComponentType } from 'discord-api-types/v10';
import { z } from 'zod';
import { complain, countCharacters, orElse, text } from '../parse.ts';
import { Refusal } from '../refusal.ts';
import { button, componentId, select } from './controls.ts';
import { walkComponents } from './walk-components.ts';

// What a message may be built of (docs: Component Reference, 2026-08).

const MOST_COMPONENTS = 40;
/** Of all Text Displays together (discord-api-docs pull request 8562, 2026-08). */
const MOST_TEXT_CHARACTERS = 4_000;
/** UTF-8 bytes of all Text Displays, 12 more for each: beyond it Discord answers 500 (discord-api-docs issue 8554, 2026-08). */
const MOST_TEXT_BYTES = 10_170;
const TEXT_OVERHEAD_BYTES = 12;

const media = z.object({
  url: z
    .string()
    .max(2048)
    .regex(/^(https?|attachment):\/\/\S+$/i, 'Not a well formed URL.'),
});
const caption = orElse(text(1024, 1), null);
const spoiler = orElse(z.boolean(), false);

const actionRow = z
  .object({
    type: z.literal(ComponentType.ActionRow),
    id: componentId,
    components: z
      .array(z.discriminatedUnion('type', [button, select]))
      .min(1)
      .max(5),
  })
  .superRefine(({ components }, context) => {
    if (components.length > 1 && components.some((component) => component.type !== ComponentType.Button)) {
      complain(context, ['components'], 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'A select needs a row of its own');
    }
  });

const textDisplay = z.object({
  type: z.literal(ComponentType.TextDisplay),
  id: componentId,
  content: text(MOST_TEXT_CHARACTERS, 1),
});

const thumbnail = z.object({
  type: z.literal(ComponentType.Thumbnail),
  id: componentId,
  media,
  description: caption,
  spoiler,
});

const section = z.object({
  type: z.literal(ComponentType.Section),
  id: componentId,
  components: z.array(textDisplay).min(1).max(3),
  accessory: z.discriminatedUnion('type', [button, thumbnail]),
});

const mediaGallery = z.object({
  type: z.literal(ComponentType.MediaGallery),
  id: componentId,
  items: z
    .array(z.object({ media, description: caption, spoiler }))
    .min(1)
    .max(10),
});

const file = z.object({
  type: z.literal(ComponentType.File),
  id: componentId,
  // Our own messages come back with signed URLs, and may be sent again so.
  file: media,
  spoiler,
});

const separator = z.object({
  type: z.literal(ComponentType.Separator),
  id: componentId,
  divider: orElse(z.boolean(), true),
  spacing: orElse(z.literal([1, 2]), 1),
});

const inContainer = [actionRow, textDisplay, section, mediaGallery, file, separator] as const;

const container = z.object({
  type: z.literal(ComponentType.Container),
  id: componentId,
  accent_color: orElse(z.int().min(0).max(0xffffff), null),
  spoiler,
  components: z.array(z.discriminatedUnion('type', inContainer)).min(1),
});

const legacy = z.array(z.discriminatedUnion('type', [actionRow])).max(5);
const modern = z.array(z.discriminatedUnion('type', [...inContainer, container])).max(MOST_COMPONENTS);

/** Components of a message with or without the IS_COMPONENTS_V2 flag, checked one by one and together. */
export const legacyComponents = legacy.superRefine(checkIds);
export const modernComponents = modern.superRefine((components, context) => {
  checkIds(components, context);
  checkTotals(components, context);
});

function checkIds(components: APIMessageTopLevelComponent[], context: z.RefinementCtx): void {
  const customIds = new Set<string>();
  const ids = new Set<number>();
  walkComponents(components, (component, path) => {
    if ('custom_id' in component && component.custom_id !== undefined) {
      if (customIds.has(component.custom_id)) {
        complain(
          context,
          [...path, 'custom_id'],
          'COMPONENT_CUSTOM_ID_DUPLICATED',
          'Component custom id cannot be duplicated',
        );
      }
      customIds.add(component.custom_id);
    }
    if (component.id) {
      if (ids.has(component.id))
        complain(context, [...path, 'id'], 'COMPONENT_ID_DUPLICATED', 'Component id cannot be duplicated');
      ids.add(component.id);
    }
  });
}

function checkTotals(components: APIMessageTopLevelComponent[], context: z.RefinementCtx): void {
  let count = 0;
  let characters = 0;
  walkComponents(components, (component) => {
    count += 1;
    if (component.type === ComponentType.TextDisplay) characters += countCharacters(component.content);
  });
  if (count > MOST_COMPONENTS) {
    complain(
      context,
      [],
      'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
      `The maximum total number of components is ${MOST_COMPONENTS} (${count} provided)`,
    );
  }
  if (characters > MOST_TEXT_CHARACTERS) {
    complain(
      context,
      [],
      'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
      `The total text must be ${MOST_TEXT_CHARACTERS} characters or fewer (${characters} provided)`,
    );
  }
}

/** Throws Discord's plain 500 for texts that are few characters and too many bytes. */
export function checkTextBytes(components: readonly APIMessageTopLevelComponent[]): void {
  let bytes = 0;
  walkComponents(components, (component) => {
    if (component.type === ComponentType.TextDisplay)
      bytes += Buffer.byteLength(component.content) + TEXT_OVERHEAD_BYTES;
  });
  if (bytes > MOST_TEXT_BYTES) throw new Refusal(500, 0, '500: Internal Server Error');
}
