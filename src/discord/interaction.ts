import { ApplicationCommandOptionType, ComponentType, InteractionType, MessageFlags } from 'discord-api-types/v10';
import { z } from 'zod';
import { isAtDiscord } from './file-hosts.ts';

const snowflake = z.string().regex(/^\d{1,20}$/);
const bitSet = z.string().regex(/^\d{1,30}$/);

const attachment = z.object({
  id: snowflake,
  url: z.url(),
  filename: z.string(),
  size: z.number(),
  content_type: z.string().nullish(),
  width: z.number().nullish(),
  height: z.number().nullish(),
});

const user = z.object({ id: snowflake });

/** A picture shown from somewhere; Discord shows those of other sites through its proxy. */
const media = z.looseObject({ url: z.string(), proxy_url: z.string().optional() });
type Media = z.output<typeof media>;
const embedMedia = media.partial().optional();

/** Any component of any message: only what leads to pictures is read. */
const component = z.looseObject({
  type: z.number(),
  items: z.array(z.looseObject({ media })).optional(),
  get components() {
    return z.array(component).optional();
  },
});
type AnyComponent = z.output<typeof component>;

/** What a message shows. */
const contents = z.looseObject({
  attachments: z.array(attachment).default([]),
  embeds: z.array(z.looseObject({ image: embedMedia, thumbnail: embedMedia })).default([]),
  components: z.array(component).default([]),
});

const message = contents.extend({
  id: snowflake,
  channel_id: snowflake,
  flags: z.number().optional(),
  /** A forwarded message, as it was then. */
  message_snapshots: z.array(z.looseObject({ message: contents })).default([]),
});

const shared = z.object({
  id: snowflake,
  application_id: snowflake,
  token: z.string().min(1),
  channel_id: snowflake.optional(),
  channel: z.looseObject({ id: snowflake, nsfw: z.boolean().optional() }).optional(),
  guild_id: snowflake.optional(),
  member: z.looseObject({ user, permissions: bitSet }).optional(),
  user: user.optional(),
  app_permissions: bitSet.default('0'),
  locale: z.string().default('en-US'),
  // Discord's limit for everyone, in bytes. Source: Discord docs, API Reference, Uploading Files, 2025-01.
  attachment_size_limit: z.number().default(10 * 1024 * 1024),
});

