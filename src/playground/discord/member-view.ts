import { type APIApplicationCommand, type APIMessageComponent, ApplicationCommandType } from 'discord-api-types/v10';
import { findUnavailable } from './client-options.ts';
import { ClientRefusal, type LocalChannel } from './contract.ts';
import type { StoredMessage } from './records.ts';
import { GLOBAL } from './routes/commands.ts';
import { walkComponents } from './rules/walk-components.ts';
import type { State } from './state.ts';

/** What a member sees where they are; what they do not see throws a `ClientRefusal`. */
export interface MemberView {
  /** Without those that member may not use there. */
  listCommands(): APIApplicationCommand[];
  findCommand(name: string, type: ApplicationCommandType): APIApplicationCommand;
  findMessage(messageId: string): StoredMessage;
  /** A component that can be used. */
  findComponent(message: StoredMessage, customId: string): APIMessageComponent;
}

export function createMemberView(state: State, userId: string, findChannel: () => LocalChannel): MemberView {
  function isAgeRestricted({ nsfw, parentId }: LocalChannel): boolean {
    return parentId === undefined ? nsfw : (state.channel(parentId)?.nsfw ?? false);
  }

  /** Of two with one name only the guild's own can be meant by it. */
  function registered({ guildId = '' }: LocalChannel): APIApplicationCommand[] {
    const nameOf = ({ type, name }: APIApplicationCommand) => `${type} ${name}`;
    const own = state.commandsOf(guildId).map(({ command }) => command);
    const names = new Set(own.map(nameOf));
    const shared = state.commandsOf(GLOBAL).map(({ command }) => command);
    return [...own, ...shared.filter((command) => !names.has(nameOf(command)))];
  }

  function whyNot(command: APIApplicationCommand, channel: LocalChannel): string | undefined {
    return findUnavailable(command, channel, userId, isAgeRestricted(channel));
  }

  return {
    listCommands() {
      const channel = findChannel();
      return registered(channel).filter((command) => whyNot(command, channel) === undefined);
    },
    findCommand(name, type) {
      const channel = findChannel();
      const found = registered(channel).find((command) => command.type === type && command.name === name);
      const called = type === ApplicationCommandType.ChatInput ? `/${name}` : `“${name}”`;
      if (!found) throw new ClientRefusal(`There is no command ${called}.`);
      const refusal = whyNot(found, channel);
      if (refusal !== undefined) throw new ClientRefusal(refusal);
      return found;
    },
    findMessage(messageId) {
      const message = state.message(messageId);
      const isHere = message?.channelId === findChannel().id && !message.dismissed;
      if (!isHere || (message.forUserId ?? userId) !== userId) throw new ClientRefusal('That message is not there.');
      return message;
    },
    findComponent({ components }, customId) {
      let found: APIMessageComponent | undefined;
      walkComponents(components, (component) => {
        if ('custom_id' in component && component.custom_id === customId) found = component;
      });
      if (!found) throw new ClientRefusal(`That message has nothing with the custom ID “${customId}”.`);
      if ('disabled' in found && found.disabled) throw new ClientRefusal('That is disabled.');
      return found;
    },
  };
}
