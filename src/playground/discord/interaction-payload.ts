import {
  type APIInteraction,
  type APIMessage,
  type APIMessageInteractionMetadata,
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  InteractionType,
} from 'discord-api-types/v10';
import type { CommandExtra, InteractionKind, LocalChannel } from './contract.ts';
import { presentChannel, presentMember } from './present-world.ts';
import { findUser, memberPermissions, WORLD } from './world.ts';

/** What a member did, and where. */
export interface InteractionSeed {
  kind: InteractionKind;
  /** The command's name or the custom ID. */
  name: string;
  userId: string;
  channel: LocalChannel;
  /** `data` as the bot receives it. */
  data: unknown;
  /** The message a component, or the modal it opened, belongs to. */
  message?: APIMessage | undefined;
  /** Files the member sent along. */
  uploadIds?: readonly string[];
  extra?: CommandExtra | undefined;
}

export const INTERACTION_TYPES = {
  command: InteractionType.ApplicationCommand,
  component: InteractionType.MessageComponent,
  modal: InteractionType.ModalSubmit,
  autocomplete: InteractionType.ApplicationCommandAutocomplete,
} as const satisfies Record<InteractionKind, InteractionType>;

interface PayloadContext {
  id: string;
  token: string;
  appPermissions: bigint;
  attachmentSizeLimit: number;
}

/** INTERACTION_CREATE's `d` (docs: Receiving and Responding, Interaction Object, 2026-08). */
export function buildPayload(seed: InteractionSeed, context: PayloadContext): APIInteraction {
  const { kind, userId, channel, data, message, extra = {} } = seed;
  const user = findUser(userId);
  const permissions = memberPermissions(userId).toString();
  const locale = extra.locale ?? 'en-US';
  const isDm = channel.type === ChannelType.DM;
  const payload = {
    id: context.id,
    application_id: WORLD.bot.id,
    type: INTERACTION_TYPES[kind],
    token: context.token,
    version: 1,
    data,
    channel_id: channel.id,
    channel: { ...presentChannel(channel), ...(isDm ? {} : { permissions }) },
    ...(isDm
      ? { user }
      : {
          guild_id: WORLD.guild.id,
          guild: { id: WORLD.guild.id, locale: 'en-US', features: [] },
          guild_locale: 'en-US',
          member: { ...presentMember(), user, permissions },
        }),
    ...(message && { message }),
    app_permissions: context.appPermissions.toString(),
    locale,
    entitlements: [],
    authorizing_integration_owners: findOwners(seed),
    context: isDm ? InteractionContextType.BotDM : InteractionContextType.Guild,
    attachment_size_limit: context.attachmentSizeLimit,
  };
  // `data` is what the driver built to the docs, or on purpose what no client would send.
  return payload as unknown as APIInteraction;
}

function findOwners({ userId, channel, extra }: InteractionSeed) {
  if (extra?.install === 'user') return { [ApplicationIntegrationType.UserInstall]: userId };
  return { [ApplicationIntegrationType.GuildInstall]: channel.guildId ?? '0' };
}

/** `interaction_metadata` of the messages that answer an interaction. */
export function buildMetadata(
  payload: APIInteraction,
  triggering?: APIMessageInteractionMetadata,
): APIMessageInteractionMetadata {
  const user = payload.member?.user ?? payload.user ?? WORLD.bot;
  const base = { id: payload.id, user, authorizing_integration_owners: payload.authorizing_integration_owners };
  if (payload.type === InteractionType.MessageComponent) {
    return { ...base, type: payload.type, interacted_message_id: payload.message.id };
  }
  if (payload.type === InteractionType.ModalSubmit && triggering && triggering.type !== InteractionType.ModalSubmit) {
    return { ...base, type: payload.type, triggering_interaction_metadata: triggering };
  }
  const target =
    payload.type === InteractionType.ApplicationCommand && 'target_id' in payload.data
      ? payload.data.target_id
      : undefined;
  return {
    ...base,
    type: InteractionType.ApplicationCommand,
    ...(target !== undefined && { target_message_id: target }),
  };
}
