import type { z } from 'zod';
import {
  ClientRefusal,
  type CommandOptions,
  type Driver,
  type Interaction,
  type LocalDiscord,
  type LocalFile,
  type ModalValues,
} from './discord/local-discord.ts';
import { parseMultipart } from './discord/multipart.ts';
import type { Presenter } from './present.ts';
import { type Channel, type DeedOutcome, deed, type Member } from './wire.ts';

type ParsedDeed = z.output<typeof deed>;

/** Lets a member do something. Everything a member can do wrong is an answer with 200: nothing failed on the wire. */
export async function doDeed(request: Request, discord: LocalDiscord, present: Presenter): Promise<Response> {
  const form = await readForm(request);
  const { member, channel } = present.place(form?.deed.memberId, form?.deed.channelId);
  if (form === undefined || member === undefined || channel === undefined) {
    return new Response('That is not something a member does.\n', { status: 400 });
  }
  const outcome =
    form.deed.kind === 'delete'
      ? removeMessage(form.deed.messageId, { member, channel, discord })
      : await outcomeOf(form.deed, form.files, discord);
  return Response.json(outcome, { headers: { 'cache-control': 'no-store' } });
}

/** `undefined` for anything but a form with a deed and, maybe, files. */
async function readForm(request: Request): Promise<{ deed: ParsedDeed; files: LocalFile[] } | undefined> {
  const boundary = /^multipart\/form-data;\s*boundary="?([^"]+)"?$/.exec(
    request.headers.get('content-type') ?? '',
  )?.[1];
  if (boundary === undefined) return undefined;
  try {
    // Not `request.formData()`: in Node 24.21 a malformed form makes it reject unhandled, which ends the process.
    const parts = parseMultipart(Buffer.from(await request.arrayBuffer()), boundary);
    const text = parts.find(({ name }) => name === 'deed')?.bytes.toString() ?? '';
    return {
      deed: deed.parse(JSON.parse(text)),
      files: parts
        .filter(({ name }) => name === 'files')
        .map(({ filename = 'file', bytes }) => ({ file: bytes, name: filename })),
    };
  } catch {
    return undefined;
  }
}

async function outcomeOf(
  todo: Exclude<ParsedDeed, { kind: 'delete' }>,
  files: readonly LocalFile[],
  discord: LocalDiscord,
): Promise<DeedOutcome> {
  if (todo.kind === 'reset') {
    discord.reset();
    return { type: 'done' };
  }
  try {
    const driver = discord.act(todo.memberId, todo.channelId);
    if (todo.kind === 'post') {
      await driver.post(todo.content, files);
      return { type: 'done' };
    }
    if (todo.kind === 'dismiss') {
      driver.dismiss(todo.messageId);
      return { type: 'done' };
    }
    return await answerTo(await interact(driver, todo, files));
  } catch (error) {
    if (!(error instanceof ClientRefusal)) throw error;
    return { type: 'refused', reason: error.message, option: error.option };
  }
}

type InteractionDeed = Exclude<ParsedDeed, { kind: 'reset' | 'delete' | 'post' | 'dismiss' }>;

function interact(driver: Driver, todo: InteractionDeed, files: readonly LocalFile[]): Promise<Interaction> {
  switch (todo.kind) {
    case 'command':
      return driver.command(todo.name, withFiles(todo.options, files));
    case 'autocomplete':
      return driver.autocomplete(todo.name, withFiles(todo.options, files), todo.focused);
    case 'press':
      return driver.press(todo.messageId, todo.customId);
    case 'select':
      return driver.select(todo.messageId, todo.customId, todo.values);
    case 'message-command':
      return driver.openMessageCommand(todo.name, todo.messageId);
    case 'modal':
      return driver.submitModal(todo.interactionId, withFileLists(todo.values, files));
  }
}

async function answerTo(interaction: Interaction): Promise<DeedOutcome> {
  const response = await interaction.response();
  switch (response.type) {
    case 'failed':
      return { type: 'failed', reason: response.failed };
    case 'modal':
      return { type: 'modal', interactionId: interaction.id, modal: response.modal };
    case 'choices':
      return { type: 'choices', choices: response.choices };
    default:
      return { type: 'answered', interactionId: interaction.id };
  }
}

function withFiles(
  options: Extract<ParsedDeed, { kind: 'command' }>['options'],
  files: readonly LocalFile[],
): CommandOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'object' ? fileAt(files, value.file) : value,
    ]),
  );
}

function withFileLists(
  values: Extract<ParsedDeed, { kind: 'modal' }>['values'],
  files: readonly LocalFile[],
): ModalValues {
  return Object.fromEntries(
    Object.entries(values).map(([customId, value]) => [
      customId,
      typeof value === 'object' && 'files' in value ? value.files.map((index) => fileAt(files, index)) : value,
    ]),
  );
}

function fileAt(files: readonly LocalFile[], index: number): LocalFile {
  const file = files[index];
  if (file === undefined) throw new ClientRefusal('The file was not sent along. Choose it again.');
  return file;
}

/** As in Discord: a member's own messages, and with Manage Messages those of others; never what only one member sees. */
function removeMessage(
  messageId: string,
  { member, channel, discord }: { member: Member; channel: Channel; discord: LocalDiscord },
): DeedOutcome {
  const message = discord.message(channel.id, messageId);
  if (message === undefined || discord.visibleOnlyTo(messageId) !== undefined) {
    return { type: 'refused', reason: 'That message is no longer there.' };
  }
  const moderates = member.moderator && channel.kind !== 'dm';
  if (message.author.id !== member.id && !moderates) {
    return { type: 'refused', reason: 'Only its author or a moderator can delete that message.' };
  }
  discord.deleteMessage(channel.id, messageId);
  return { type: 'done' };
}
