import type {
  APIApplicationCommand,
  APIApplicationCommandOptionChoice,
  APIEmbed,
  APIInteraction,
  APIMessageInteractionMetadata,
  APIMessageReference,
  APIMessageTopLevelComponent,
  APIModalInteractionResponseCallbackData,
} from 'discord-api-types/v10';
import { z } from 'zod';

// What is kept, in memory and on disk. Discord's own structures were checked on their way in and are trusted here.

const storedAttachment = z.object({
  id: z.string(),
  filename: z.string(),
  size: z.int(),
  contentType: z.string(),
  width: z.int().optional(),
  height: z.int().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  spoiler: z.boolean().optional(),
});
export type StoredAttachment = z.output<typeof storedAttachment>;

export const storedMessage = z.object({
  id: z.string(),
  /** Counts its edits. */
  revision: z.int(),
  channelId: z.string(),
  authorId: z.string(),
  type: z.int(),
  flags: z.int(),
  content: z.string(),
  embeds: z.array(z.custom<APIEmbed>()),
  /** Media that belong to an attachment of the message carry its id; their URLs are made when it is shown. */
  components: z.array(z.custom<APIMessageTopLevelComponent>()),
  attachments: z.array(storedAttachment),
  mentions: z.array(z.string()),
  mentionEveryone: z.boolean(),
  createdAt: z.number(),
  editedAt: z.number().optional(),
  nonce: z.string().optional(),
  reference: z.custom<APIMessageReference>().optional(),
  metadata: z.custom<APIMessageInteractionMetadata>().optional(),
  /** Ephemeral: only this member sees it. */
  forUserId: z.string().optional(),
  /** Taken off that member's screen. */
  dismissed: z.boolean().optional(),
});
export type StoredMessage = z.output<typeof storedMessage>;

const storedResponse = z.discriminatedUnion('type', [
  z.object({ type: z.literal(['message', 'thinking', 'update-later', 'update']) }),
  z.object({ type: z.literal('modal'), modal: z.custom<APIModalInteractionResponseCallbackData>() }),
  z.object({ type: z.literal('choices'), choices: z.array(z.custom<APIApplicationCommandOptionChoice>()) }),
]);
export type StoredResponse = z.output<typeof storedResponse>;

export const storedInteraction = z.object({
  id: z.string(),
  token: z.string(),
  kind: z.enum(['command', 'component', 'modal', 'autocomplete']),
  name: z.string(),
  userId: z.string(),
  channelId: z.string(),
  createdAt: z.number(),
  payload: z.custom<APIInteraction>(),
  /** What the messages that answer it say about it. */
  metadata: z.custom<APIMessageInteractionMetadata>(),
  install: z.enum(['guild', 'user']),
  attachmentSizeLimit: z.int(),
  /** The member's uploads: files that live as long as this record. */
  uploadIds: z.array(z.string()),
  /** The message a component or a modal opened by one belongs to. */
  sourceMessageId: z.string().optional(),
  /** Nothing came within the three seconds. */
  failed: z.boolean(),
  response: storedResponse.optional(),
  acknowledgedAt: z.number().optional(),
  /**
   * The last change of @original by this interaction, or when modal or choices arrived; of a press that waits for a
   * change of its message, the first by anyone that is no progress.
   */
  changedAt: z.number().optional(),
  /** @original, which is the source message after `update` and `update-later`. */
  originalId: z.string().optional(),
  followUpIds: z.array(z.string()),
});
export type StoredInteraction = z.output<typeof storedInteraction>;

export const storedChannelState = z.object({
  id: z.string(),
  deleted: z.boolean().optional(),
  archived: z.boolean().optional(),
  locked: z.boolean().optional(),
  /** Decimal bit set. */
  botPermissions: z.string().optional(),
});
export type StoredChannelState = z.output<typeof storedChannelState>;

export const storedCommand = z.object({ scope: z.string(), command: z.custom<APIApplicationCommand>() });
export type StoredCommand = z.output<typeof storedCommand>;

/** Drawn once per folder, so that URLs and the bot's token stay good. */
export const storedSecrets = z.object({ token: z.string(), signingKey: z.string(), port: z.int().optional() });
export type StoredSecrets = z.output<typeof storedSecrets>;
