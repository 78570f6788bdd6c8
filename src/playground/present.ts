import {
  type APIMessage,
  type APIMessageComponent,
  ApplicationCommandType,
  ChannelType,
  ComponentType,
  InteractionType,
} from 'discord-api-types/v10';
import type { InteractionRecord, LocalChannel, LocalDiscord } from './discord/local-discord.ts';
import type { Channel, InteractionDetails, InteractionSummary, Member, Snapshot } from './wire.ts';

/** Where files of the conversation are on the page's origin; what follows is Discord's own path. */
export const FILES_PATH = '/playground/files';
const CDN_PATH = '/attachments/';
/** What is jumped to does not stand at the very top. */
const MESSAGES_BEFORE = 10;
const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';

export type Presenter = ReturnType<typeof createPresenter>;

/** Makes what the page is shown of what the local Discord holds. */
export function createPresenter(discord: LocalDiscord) {
  const { world } = discord;
  const users = [world.users.alice, world.users.bob, world.users.moderator];
  const members: readonly Member[] = users.map((user) => ({
    id: user.id,
    name: user.global_name ?? user.username,
    moderator: user === world.users.moderator,
  }));
  const { general, thread, gallery, dm } = world.channels;
  const channels: readonly Channel[] = [general, thread, gallery, ...Object.values(dm)].map(presentChannel);
  /** Who painted what interactions asked for, as their answers said when last seen: answers are deleted. */
  const painters = new Map<string, Pick<InteractionSummary, 'provider' | 'cost'>>();
  /** The freshest signed URL of each file, by its path. */
  const signed = new Map<string, string>();

  function presentChannel({ id, name, type, nsfw, recipientId }: LocalChannel): Channel {
    const kind = type === ChannelType.DM ? 'dm' : type === ChannelType.PublicThread ? 'thread' : 'text';
    return {
      id,
      // A DM bears the name of the other one, and here that is always the bot.
      name: kind === 'dm' ? (world.bot.global_name ?? world.bot.username) : name,
      kind,
      ageRestricted: nsfw,
      memberId: recipientId,
    };
  }

  /** Points what lies on the local Discord's CDN to the page's own origin. */
  function localFiles<Value>(value: Value): Value {
    return JSON.parse(JSON.stringify(value), (_key, child: unknown) => {
      if (typeof child !== 'string' || !child.startsWith(discord.origin + CDN_PATH)) return child;
      const { pathname } = new URL(child);
      signed.set(pathname, child);
      return FILES_PATH + pathname;
    });
  }

  /** What answers a message that only another member sees tells nothing of it. */
  function showMessage({ referenced_message: referenced, ...message }: APIMessage, memberId: string | undefined) {
    const owner = referenced ? discord.visibleOnlyTo(referenced.id) : undefined;
    const mayKnow = referenced !== undefined && (owner === undefined || owner === memberId);
    return localFiles<APIMessage>({ ...message, ...(mayKnow && { referenced_message: referenced }) });
  }

  function summary(interactionId: string): InteractionSummary | undefined {
    const interaction = discord.interaction(interactionId);
    if (interaction === undefined) return undefined;
    const record = interaction.record();
    const { id, kind, name, userId, channelId, createdAt, acknowledgedAfterMs, finishedAfterMs, outcome } = record;
    const answer = interaction.message();
    if (answer !== undefined) painters.set(id, paintedBy(record, answer));
    return {
      id,
      kind,
      name,
      memberId: userId,
      channelId,
      createdAt,
      outcome,
      title: titleOf(record),
      ...painters.get(id),
      acknowledgedAfterMs,
      finishedAfterMs,
      ...(answer === undefined ? {} : { messageId: answer.id }),
    };
  }

  /** Discord's messages bear only the id of the interaction they answer; its client remembers the name. */
  function commandNameOf({ interaction_metadata: metadata }: APIMessage): [string, string][] {
    const origin =
      metadata && 'triggering_interaction_metadata' in metadata ? metadata.triggering_interaction_metadata : metadata;
    const record = origin && discord.interaction(origin.id)?.record();
    return record?.kind === 'command' ? [[record.id, record.name]] : [];
  }

  return {
    members,
    channels,
    summary,

    /** Who and where that is; `undefined` for what there is not, or where this member is not. */
    place(memberId: string | null | undefined, channelId: string | null | undefined) {
      const member = members.find(({ id }) => id === memberId);
      const channel = channels.find(({ id, memberId: owner = member?.id }) => id === channelId && owner === member?.id);
      return { member, channel };
    },

    message: showMessage,

    /**
     * Everything but the newest `most` messages of the channel is left out, and with `from` no message since that one
     * and a few before it.
     */
    snapshot(
      memberId: string,
      channelId: string,
      { most, from }: { most: number; from: string | undefined },
      limits: Snapshot['limits'],
    ): Snapshot {
      const all = discord.messages(channelId, memberId);
      const first = all.findIndex(({ id }) => id === from);
      const shown = all.slice(-Math.max(most, first === -1 ? 0 : all.length - first + MESSAGES_BEFORE));
      return {
        type: 'snapshot',
        application: { id: discord.applicationId, name: world.bot.global_name ?? world.bot.username },
        guildName: world.guild.name,
        botConnected: discord.gateway.connections() > 0,
        members,
        channels,
        memberId,
        channelId,
        commands: discord.commandsFor(memberId, channelId),
        messages: shown.map((message) => showMessage(message, memberId)),
        commandNames: Object.fromEntries(shown.flatMap(commandNameOf)),
        more: all.length > shown.length,
        interactions: discord
          .interactions()
          .slice(-50)
          .flatMap(({ id }) => summary(id) ?? []),
        notices: discord.notices,
        limits,
      };
    },

    /** `undefined` when the interaction is no longer remembered. */
    details(id: string): InteractionDetails | undefined {
      const record = discord.interaction(id)?.record();
      if (record === undefined) return undefined;
      return {
        sent: record.payload,
        answeredBefore:
          record.acknowledgedAfterMs !== undefined && !record.callbacks.some(({ route }) => route === CALLBACK),
        received: record.callbacks.map(({ method, route, body, files, status, response, receivedAt, answeredAt }) => ({
          method,
          route,
          body,
          files,
          status,
          response,
          receivedAt,
          answeredAt,
        })),
      };
    },

    /** A signed URL for a file's path; `undefined` when no message shows it. `fresh` looks the messages through again. */
    signedUrl(pathname: string, { fresh }: { fresh: boolean }): string | undefined {
      if (fresh) {
        const channelId = pathname.split('/')[2] ?? '';
        signed.delete(pathname);
        for (const { id } of members) discord.messages(channelId, id).forEach(localFiles);
      }
      return signed.get(pathname);
    },
  };
}

