import type { LocalChannel } from './contract.ts';
import type { Events } from './events.ts';
import type { Files } from './files.ts';
import type { Journal } from './journal.ts';
import type { StoredChannelState, StoredCommand, StoredInteraction, StoredMessage } from './records.ts';
import { LOCAL_CHANNELS } from './world.ts';

/** Interactions beyond this many are forgotten once their token is dead. */
const MOST_INTERACTIONS = 500;

/** Everything that changes. Each change is journalled and told to the listeners before the call returns. */
export interface State {
  /** `undefined` when it was deleted. */
  channel(id: string): LocalChannel | undefined;
  channelState(id: string): StoredChannelState;
  saveChannelState(state: StoredChannelState): void;

  message(id: string): StoredMessage | undefined;
  /** Oldest first. */
  messagesOf(channelId: string): StoredMessage[];
  saveMessage(message: StoredMessage): void;
  /** With its files. */
  removeMessage(message: StoredMessage): void;

  interaction(id: string): StoredInteraction | undefined;
  interactionByToken(token: string): StoredInteraction | undefined;
  interactions(): StoredInteraction[];
  saveInteraction(interaction: StoredInteraction): void;

  /** `scope` is `global` or a guild's id. */
  commandsOf(scope: string): StoredCommand[];
  saveCommand(command: StoredCommand): void;
  removeCommand(command: StoredCommand): void;

  /** Forgets all but the commands, on disk as well. */
  clear(): void;
}

interface StateOptions {
  journal: Journal;
  files: Files;
  events: Events;
  isTokenAlive: (interaction: StoredInteraction) => boolean;
  onForgotten: (interactionId: string) => void;
}

export function createState({ journal, files, events, isTokenAlive, onForgotten }: StateOptions): State {
  const channels = new Map(LOCAL_CHANNELS.map((channel) => [channel.id, channel]));
  const channelStates = new Map(journal.values('channel').map((state) => [state.id, state]));
  const messages = new Map(journal.values('message').map((message) => [message.id, message]));
  const byChannel = new Map<string, Map<string, StoredMessage>>();
  const interactions = new Map(journal.values('interaction').map((interaction) => [interaction.id, interaction]));
  const tokens = new Map([...interactions.values()].map(({ token, id }) => [token, id]));
  const commands = new Map(journal.values('command').map((stored) => [stored.command.id, stored]));
  for (const message of messages.values()) placeOf(message.channelId).set(message.id, message);
  // A crash between a file and the message it belongs to leaves the file alone, and so does a record nobody can read.
  files.retain(
    new Set(
      [...messages.values()]
        .flatMap(fileIdsOf)
        .concat([...interactions.values()].flatMap(({ uploadIds }) => uploadIds)),
    ),
    journal.aside,
  );

  function placeOf(channelId: string): Map<string, StoredMessage> {
    const place = byChannel.get(channelId) ?? new Map<string, StoredMessage>();
    byChannel.set(channelId, place);
    return place;
  }

  function forgetInteraction({ id, token, uploadIds }: StoredInteraction): void {
    interactions.delete(id);
    tokens.delete(token);
    journal.remove('interaction', id);
    for (const uploadId of uploadIds) files.remove(uploadId);
    onForgotten(id);
  }

  function forgetMessage({ id, channelId, attachments }: StoredMessage): void {
    messages.delete(id);
    placeOf(channelId).delete(id);
    journal.remove('message', id);
    for (const attachment of attachments) files.remove(attachment.id);
  }

  return {
    channel: (id) => (channelStates.get(id)?.deleted ? undefined : channels.get(id)),
    channelState: (id) => channelStates.get(id) ?? { id },
    saveChannelState(state) {
      channelStates.set(state.id, state);
      journal.put('channel', state.id, state);
      if (!state.deleted) return;
      for (const message of placeOf(state.id).values()) forgetMessage(message);
      events.emit({ type: 'channel-deleted', channelId: state.id });
    },

    message: (id) => messages.get(id),
    messagesOf: (channelId) => [...placeOf(channelId).values()],
    saveMessage(message) {
      const { id, channelId, forUserId } = message;
      const known = messages.get(id);
      const kept = new Set(fileIdsOf(message));
      for (const fileId of known ? fileIdsOf(known) : []) if (!kept.has(fileId)) files.remove(fileId);
      messages.set(id, message);
      placeOf(channelId).set(id, message);
      journal.put('message', id, message);
      const type = message.dismissed ? 'message-deleted' : known ? 'message-updated' : 'message-created';
      events.emit({ type, channelId, messageId: id, ...(forUserId && { forUserId }) });
    },
    removeMessage(message) {
      const { id, channelId, forUserId } = message;
      forgetMessage(message);
      events.emit({ type: 'message-deleted', channelId, messageId: id, ...(forUserId && { forUserId }) });
    },

    interaction: (id) => interactions.get(id),
    interactionByToken: (token) => interactions.get(tokens.get(token) ?? ''),
    interactions: () => [...interactions.values()],
    saveInteraction(interaction) {
      interactions.set(interaction.id, interaction);
      tokens.set(interaction.token, interaction.id);
      journal.put('interaction', interaction.id, interaction);
      const [oldest] = interactions.values();
      if (oldest && interactions.size > MOST_INTERACTIONS && !isTokenAlive(oldest)) forgetInteraction(oldest);
      events.emit({ type: 'interaction-updated', interactionId: interaction.id, userId: interaction.userId });
    },

    commandsOf: (scope) => [...commands.values()].filter((stored) => stored.scope === scope),
    saveCommand(stored) {
      commands.set(stored.command.id, stored);
      journal.put('command', stored.command.id, stored);
    },
    removeCommand({ command }) {
      commands.delete(command.id);
      journal.remove('command', command.id);
    },

    clear() {
      for (const message of [...messages.values()]) forgetMessage(message);
      for (const interaction of [...interactions.values()]) forgetInteraction(interaction);
      for (const id of [...channelStates.keys()]) journal.remove('channel', id);
      channelStates.clear();
      journal.compact();
      events.emit({ type: 'reset' });
    },
  };
}

function fileIdsOf({ attachments }: StoredMessage): string[] {
  return attachments.map(({ id }) => id);
}
