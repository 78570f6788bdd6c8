import { type APIMessage, ComponentType } from 'discord-api-types/v10';
import type { Driver, Interaction, LocalDiscord } from '../../src/playground/discord/contract.ts';
import { walkComponents } from '../../src/playground/discord/rules/walk-components.ts';

/** All text of a message, one line per text display. */
export function textOf(message: APIMessage | undefined): string {
  const texts = message === undefined || message.content === '' ? [] : [message.content];
  walkComponents(message?.components ?? [], (component) => {
    if (component.type === ComponentType.TextDisplay) texts.push(component.content);
  });
  return texts.join('\n');
}

export interface ShownPicture {
  readonly url: string;
  /** As uploaded. */
  readonly name: string;
  readonly description: string | undefined;
}

/** The pictures of a message's galleries, in order. */
export function picturesOf(message: APIMessage): ShownPicture[] {
  const pictures: ShownPicture[] = [];
  walkComponents(message.components ?? [], (component) => {
    if (component.type !== ComponentType.MediaGallery) return;
    for (const { media, description } of component.items) {
      const name = new URL(media.url).pathname.split('/').at(-1) ?? '';
      pictures.push({ url: media.url, name, description: description ?? undefined });
    }
  });
  return pictures;
}

/** The bytes behind a message's pictures, as anyone who sees it downloads them. */
export async function downloadPictures(message: APIMessage): Promise<Buffer[]> {
  return Promise.all(picturesOf(message).map(({ url }) => download(url)));
}

export async function download(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} for a file`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Where each file component leads, by file name. */
export function filesOf(message: APIMessage): Record<string, string> {
  const files: Record<string, string> = {};
  walkComponents(message.components ?? [], (component) => {
    if (component.type === ComponentType.File) {
      files[new URL(component.file.url).pathname.split('/').at(-1) ?? ''] = component.file.url;
    }
  });
  return files;
}

/** Custom IDs by label, in the order they are shown. */
export function buttonsOf(message: APIMessage | undefined): Record<string, string> {
  const buttons: Record<string, string> = {};
  walkComponents(message?.components ?? [], (component) => {
    if (component.type === ComponentType.Button && 'custom_id' in component) {
      buttons[component.label ?? ''] = component.custom_id;
    }
  });
  return buttons;
}

/** Presses the button that reads `label`. */
export function press(member: Driver, message: APIMessage, label: string): Promise<Interaction> {
  const customId = buttonsOf(message)[label];
  if (customId === undefined)
    throw new Error(`No button “${label}” among ${Object.keys(buttonsOf(message)).join(', ')}.`);
  return member.press(message.id, customId);
}

/** What a member reads in answer to an interaction that paints nothing, once it is there. */
export async function answerOf(interaction: Interaction): Promise<APIMessage> {
  const response = await interaction.response();
  if (response.type === 'message') return response.message;
  // A busy machine says “thinking…” before it has the answer.
  if (response.type === 'thinking') return interaction.final();
  throw new Error(`answered with ${response.type}`);
}

/**
 * The sentence a member was refused with. For them alone, unless “thinking…” had to be said first: that fixes who sees
 * the answer.
 */
export async function refusalOf(
  { until, visibleOnlyTo }: Pick<LocalDiscord, 'until' | 'visibleOnlyTo'>,
  interaction: Interaction,
): Promise<string> {
  const { type } = await interaction.response();
  const message = await (type === 'update-later' ? until(() => interaction.followUps()[0]) : answerOf(interaction));
  if (type !== 'thinking' && visibleOnlyTo(message.id) !== interaction.userId) {
    throw new Error(`a refusal for all to see: ${textOf(message)}`);
  }
  return textOf(message);
}

/** A refusal of a request with these words: they are given back. */
export function givingBack(words: string, sentence: string): string {
  return `${sentence}\nWhat you wrote, to copy:\n\`\`\`\n${words}\n\`\`\``;
}

/** Presses a button that opens a form, and waits until it is open: the interaction is what `submitModal` takes. */
export async function openForm(member: Driver, message: APIMessage, label: string): Promise<Interaction> {
  const pressed = await press(member, message, label);
  const response = await pressed.response();
  if (response.type !== 'modal') throw new Error(`answered with ${response.type}`);
  return pressed;
}
