import { ChannelType } from 'discord-api-types/v10';
import type { LocalChannel } from './contract.ts';
import { BOT_PERMISSIONS, findUser, LOCAL_CHANNELS, WORLD } from './world.ts';

// Guild, channels and application as the API and the gateway describe them.

const CREATED = '2023-11-30T00:00:00.000Z';

export function presentChannel(
  channel: LocalChannel,
  state: { archived?: boolean | undefined; locked?: boolean | undefined } = {},
) {
  const recipient = findUser(channel.recipientId ?? '');
  if (channel.type === ChannelType.DM) {
    return {
      id: channel.id,
      type: channel.type,
      flags: 0,
      last_message_id: null,
      recipients: recipient ? [recipient] : [],
    };
  }
  const base = {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    flags: 0,
    rate_limit_per_user: 0,
    last_message_id: null,
  };
  if (channel.type === ChannelType.PublicThread) {
    return {
      ...base,
      parent_id: channel.parentId ?? null,
      owner_id: WORLD.users.moderator.id,
      message_count: 0,
      member_count: 1,
      total_message_sent: 0,
      thread_metadata: {
        archived: state.archived ?? false,
        auto_archive_duration: 10_080,
        archive_timestamp: CREATED,
        locked: state.locked ?? false,
      },
    };
  }
  return { ...base, parent_id: null, position: 0, topic: null, nsfw: channel.nsfw, permission_overwrites: [] };
}

function presentGuildBase() {
  return {
    id: WORLD.guild.id,
    name: WORLD.guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    home_header: null,
    description: null,
    vanity_url_code: null,
    owner_id: WORLD.users.moderator.id,
    region: 'deprecated',
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    nsfw: false,
    nsfw_level: 0,
    incidents_data: null,
    mfa_level: 0,
    widget_enabled: false,
    widget_channel_id: null,
    max_presences: null,
    max_members: 500_000,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    premium_subscription_count: 0,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    premium_tier: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: 'en-US',
    application_id: null,
    features: [],
    emojis: [],
    stickers: [],
    roles: [
      {
        id: WORLD.guild.id,
        name: '@everyone',
        color: 0,
        colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
        hoist: false,
        position: 0,
        permissions: BOT_PERMISSIONS.toString(),
        managed: false,
        mentionable: false,
        icon: null,
        unicode_emoji: null,
        flags: 0,
      },
    ],
  };
}

/** `GET /guilds/{id}` and GUILD_CREATE in one. */
export function presentGuild() {
  const inGuild = LOCAL_CHANNELS.filter(({ guildId }) => guildId !== undefined);
  return {
    ...presentGuildBase(),
    joined_at: CREATED,
    large: false,
    unavailable: false,
    member_count: Object.keys(WORLD.users).length + 1,
    members: [WORLD.bot, ...Object.values(WORLD.users)].map((user) => ({ ...presentMember(), user })),
    channels: inGuild.filter(({ type }) => type !== ChannelType.PublicThread).map((channel) => presentChannel(channel)),
    threads: inGuild.filter(({ type }) => type === ChannelType.PublicThread).map((channel) => presentChannel(channel)),
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

export function presentMember() {
  return {
    roles: [],
    nick: null,
    avatar: null,
    banner: null,
    joined_at: CREATED,
    premium_since: null,
    communication_disabled_until: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
  };
}

export function presentApplication() {
  return {
    id: WORLD.bot.id,
    name: WORLD.bot.username,
    icon: null,
    description: '',
    type: null,
    bot: WORLD.bot,
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: 0,
    flags_new: '0',
    owner: WORLD.users.moderator,
    summary: '',
    team: null,
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    explicit_content_filter: 0,
    eligible_oauth2_scopes: [],
    event_webhooks_url: null,
    integration_types_config: { 0: {}, 1: {} },
    approximate_guild_count: 1,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
  };
}
