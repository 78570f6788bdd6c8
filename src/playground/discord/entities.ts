import { type APISelectMenuComponent, ComponentType } from 'discord-api-types/v10';
import { presentChannel, presentMember } from './present-world.ts';
import { findUser, LOCAL_CHANNELS, memberPermissions } from './world.ts';

// Members and channels, as options and selects name them. There are no roles here.

type EntitySelect = Exclude<APISelectMenuComponent, { type: ComponentType.StringSelect }>;

/** `resolved` of the ids that exist (docs: Receiving and Responding, Resolved Data, 2026-08). */
export function resolveEntities(ids: readonly string[]) {
  const users = ids.flatMap((id) => findUser(id) ?? []);
  const channels = LOCAL_CHANNELS.filter(({ id }) => ids.includes(id));
  return {
    ...(users.length > 0 && {
      users: Object.fromEntries(users.map((user) => [user.id, user])),
      members: Object.fromEntries(
        users.map(({ id }) => [id, { ...presentMember(), permissions: memberPermissions(id).toString() }]),
      ),
    }),
    ...(channels.length > 0 && {
      channels: Object.fromEntries(channels.map((channel) => [channel.id, presentChannel(channel)])),
    }),
  };
}

export function isEntitySelect(type: ComponentType): boolean {
  return (
    type === ComponentType.UserSelect ||
    type === ComponentType.RoleSelect ||
    type === ComponentType.MentionableSelect ||
    type === ComponentType.ChannelSelect
  );
}

/** Is that something the select lists? Channels are the guild's. */
export function isEntity(select: EntitySelect, id: string): boolean {
  if (select.type === ComponentType.RoleSelect) return false;
  if (select.type !== ComponentType.ChannelSelect) return findUser(id) !== undefined;
  const channel = LOCAL_CHANNELS.find((one) => one.id === id);
  if (channel?.guildId === undefined) return false;
  const { channel_types: types = [] } = select;
  return types.length === 0 || types.includes(channel.type);
}
