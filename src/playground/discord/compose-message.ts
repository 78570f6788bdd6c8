import {
  AllowedMentionsTypes,
  type APIEmbed,
  type APIMessageTopLevelComponent,
  ComponentType,
  EmbedType,
  MessageFlags,
} from 'discord-api-types/v10';
import { z } from 'zod';
import { readLink, sanitizeFilename, storeLink } from './media-links.ts';
import { parseBody } from './parse.ts';
import type { StoredAttachment, StoredMessage } from './records.ts';
import { type Complaint, refuse, refuseBody } from './refusal.ts';
import type { AllowedMentions, AttachmentEntry, MessageBody } from './rules/message-body.ts';
import { checkTextBytes, legacyComponents, modernComponents } from './rules/message-components.ts';
import { mapMedia, numberComponents, walkComponents } from './rules/walk-components.ts';
import { findUser } from './world.ts';

const { IsComponentsV2, IsVoiceMessage, Loading, SuppressEmbeds, SuppressNotifications } = MessageFlags;
const MOST_ATTACHMENTS = 10;

/** The part of a message its sender decides. */
export type MessageParts = Pick<
  StoredMessage,
  'content' | 'embeds' | 'components' | 'attachments' | 'flags' | 'mentions' | 'mentionEveryone'
>;

export interface Composition {
  /** The message to edit; absent for a new one. */
  current?: MessageParts;
  body: MessageBody;
  /** By the n of `files[n]`. */
  uploads: ReadonlyMap<number, StoredAttachment>;
  /** An edit that lists no attachments keeps those there are, except as an interaction's UPDATE_MESSAGE. */
  keepsUnlisted: boolean;
  /** Whom a message pings that does not say. */
  defaultMentions: readonly AllowedMentionsTypes[];
  /** Where the message sits in the request, for complaints: `['data']` in a callback. */
  path: readonly string[];
  /** Of the CDN whose URLs are our own. */
  origin: string;
}

const EMPTY: MessageParts = {
  content: '',
  embeds: [],
  components: [],
  attachments: [],
  flags: 0,
  mentions: [],
  mentionEveryone: false,
};

/** The message as it will be; throws a `Refusal` where Discord would refuse it. */
export function composeMessage(composition: Composition): MessageParts {
  const { current = EMPTY, body, path } = composition;
  const flags = composeFlags(composition);
  const isV2 = (flags & IsComponentsV2) !== 0;
  const content = body.content === undefined ? current.content : (body.content ?? '');
  const attachments = composeAttachments(composition);
  const embeds = body.embeds === undefined ? current.embeds : linkEmbeds(body.embeds ?? [], attachments, composition);
  const components =
    body.components === undefined
      ? current.components
      : parseComponents(body.components ?? [], isV2, attachments, composition);

  if (isV2) refuseLegacyFields({ content, embeds }, path);
  checkTextBytes(components);
  const visible = isV2 ? components : [...components, ...embeds, ...attachments];
  if (content === '' && visible.length === 0) throw refuse('emptyMessage');

  return {
    content,
    embeds,
    components,
    attachments,
    flags,
    ...findMentions(content, components, body.allowed_mentions, composition),
  };
}

function composeFlags({ current, body, path }: Composition): number {
  if (!current) return (body.flags ?? 0) & (SuppressEmbeds | SuppressNotifications | IsVoiceMessage | IsComponentsV2);
  // A message that was loading is now filled in.
  const kept = current.flags & ~Loading;
  if (body.flags === undefined) return kept;
  if (kept & IsComponentsV2 && !(body.flags & IsComponentsV2)) {
    throw refuseBody([
      {
        path: [...path, 'flags'],
        code: 'MESSAGE_COMPONENTS_V2_FLAG_REMOVED',
        message: 'The IS_COMPONENTS_V2 flag cannot be removed',
      },
    ]);
  }
  return (kept & ~SuppressEmbeds) | (body.flags & (SuppressEmbeds | IsComponentsV2));
}

