import { type APIMessage, ApplicationCommandType, ComponentType, MessageType } from 'discord-api-types/v10';
import { fillModal } from './client-modal.ts';
import { checkOptions, chooseSubcommand } from './client-options.ts';
import { buildCommandData, hasAutocomplete } from './command-data.ts';
import {
  ClientRefusal,
  type CommandExtra,
  type Driver,
  type Interaction,
  type Limits,
  type LocalChannel,
} from './contract.ts';
import { isEntity, resolveEntities } from './entities.ts';
import type { Files } from './files.ts';
import type { InteractionHandles } from './interaction-handles.ts';
import type { InteractionSeed } from './interaction-payload.ts';
import type { Interactions } from './interactions.ts';
import { createMemberUploads, type MemberUploads } from './member-uploads.ts';
import { createMemberView } from './member-view.ts';
import type { Messages } from './messages.ts';
import { countCharacters, parseBody } from './parse.ts';
import type { Presenter } from './present.ts';
import type { StoredInteraction } from './records.ts';
import { messageBody } from './rules/message-body.ts';
import type { State } from './state.ts';
import type { Uploads } from './uploads.ts';
import { WORLD } from './world.ts';

const MOST_CONTENT_CHARACTERS = 2_000;
const MOST_FILES = 10;

interface DriverOptions {
  userId: string;
  /** Where the member is; asked at each act, as channels can be deleted. */
  findChannel: () => LocalChannel;
  state: State;
  presenter: Presenter;
  interactions: Interactions;
  handles: InteractionHandles;
  /** Keep what members send, whatever becomes of the bot's files. */
  messages: Messages;
  uploads: Uploads;
  files: Files;
  limits: Limits;
  nextId: () => string;
}

