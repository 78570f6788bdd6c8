import { AllowedMentionsTypes, InteractionResponseType, MessageFlags } from 'discord-api-types/v10';
import { z } from 'zod';
import { complain, exactText, maybe, snowflake, text } from '../parse.ts';
import { embeds } from './embeds.ts';

// Bodies that make or change a message (docs: Create Message, Edit Message, Execute Webhook, 2026-08).

const attachmentEntry = z.object({
  /** The number of an uploaded `files[n]`, or the id of an attachment the message has. */
  id: z.union([snowflake, z.int().min(0)]).transform(String),
  filename: maybe(exactText(1024)),
  title: maybe(exactText(1024)),
  description: maybe(exactText(1024)),
  is_spoiler: maybe(z.boolean()),
});
export type AttachmentEntry = z.output<typeof attachmentEntry>;

const allowedMentions = z
  .object({
    parse: maybe(z.array(z.enum(AllowedMentionsTypes))),
    users: maybe(z.array(snowflake).max(100)),
    roles: maybe(z.array(snowflake).max(100)),
    replied_user: maybe(z.boolean()),
  })
  .superRefine(({ parse = [], users = [], roles = [] }, context) => {
    for (const [kind, ids] of [
      [AllowedMentionsTypes.User, users],
      [AllowedMentionsTypes.Role, roles],
    ] as const) {
      if (ids.length > 0 && parse.includes(kind)) {
        complain(
          context,
          ['parse'],
          'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
          `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
        );
      }
    }
  });
export type AllowedMentions = z.output<typeof allowedMentions>;

/** Absent keeps what an edited message has; null and empty clear it. */
export const messageBody = z.object({
  content: text(2000).nullish(),
  embeds: embeds.nullish(),
  /** What they may be depends on the flags, so they are parsed with the message. */
  components: z.array(z.unknown()).nullish(),
  attachments: z.array(attachmentEntry).max(10).nullish(),
  flags: maybe(z.int().min(0)),
  allowed_mentions: maybe(allowedMentions),
  tts: maybe(z.boolean()),
  // There are no stickers and no polls here.
  sticker_ids: z.array(snowflake).max(0).nullish(),
  poll: z.null().optional(),
});
export type MessageBody = z.output<typeof messageBody>;

export const channelMessageBody = messageBody.extend({
  nonce: maybe(z.union([exactText(25), z.int()]).transform(String)),
  enforce_nonce: maybe(z.boolean()),
  message_reference: maybe(
    z.object({
      type: maybe(z.literal(0)),
      message_id: snowflake,
      channel_id: maybe(snowflake),
      guild_id: maybe(snowflake),
      fail_if_not_exists: maybe(z.boolean()),
    }),
  ),
});

const { Ephemeral } = MessageFlags;

/** What the first response to an interaction can be (docs: Receiving and Responding, Interaction Callback Type, 2026-08). */
export const callbackBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal(InteractionResponseType.Pong) }),
  z.object({ type: z.literal(InteractionResponseType.ChannelMessageWithSource), data: messageBody }),
  z.object({
    type: z.literal(InteractionResponseType.DeferredChannelMessageWithSource),
    data: maybe(
      z.object({ flags: maybe(z.literal([0, Ephemeral], 'Only the EPHEMERAL flag may be set when deferring.')) }),
    ),
  }),
  z.object({ type: z.literal(InteractionResponseType.DeferredMessageUpdate) }),
  z.object({ type: z.literal(InteractionResponseType.UpdateMessage), data: messageBody.prefault({}) }),
  z.object({
    type: z.literal(InteractionResponseType.ApplicationCommandAutocompleteResult),
    data: z.object({
      choices: z
        .array(
          z.object({
            name: text(100, 1),
            name_localizations: z.record(z.string(), text(100, 1)).nullish(),
            value: z.union([exactText(100), z.number()]),
          }),
        )
        .max(25),
    }),
  }),
  z.object({ type: z.literal(InteractionResponseType.Modal), data: z.unknown() }),
]);
export type CallbackBody = z.output<typeof callbackBody>;