/** docs: API Reference, Editing Message Attachments (2026-08). */
function composeAttachments({ current, body, uploads, keepsUnlisted, path }: Composition): StoredAttachment[] {
  const complaints: Complaint[] = [];
  const old = current?.attachments ?? [];
  const listed = (body.attachments ?? []).flatMap((entry, index) => {
    const attachment = old.find(({ id }) => id === entry.id) ?? uploads.get(Number(entry.id));
    if (attachment) return [describeAttachment(attachment, entry)];
    complaints.push({
      path: [...path, 'attachments', index, 'id'],
      code: 'ATTACHMENT_NOT_FOUND',
      message: 'No file and no attachment has this id',
    });
    return [];
  });
  // On a new message an entry only describes its file; on an edit the list is what stays and what comes.
  const unlisted =
    current && body.attachments
      ? []
      : [...uploads.values()].filter(({ id }) => !listed.some((attachment) => attachment.id === id));
  const kept = !body.attachments && keepsUnlisted ? old : [];
  const attachments = [...kept, ...listed, ...unlisted];
  if (attachments.length > MOST_ATTACHMENTS) {
    complaints.push({
      path: [...path, 'attachments'],
      code: 'BASE_TYPE_BAD_LENGTH',
      message: `Must be ${MOST_ATTACHMENTS} or fewer in length.`,
    });
  }
  if (complaints.length > 0) throw refuseBody(complaints);
  return attachments;
}

function describeAttachment(
  attachment: StoredAttachment,
  { filename, title, description, is_spoiler }: AttachmentEntry,
): StoredAttachment {
  return {
    ...attachment,
    ...(filename !== undefined && { filename: sanitizeFilename(filename) }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(is_spoiler !== undefined && { spoiler: is_spoiler }),
  };
}

function parseComponents(
  components: unknown[],
  isV2: boolean,
  attachments: StoredAttachment[],
  { path, origin }: Composition,
): APIMessageTopLevelComponent[] {
  const schema = isV2 ? modernComponents : legacyComponents;
  const parsed = parseBody(z.object({ components: schema }), { components }, path);
  return mapMedia(numberComponents(parsed.components), ({ url }, at) => {
    const link = storeLink(url, attachments, origin);
    // A File shows an upload of its own message; pictures may come from elsewhere.
    const isForeignFile = at.at(-1) === 'file' && link !== undefined && readLink(link).kind !== 'own';
    if (link === undefined || isForeignFile) throw refuseMissingAttachment([...path, 'components', ...at, 'url']);
    return { url: link };
  });
}

function linkEmbeds(embeds: APIEmbed[], attachments: StoredAttachment[], { path, origin }: Composition): APIEmbed[] {
  return embeds.map((embed, index) => {
    const picture = (field: 'image' | 'thumbnail') => {
      const url = embed[field]?.url;
      if (url === undefined) return {};
      const link = storeLink(url, attachments, origin);
      if (link === undefined) throw refuseMissingAttachment([...path, 'embeds', index, field, 'url']);
      return { [field]: { url: link } };
    };
    return { ...embed, type: EmbedType.Rich, ...picture('image'), ...picture('thumbnail') };
  });
}

function refuseMissingAttachment(path: (string | number)[]) {
  const code = 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND';
  return refuseBody([{ path, code, message: 'The specified attachment could not be found' }]);
}

function refuseLegacyFields(
  { content, embeds }: Pick<MessageParts, 'content' | 'embeds'>,
  path: readonly string[],
): void {
  const code = 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2';
  const complaints: Complaint[] = [];
  if (content !== '')
    complaints.push({
      path: [...path, 'content'],
      code,
      message: 'The content field cannot be used when using MessageFlags.IS_COMPONENTS_V2',
    });
  if (embeds.length > 0)
    complaints.push({
      path: [...path, 'embeds'],
      code,
      message: 'The embeds field cannot be used when using MessageFlags.IS_COMPONENTS_V2',
    });
  if (complaints.length > 0) throw refuseBody(complaints);
}

function findMentions(
  content: string,
  components: readonly APIMessageTopLevelComponent[],
  allowed: AllowedMentions | undefined,
  { defaultMentions }: Composition,
): Pick<MessageParts, 'mentions' | 'mentionEveryone'> {
  const texts = [content];
  walkComponents(components, (component) => {
    if (component.type === ComponentType.TextDisplay) texts.push(component.content);
  });
  const text = texts.join('\n');
  const parse = allowed ? (allowed.parse ?? []) : defaultMentions;
  const named = [...text.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id);
  const mentions = named.filter(
    (id) => findUser(id) && (parse.includes(AllowedMentionsTypes.User) || allowed?.users?.includes(id)),
  );
  return {
    mentions: [...new Set(mentions)],
    mentionEveryone: parse.includes(AllowedMentionsTypes.Everyone) && /@(everyone|here)\b/.test(text),
  };
}
