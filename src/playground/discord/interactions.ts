import { randomBytes } from 'node:crypto';
import { GatewayDispatchEvents, MessageFlags, MessageType } from 'discord-api-types/v10';
import type { Limits } from './contract.ts';
import { buildEnvelope, giveFirstAnswer } from './first-response.ts';
import { buildMetadata, buildPayload, type InteractionSeed } from './interaction-payload.ts';
import type { Draft, Messages } from './messages.ts';
import type { Permissions } from './permissions.ts';
import { isProgress } from './progress.ts';
import type { Recorder } from './recorder.ts';
import type { StoredInteraction, StoredMessage } from './records.ts';
import { refuse } from './refusal.ts';
import type { CallbackBody } from './rules/message-body.ts';
import type { State } from './state.ts';
import type { UploadedFile } from './uploads.ts';
import { WORLD } from './world.ts';

const { Ephemeral, Loading } = MessageFlags;
/** Of an app only the member installed (docs: Create Followup Message, 2026-08). */
const MOST_FOLLOW_UPS = 5;

/** The life of interactions: sent, answered in time or not, and what their tokens may do afterwards. */
export interface Interactions {
  /** Sends INTERACTION_CREATE and starts the three seconds. */
  start(
    seed: InteractionSeed & { sourceMessageId?: string | undefined; opener?: StoredInteraction | undefined },
  ): StoredInteraction;
  redeliver(id: string): void;
  /** The first response, parsed once it is due. Returns the message it made or changed. */
  answer(
    id: string,
    token: string,
    parse: () => CallbackBody,
    files: readonly UploadedFile[],
  ): { interaction: StoredInteraction; message: StoredMessage | undefined };
  /** The interaction a live, acknowledged token belongs to. */
  authorize(applicationId: string, token: string): StoredInteraction;
  /** `@original` or one of its messages by id; throws 10008. */
  messageOf(interaction: StoredInteraction, messageId: string): StoredMessage;
  edit(interaction: StoredInteraction, messageId: string, draft: Omit<Draft, 'mostBytes'>): StoredMessage;
  remove(interaction: StoredInteraction, messageId: string): void;
  followUp(interaction: StoredInteraction, draft: Omit<Draft, 'mostBytes'>): StoredMessage;
  /** Notes that the bot changed or removed an interaction's message without its token. */
  noteChange(message: StoredMessage): void;
}

interface InteractionsOptions {
  state: State;
  messages: Messages;
  permissions: Permissions;
  recorder: Pick<Recorder, 'rememberFirst'>;
  dispatch: (event: GatewayDispatchEvents, data: unknown, guildId?: string) => void;
  limits: Limits;
  isTokenAlive: (interaction: StoredInteraction) => boolean;
  nextId: () => string;
  now: () => number;
}

