import { type APIMessageTopLevelComponent, ComponentType } from 'discord-api-types/v10';
import type { StoredMessage } from './records.ts';
import { walkComponents } from './rules/walk-components.ts';

/** A message whose last text ends in "…" says there is more to come; one with files has arrived. */
export function isProgress(message: StoredMessage): boolean {
  return message.attachments.length === 0 && (textsOf(message).at(-1)?.trimEnd().endsWith('…') ?? false);
}

/** What a message says, in the order it is read. */
export function textsOf({
  content,
  components,
}: {
  content: string;
  components: readonly APIMessageTopLevelComponent[];
}): string[] {
  const texts = content === '' ? [] : [content];
  walkComponents(components, (component) => {
    if (component.type === ComponentType.TextDisplay) texts.push(component.content);
  });
  return texts;
}