/** Does as a member what Discord's client does, checks included. */
export function createDriver(options: DriverOptions): Driver {
  const { userId, findChannel, state, presenter, interactions, handles, messages, uploads, files, limits, nextId } =
    options;
  const view = createMemberView(state, userId, findChannel);

  function start(
    seed: Omit<InteractionSeed, 'userId' | 'channel'> & { sourceMessageId?: string; opener?: StoredInteraction },
  ): Interaction {
    const { id } = interactions.start({ ...seed, userId, channel: findChannel() });
    const handle = handles.handle(id);
    if (!handle) throw new Error('a new interaction is remembered');
    return handle;
  }

  function openUploads(): MemberUploads {
    return createMemberUploads({ files, uploads, presenter, channelId: findChannel().id });
  }

  function mostFileBytes({ attachmentSizeLimit }: CommandExtra = {}): number {
    return attachmentSizeLimit ?? limits.attachmentBytes;
  }

  return {
    async command(name, given = {}, extra) {
      const [first = '', ...subcommands] = name.split(' ');
      const command = view.findCommand(first, ApplicationCommandType.ChatInput);
      const chosen = chooseSubcommand(command, subcommands);
      checkOptions(chosen.options, given, mostFileBytes(extra));
      const own = openUploads();
      const data = buildCommandData(command, chosen, given, own);
      return start({ kind: 'command', name, data, uploadIds: own.ids, extra });
    },

    async rawCommand(data, extra) {
      const name = typeof data === 'object' && data !== null && 'name' in data ? String(data.name) : '';
      return start({ kind: 'command', name, data, extra });
    },

    async autocomplete(name, given, focused) {
      const [first = '', ...subcommands] = name.split(' ');
      const command = view.findCommand(first, ApplicationCommandType.ChatInput);
      const chosen = chooseSubcommand(command, subcommands);
      if (!hasAutocomplete(chosen.options, focused))
        throw new ClientRefusal(`“${focused}” has no autocomplete.`, focused);
      return start({
        kind: 'autocomplete',
        name,
        data: buildCommandData(command, chosen, given, openUploads(), focused),
      });
    },

    async press(messageId, customId) {
      const message = view.findMessage(messageId);
      const component = view.findComponent(message, customId);
      if (component.type !== ComponentType.Button) throw new ClientRefusal('That is not a button.');
      const data = { custom_id: customId, component_type: component.type, id: component.id };
      return start({
        kind: 'component',
        name: customId,
        data,
        message: presenter.message(message),
        sourceMessageId: messageId,
      });
    },

    async pressRaw(customId, messageId = nextId()) {
      const known = state.message(messageId);
      const message = known ? presenter.message(known) : forgeMessage(messageId, findChannel().id);
      const data = { custom_id: customId, component_type: ComponentType.Button, id: 1 };
      return start({ kind: 'component', name: customId, data, message, sourceMessageId: messageId });
    },

    async select(messageId, customId, values) {
      const message = view.findMessage(messageId);
      const component = view.findComponent(message, customId);
      if (!('custom_id' in component) || component.type === ComponentType.Button)
        throw new ClientRefusal('That is not a select.');
      const { min_values: least = 1, max_values: most = 1 } = component;
      if (values.length < least || values.length > most)
        throw new ClientRefusal(`Select ${least === most ? least : `${least} to ${most}`}.`);
      const isListed = (value: string) =>
        component.type === ComponentType.StringSelect
          ? component.options.some((option) => option.value === value)
          : isEntity(component, value);
      if (!values.every(isListed)) throw new ClientRefusal('That is not among the options.');
      const data = {
        custom_id: customId,
        component_type: component.type,
        id: component.id,
        values: [...values],
        ...(component.type !== ComponentType.StringSelect && { resolved: resolveEntities(values) }),
      };
      return start({
        kind: 'component',
        name: customId,
        data,
        message: presenter.message(message),
        sourceMessageId: messageId,
      });
    },

    async openMessageCommand(name, messageId) {
      const command = view.findCommand(name, ApplicationCommandType.Message);
      const target = presenter.message(view.findMessage(messageId));
      const data = {
        id: command.id,
        name,
        type: command.type,
        target_id: messageId,
        resolved: { messages: { [messageId]: target } },
      };
      return start({ kind: 'command', name, data });
    },

    async submitModal(opener, values) {
      const id = typeof opener === 'string' ? opener : opener.id;
      const opened = state.interaction(id);
      if (opened?.userId !== userId || opened.response?.type !== 'modal')
        throw new ClientRefusal('That form is not open.');
      const { modal } = opened.response;
      const own = openUploads();
      const { components, chosen } = fillModal(modal, values, own.add, mostFileBytes());
      const resolved = {
        ...resolveEntities(chosen),
        ...(own.ids.length > 0 && { attachments: own.resolved }),
      };
      const source = state.message(opened.sourceMessageId ?? '');
      return start({
        kind: 'modal',
        name: modal.custom_id,
        data: {
          custom_id: modal.custom_id,
          components,
          ...(Object.keys(resolved).length > 0 && { resolved }),
        },
        uploadIds: own.ids,
        opener: opened,
        ...(source && { message: presenter.message(source), sourceMessageId: source.id }),
      });
    },

    async post(content, sent = []) {
      if (countCharacters(content.trim()) > MOST_CONTENT_CHARACTERS)
        throw new ClientRefusal(`A message has at most ${MOST_CONTENT_CHARACTERS} characters.`);
      if (sent.length > MOST_FILES) throw new ClientRefusal(`A message has at most ${MOST_FILES} files.`);
      if (content.trim() === '' && sent.length === 0) throw new ClientRefusal('Write something, or add a file.');
      const tooLarge = sent.find(({ file }) => file.byteLength > mostFileBytes());
      if (tooLarge) throw new ClientRefusal(`“${tooLarge.name}” is too large.`);
      const draft = {
        body: parseBody(messageBody, { content }),
        files: sent.map(({ file, name, contentType = '' }, index) => ({ index, name, contentType, bytes: file })),
      };
      return presenter.message(
        messages.create({ channelId: findChannel().id, authorId: userId, type: MessageType.Default }, draft),
      );
    },

    dismiss(messageId) {
      const message = view.findMessage(messageId);
      if (message.forUserId === undefined)
        throw new ClientRefusal('Only messages that you alone can see can be dismissed.');
      state.saveMessage({ ...message, dismissed: true });
    },
  };
}

/** A message of the bot that this Discord does not have. */
function forgeMessage(id: string, channelId: string): APIMessage {
  return {
    id,
    type: MessageType.Default,
    channel_id: channelId,
    author: WORLD.bot,
    application_id: WORLD.bot.id,
    content: '',
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    pinned: false,
  };
}