export function createInteractions({
  state,
  messages,
  permissions,
  recorder,
  dispatch,
  limits,
  isTokenAlive,
  nextId,
  now,
}: InteractionsOptions): Interactions {
  // Those a restart interrupted.
  for (const interaction of state.interactions()) if (isWaiting(interaction)) startDeadline(interaction);

  function save(interaction: StoredInteraction): StoredInteraction {
    state.saveInteraction(interaction);
    return interaction;
  }

  function isLate({ createdAt }: StoredInteraction): boolean {
    return now() - createdAt > limits.interactionMs;
  }

  function startDeadline({ id, createdAt }: StoredInteraction): void {
    const left = Math.max(0, createdAt + limits.interactionMs - now());
    setTimeout(() => {
      const interaction = state.interaction(id);
      if (interaction && isWaiting(interaction)) save({ ...interaction, failed: true });
    }, left).unref();
  }

  function send({ payload }: StoredInteraction): void {
    dispatch(GatewayDispatchEvents.InteractionCreate, payload, payload.guild_id);
  }

  function messageOf(interaction: StoredInteraction, messageId: string): StoredMessage {
    const id = messageId === '@original' ? interaction.originalId : messageId;
    const belongs = id === interaction.originalId || interaction.followUpIds.includes(id ?? '');
    const message = belongs ? state.message(id ?? '') : undefined;
    if (!message) throw refuse('unknownMessage');
    return message;
  }

  function edit(interaction: StoredInteraction, messageId: string, draft: Omit<Draft, 'mostBytes'>): StoredMessage {
    const message = messages.edit(messageOf(interaction, messageId), {
      ...draft,
      mostBytes: interaction.attachmentSizeLimit,
    });
    noteChange(interaction, message);
    return message;
  }

  /** A press that says nothing of its own has its answer in this as well: Cancel, in the end of what it cancels. Progress is none. */
  function noteChange(interaction: StoredInteraction | undefined, { id }: StoredMessage): void {
    if (interaction?.originalId === id) save({ ...interaction, changedAt: now() });
    const changed = state.message(id);
    if (changed !== undefined && isProgress(changed)) return;
    for (const other of state.interactions()) {
      const waits = other.response === undefined || other.response.type === 'update-later';
      if (other.sourceMessageId === id && waits && other.changedAt === undefined) save({ ...other, changedAt: now() });
    }
  }

  return {
    start({ sourceMessageId, opener, ...seed }) {
      const id = nextId();
      // The real ones are long, opaque and safe in a URL as well.
      const token = `aW50ZXJhY3Rpb246${randomBytes(96).toString('base64url')}`;
      const attachmentSizeLimit = seed.extra?.attachmentSizeLimit ?? limits.attachmentBytes;
      const payload = buildPayload(seed, {
        id,
        token,
        appPermissions: permissions.told(seed.channel),
        attachmentSizeLimit,
      });
      const interaction = save({
        id,
        token,
        kind: seed.kind,
        name: seed.name,
        userId: seed.userId,
        channelId: seed.channel.id,
        createdAt: now(),
        payload,
        metadata: buildMetadata(payload, opener?.metadata),
        install: seed.extra?.install ?? 'guild',
        attachmentSizeLimit,
        uploadIds: [...(seed.uploadIds ?? [])],
        sourceMessageId,
        failed: false,
        followUpIds: [],
      });
      startDeadline(interaction);
      send(interaction);
      return interaction;
    },

    redeliver(id) {
      const interaction = state.interaction(id);
      if (!interaction) throw new Error(`There is no interaction ${id}.`);
      send(interaction);
    },

    answer(id, token, parse, files) {
      const interaction = state.interaction(id);
      if (!interaction || interaction.token !== token) throw refuse('unknownInteraction');
      if (interaction.response) throw refuse('alreadyAcknowledged');
      if (interaction.failed || isLate(interaction)) {
        if (!interaction.failed) save({ ...interaction, failed: true });
        throw refuse('unknownInteraction');
      }
      const callback = parse();
      const { response, original, originalId } = giveFirstAnswer({ state, messages }, interaction, callback, files);
      if (original) recorder.rememberFirst(id, original);
      const isFinal = response.type !== 'thinking' && response.type !== 'update-later';
      const answered = save({
        ...interaction,
        response,
        acknowledgedAt: now(),
        originalId,
        ...(isFinal && { changedAt: now() }),
      });
      return { interaction: answered, message: original };
    },

    authorize(applicationId, token) {
      if (applicationId !== WORLD.bot.id) throw refuse('unknownWebhook');
      const interaction = state.interactionByToken(token);
      if (!interaction || !isTokenAlive(interaction)) throw refuse('invalidWebhookToken');
      if (!interaction.response) throw refuse('unknownWebhook');
      return interaction;
    },

    messageOf,
    edit,
    remove(interaction, messageId) {
      const message = messageOf(interaction, messageId);
      state.removeMessage(message);
      noteChange(interaction, message);
    },

    followUp(interaction, draft) {
      const original = state.message(interaction.originalId ?? '');
      // A follow-up to "thinking…" fills it in, whatever its own flags say (docs: Create Followup Message, 2026-08).
      if (original && original.flags & Loading) return edit(interaction, '@original', draft);
      if (interaction.install === 'user' && interaction.followUpIds.length >= MOST_FOLLOW_UPS)
        throw refuse('mostFollowUps');
      const flags = (draft.body.flags ?? 0) & Ephemeral;
      const { reference: _, ...envelope } = buildEnvelope(interaction, flags);
      const message = messages.create(
        {
          ...envelope,
          type: original ? MessageType.Reply : MessageType.Default,
          metadata: { ...interaction.metadata, ...(original && { original_response_message_id: original.id }) },
          ...(original && { reference: { type: 0, channel_id: original.channelId, message_id: original.id } }),
        },
        { ...draft, mostBytes: interaction.attachmentSizeLimit },
      );
      save({ ...interaction, followUpIds: [...interaction.followUpIds, message.id] });
      return message;
    },

    noteChange: (message) => noteChange(state.interaction(message.metadata?.id ?? ''), message),
  };
}

function isWaiting({ response, failed }: StoredInteraction): boolean {
  return response === undefined && !failed;
}