const option = z.looseObject({
  name: z.string(),
  type: z.number(),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

const resolved = z
  .looseObject({
    attachments: z.record(z.string(), attachment).optional(),
    messages: z.record(z.string(), message).optional(),
  })
  .optional();

const command = shared.extend({
  type: z.union([
    z.literal(InteractionType.ApplicationCommand),
    z.literal(InteractionType.ApplicationCommandAutocomplete),
  ]),
  data: z.looseObject({
    name: z.string(),
    type: z.number(),
    options: z.array(option).default([]),
    target_id: snowflake.optional(),
    resolved,
  }),
});

const press = shared.extend({
  type: z.literal(InteractionType.MessageComponent),
  message,
  data: z.looseObject({ custom_id: z.string() }),
});

/** A modal's fields stand in labels, one each; what is in them differs by kind. */
const field = z.looseObject({
  custom_id: z.string(),
  value: z.union([z.string(), z.boolean()]).nullish(),
  values: z.array(z.string()).optional(),
});

const modalSubmit = shared.extend({
  type: z.literal(InteractionType.ModalSubmit),
  message: message.optional(),
  data: z.looseObject({
    custom_id: z.string(),
    components: z.array(z.looseObject({ component: field.optional() })),
  }),
});

const interaction = z.discriminatedUnion('type', [command, press, modalSubmit]);

/** A file a member gave, still at Discord. Its name, type and size are Discord's word, not the bytes'. */
export interface GivenFile {
  readonly url: string;
  readonly name: string;
  readonly byteLength: number;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
}

/** A message as far as its pictures go. */
export interface SourceMessage {
  readonly id: string;
  readonly channelId: string;
  /** Only its addressee sees it, and no bot token can fetch it. */
  readonly ephemeral: boolean;
  /** Fresh URLs of its pictures, in the order they are shown; at Discord, unless it keeps no copy. */
  readonly pictures: readonly string[];
}

/** Who did something, and where: what every handler gets. */
export interface Invocation {
  readonly id: string;
  readonly applicationId: string;
  /** Good for 15 minutes; a credential. */
  readonly token: string;
  readonly userId: string;
  readonly guildId?: string;
  readonly channelId: string;
  readonly ageRestricted: boolean;
  readonly locale: string;
  /** Decimal bit sets. */
  readonly appPermissions: string;
  readonly memberPermissions: string;
  /** Bytes a file of the answer may have. */
  readonly attachmentSizeLimit: number;
}

export type OptionValue = string | number | boolean | GivenFile;

export type ParsedInteraction =
  | {
      kind: 'command';
      invocation: Invocation;
      name: string;
      options: Readonly<Record<string, OptionValue>>;
      target?: SourceMessage;
    }
  /** Nothing of ours completes its options. */
  | { kind: 'autocomplete'; invocation: Invocation; name: string }
  | { kind: 'press'; invocation: Invocation; customId: string; message: SourceMessage }
  | {
      kind: 'modal';
      invocation: Invocation;
      customId: string;
      fields: Readonly<Record<string, string | boolean | readonly string[]>>;
      message?: SourceMessage;
    };

const typed = z.looseObject({ type: z.number() });

/**
 * Reads a raw `INTERACTION_CREATE`, however it arrived. `undefined`: not a kind of interaction we answer. Throws
 * `ZodError`, and `TypeError` where nobody is named who did it or no channel.
 */
export function parseInteraction(raw: unknown): ParsedInteraction | undefined {
  const { type } = typed.parse(raw);
  if (type === InteractionType.Ping) return undefined;
  const parsed = interaction.parse(raw);
  const invocation = invocationOf(parsed);
  if (parsed.type === InteractionType.MessageComponent) {
    const { custom_id: customId } = parsed.data;
    return { kind: 'press', invocation, customId, message: sourceMessage(parsed.message) };
  }
  if (parsed.type === InteractionType.ModalSubmit) {
    const { custom_id: customId, components } = parsed.data;
    const fields: Record<string, string | boolean | readonly string[]> = {};
    for (const { component: input } of components) {
      if (input !== undefined) fields[input.custom_id] = input.values ?? input.value ?? '';
    }
    return {
      kind: 'modal',
      invocation,
      customId,
      fields,
      message: parsed.message === undefined ? undefined : sourceMessage(parsed.message),
    };
  }
  const { name, options: given, target_id: targetId, resolved: found } = parsed.data;
  if (parsed.type === InteractionType.ApplicationCommandAutocomplete) return { kind: 'autocomplete', invocation, name };
  const files = givenFiles(found?.attachments);
  const options: Record<string, OptionValue> = {};
  for (const { name: optionName, type: optionType, value } of given) {
    // Only there: any other text may read like an id, or like a property.
    const file = optionType === ApplicationCommandOptionType.Attachment ? files[String(value)] : undefined;
    if (value !== undefined) options[optionName] = file ?? value;
  }
  const target = targetId === undefined ? undefined : found?.messages?.[targetId];
  return {
    kind: 'command',
    invocation,
    name,
    options,
    target: target === undefined ? undefined : sourceMessage(target),
  };
}

function invocationOf(parsed: z.output<typeof shared>): Invocation {
  const userId = parsed.member?.user.id ?? parsed.user?.id;
  const channelId = parsed.channel_id ?? parsed.channel?.id;
  if (userId === undefined || channelId === undefined) throw new TypeError('an interaction without user or channel');
  return {
    id: parsed.id,
    applicationId: parsed.application_id,
    token: parsed.token,
    userId,
    channelId,
    // Unknown counts as not age-restricted: the safe side.
    ageRestricted: parsed.channel?.nsfw === true,
    locale: parsed.locale,
    appPermissions: parsed.app_permissions,
    memberPermissions: parsed.member?.permissions ?? '0',
    attachmentSizeLimit: parsed.attachment_size_limit,
    guildId: parsed.guild_id,
  };
}

function givenFiles(
  attachments: Readonly<Record<string, z.output<typeof attachment>>> | undefined,
): Record<string, GivenFile> {
  return Object.fromEntries(
    Object.entries(attachments ?? {}).map(([id, file]) => [
      id,
      {
        url: file.url,
        name: file.filename,
        byteLength: file.size,
        contentType: file.content_type ?? undefined,
        width: file.width ?? undefined,
        height: file.height ?? undefined,
      },
    ]),
  );
}

/** Throws `ZodError` for what is no message. */
export function sourceMessage(raw: unknown): SourceMessage {
  const parsed = message.parse(raw);
  const forwarded = parsed.message_snapshots.flatMap((snapshot) => picturesIn(snapshot.message));
  const own = picturesIn(parsed);
  return {
    id: parsed.id,
    channelId: parsed.channel_id,
    ephemeral: ((parsed.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
    pictures: own.length > 0 ? own : forwarded,
  };
}

/** Pictures stand in galleries on V2 messages, else among the attachments, else in embeds. */
function picturesIn({ components, attachments, embeds }: z.output<typeof contents>): string[] {
  const inGalleries = components.flatMap(galleryUrls);
  const attached = attachments.filter(isPicture).map(({ url }) => url);
  const inEmbeds = embeds.flatMap(({ image, thumbnail }) => {
    const { url, proxy_url } = image ?? thumbnail ?? {};
    return url === undefined ? [] : [addressOf({ url, proxy_url })];
  });
  return [inGalleries, attached, inEmbeds].find((urls) => urls.length > 0) ?? [];
}

/** Where Discord has it: the file itself before its proxy, which may have made it smaller. */
function addressOf({ url, proxy_url: proxied }: Media): string {
  return isAtDiscord(url) ? url : (proxied ?? url);
}

function galleryUrls(part: AnyComponent): string[] {
  if (part.type === ComponentType.MediaGallery) return (part.items ?? []).map((item) => addressOf(item.media));
  return (part.components ?? []).flatMap(galleryUrls);
}

function isPicture({ content_type: contentType, width }: z.output<typeof attachment>): boolean {
  return contentType?.startsWith('image/') ?? width != null;
}
