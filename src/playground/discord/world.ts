import { type APIUser, ChannelType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { LocalChannel, MemberName, World } from './contract.ts';

// Fixed ids, so that a conversation kept in a folder still belongs to its people.
const GUILD_ID = '1180000000000000001';
const BOT_ID = '1180000000000000002';

/** Typed as the flags' own type would not let 0 be. */
const NO_FLAGS: number = 0;

function createUser(id: string, username: string, globalName: string | null, bot = false): APIUser {
  return {
    id,
    username,
    discriminator: '0',
    global_name: globalName,
    avatar: null,
    bot,
    flags: NO_FLAGS,
    public_flags: NO_FLAGS,
    primary_guild: null,
  };
}

const users: Record<MemberName, APIUser> = {
  alice: createUser('1180000000000000011', 'alice', 'Alice'),
  bob: createUser('1180000000000000012', 'bob', 'Bob'),
  moderator: createUser('1180000000000000013', 'morgan', 'Morgan'),
};

function createTextChannel(id: string, name: string, nsfw: boolean): LocalChannel {
  return { id, type: ChannelType.GuildText, name, nsfw, guildId: GUILD_ID };
}

function createDm(id: string, { id: recipientId, username }: APIUser): LocalChannel {
  return { id, type: ChannelType.DM, name: username, nsfw: false, recipientId };
}

const general = createTextChannel('1180000000000000021', 'general', false);

export const WORLD: World = {
  guild: { id: GUILD_ID, name: 'The Studio' },
  bot: createUser(BOT_ID, 'Easel', null, true),
  users,
  channels: {
    general,
    gallery: createTextChannel('1180000000000000022', 'after-dark', true),
    thread: {
      id: '1180000000000000023',
      type: ChannelType.PublicThread,
      name: 'sketches',
      nsfw: false,
      guildId: GUILD_ID,
      parentId: general.id,
    },
    dm: {
      alice: createDm('1180000000000000031', users.alice),
      bob: createDm('1180000000000000032', users.bob),
      moderator: createDm('1180000000000000033', users.moderator),
    },
  },
};

const {
  AddReactions,
  AttachFiles,
  EmbedLinks,
  ManageGuild,
  ManageMessages,
  MentionEveryone,
  ReadMessageHistory,
  SendMessages,
  SendMessagesInThreads,
  UseApplicationCommands,
  UseExternalApps,
  UseExternalEmojis,
  ViewChannel,
} = PermissionFlagsBits;

export const BOT_PERMISSIONS =
  ViewChannel |
  SendMessages |
  SendMessagesInThreads |
  EmbedLinks |
  AttachFiles |
  ReadMessageHistory |
  UseExternalEmojis;

/** What a bot is told it may do in a DM (docs: Receiving and Responding, 2026-08), which is not what applies there. */
export const DM_APP_PERMISSIONS = AttachFiles | EmbedLinks | MentionEveryone | UseExternalEmojis;

const MEMBER_PERMISSIONS = BOT_PERMISSIONS | AddReactions | UseApplicationCommands | UseExternalApps;

export function memberPermissions(userId: string): bigint {
  return userId === users.moderator.id ? MEMBER_PERMISSIONS | ManageMessages | ManageGuild : MEMBER_PERMISSIONS;
}

export const LOCAL_CHANNELS: readonly LocalChannel[] = [
  WORLD.channels.general,
  WORLD.channels.gallery,
  WORLD.channels.thread,
  ...Object.values(WORLD.channels.dm),
];

export function findUser(userId: string): APIUser | undefined {
  return [WORLD.bot, ...Object.values(users)].find(({ id }) => id === userId);
}