function titleOf({ kind, name, formTitle, payload }: InteractionRecord): string {
  if (
    payload.type === InteractionType.ApplicationCommand ||
    payload.type === InteractionType.ApplicationCommandAutocomplete
  ) {
    return payload.data.type === ApplicationCommandType.ChatInput ? `/${name}` : name;
  }
  if (kind === 'modal') return formTitle ?? 'Form';
  const used = findComponent(payload.message?.components, name);
  const label = used !== undefined && 'label' in used ? used.label : undefined;
  const placeholder = used !== undefined && 'placeholder' in used ? used.placeholder : undefined;
  return label ?? placeholder ?? name;
}

function findComponent(
  components: readonly APIMessageComponent[] = [],
  customId: string,
): APIMessageComponent | undefined {
  for (const component of components) {
    if ('custom_id' in component && component.custom_id === customId) return component;
    const found = findComponent(childrenOf(component), customId);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Who painted what this interaction asked for, and for how much. A message can also show what another one asked for;
 * files and buttons of its own bear its id.
 */
function paintedBy({ id }: InteractionRecord, answer: APIMessage): Pick<InteractionSummary, 'provider' | 'cost'> {
  return JSON.stringify(answer.components ?? []).includes(id) ? factsOf(answer) : {};
}

/** The small line under a picture: model · provider · size · … · price; without the provider where it is the model's own. */
function factsOf({ components = [] }: APIMessage): Pick<InteractionSummary, 'provider' | 'cost'> {
  const line = components
    .flatMap(textsOf)
    .flatMap((text) => text.split('\n'))
    .findLast((one) => /^-# .* · \d+×\d+ · /.test(one));
  if (line === undefined) return {};
  const facts = line.slice(3).split(' · ');
  const provider = facts[facts.findIndex((fact) => /^\d+×\d+$/.test(fact)) - 1];
  const cost = facts.at(-1);
  return { provider, cost };
}

function textsOf(component: APIMessageComponent): string[] {
  return component.type === ComponentType.TextDisplay ? [component.content] : childrenOf(component).flatMap(textsOf);
}

function childrenOf(component: APIMessageComponent): readonly APIMessageComponent[] {
  const accessory = 'accessory' in component ? [component.accessory] : [];
  return 'components' in component ? [...component.components, ...accessory] : accessory;
}
