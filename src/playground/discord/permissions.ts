import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { LocalChannel } from './contract.ts';
import { refuse } from './refusal.ts';
import type { State } from './state.ts';
import { BOT_PERMISSIONS, DM_APP_PERMISSIONS } from './world.ts';

const {
  AttachFiles,
  EmbedLinks,
  ManageMessages,
  ReadMessageHistory,
  SendMessages,
  SendMessagesInThreads,
  ViewChannel,
} = PermissionFlagsBits;

/** What the bot may do where (docs: Permissions, 2026-08). */
export interface Permissions {
  /** As an interaction's `app_permissions` tells. */
  told(channel: LocalChannel): bigint;
  /** The channel, if the bot may see it. Throws 10003 or 50001. */
  view(channelId: string): LocalChannel;
  /** Throws 50001 or 50013 (50007, 50083, 160005 …). */
  checkSend(channel: LocalChannel, what: { hasFiles: boolean; isReply: boolean }): void;
  checkHistory(channel: LocalChannel): void;
  checkManageMessages(channel: LocalChannel): void;
}

export function createPermissions(state: State, defaults: bigint = BOT_PERMISSIONS): Permissions {
  function permissionsIn(channel: LocalChannel): bigint {
    const { id, parentId = id } = channel;
    const set = state.channelState(id).botPermissions ?? state.channelState(parentId).botPermissions;
    return withImplicit(set === undefined ? defaults : BigInt(set), channel);
  }

  function require(channel: LocalChannel, permission: bigint): void {
    if (channel.type !== ChannelType.DM && !(permissionsIn(channel) & permission)) throw refuse('missingPermissions');
  }

  return {
    told: (channel) => (channel.type === ChannelType.DM ? DM_APP_PERMISSIONS : permissionsIn(channel)),
    view(channelId) {
      const channel = state.channel(channelId);
      if (!channel || (channel.parentId && !state.channel(channel.parentId))) throw refuse('unknownChannel');
      if (channel.type !== ChannelType.DM && !(permissionsIn(channel) & ViewChannel)) throw refuse('missingAccess');
      return channel;
    },
    checkSend(channel, { hasFiles, isReply }) {
      if (channel.type === ChannelType.DM) {
        if (permissionsIn(channel) === 0n) throw refuse('dmClosed');
        return;
      }
      const isThread = channel.type === ChannelType.PublicThread;
      const { archived, locked } = state.channelState(channel.id);
      if (archived) throw refuse('threadArchived');
      if (locked) throw refuse('threadLocked');
      require(channel, isThread ? SendMessagesInThreads : SendMessages);
      if (hasFiles) require(channel, AttachFiles);
      if (isReply && !(permissionsIn(channel) & ReadMessageHistory)) throw refuse('replyNeedsHistory');
    },
    checkHistory: (channel) => require(channel, ReadMessageHistory),
    checkManageMessages: (channel) => require(channel, ManageMessages),
  };
}

/** Without Send Messages, files and links are denied as well (docs: Permissions, Implicit Permissions, 2026-08). */
function withImplicit(permissions: bigint, { type }: LocalChannel): bigint {
  const maySend = permissions & (type === ChannelType.PublicThread ? SendMessagesInThreads : SendMessages);
  return maySend ? permissions : permissions & ~(AttachFiles | EmbedLinks);
}
