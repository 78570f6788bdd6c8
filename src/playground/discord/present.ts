import {
  type APIAttachment,
  type APIEmbed,
  type APIMessage,
  type APIMessageTopLevelComponent,
  type APIUnfurledMediaItem,
  AttachmentFlags,
  ComponentType,
  MessageFlags,
  MessageType,
} from 'discord-api-types/v10';
import { readLink } from './media-links.ts';
import type { StoredAttachment, StoredMessage } from './records.ts';
import { mapMedia, walkComponents } from './rules/walk-components.ts';
import { attachmentPath, type UrlSigner } from './signed-urls.ts';
import type { State } from './state.ts';
import { findUser, WORLD } from './world.ts';

/** The types leave `id` out; Discord answers it. */
type PresentedMedia = APIUnfurledMediaItem & { id: string };

/** Stored things as Discord sends them, every URL freshly signed. */
export interface Presenter {
  message(stored: StoredMessage): APIMessage;
  attachment(stored: StoredAttachment, channelId: string): APIAttachment;
}

export function createPresenter({ state, signer }: { state: Pick<State, 'message'>; signer: UrlSigner }): Presenter {
  function presentAttachment(stored: StoredAttachment, channelId: string): APIAttachment {
    const url = signer.sign(attachmentPath(channelId, stored.id, stored.filename));
    return {
      id: stored.id,
      filename: stored.filename,
      ...(stored.title && { title: stored.title }),
      ...(stored.description && { description: stored.description }),
      size: stored.size,
      url,
      proxy_url: url,
      content_type: stored.contentType,
      ...(stored.width && { width: stored.width, height: stored.height }),
      ...(stored.spoiler && { flags: AttachmentFlags.IsSpoiler }),
    };
  }

  function presentMedia(link: string, { channelId, attachments }: StoredMessage): PresentedMedia {
    const target = readLink(link);
    if (target.kind === 'web') return { id: '0', url: target.url, proxy_url: target.url };
    if (target.kind === 'other') {
      const url = signer.sign(target.path);
      return { id: '0', url, proxy_url: url };
    }
    const attachment = attachments.find(({ id }) => id === target.attachmentId);
    // When the file was removed from the message and its component was not, the URL leads nowhere, as it does in Discord.
    const url = signer.sign(attachmentPath(channelId, target.attachmentId, target.filename));
    return {
      id: target.attachmentId,
      url,
      proxy_url: url,
      ...(attachment && {
        width: attachment.width ?? null,
        height: attachment.height ?? null,
        content_type: attachment.contentType,
        attachment_id: attachment.id,
      }),
    };
  }

  function presentComponents(stored: StoredMessage): APIMessageTopLevelComponent[] {
    const components = mapMedia(stored.components, ({ url }) => presentMedia(url, stored));
    walkComponents(components, (component) => {
      if (component.type !== ComponentType.File) return;
      const attachment = stored.attachments.find(({ id }) => id === component.file.attachment_id);
      component.name = attachment?.filename ?? '';
      component.size = attachment?.size ?? 0;
    });
    return components;
  }

  function presentEmbed(embed: APIEmbed, message: StoredMessage): APIEmbed {
    const picture = (stored: { url: string }) => {
      const { url, proxy_url = url, width, height, content_type } = presentMedia(stored.url, message);
      return { url, proxy_url, ...(width && height && { width, height }), ...(content_type && { content_type }) };
    };
    return {
      ...embed,
      ...(embed.image && { image: picture(embed.image) }),
      ...(embed.thumbnail && { thumbnail: picture(embed.thumbnail) }),
    };
  }

  function presentMessage(stored: StoredMessage, depth = 0): APIMessage {
    const author = findUser(stored.authorId) ?? WORLD.bot;
    const referenced = stored.reference?.message_id ? state.message(stored.reference.message_id) : undefined;
    const refers = stored.type === MessageType.Reply || stored.type === MessageType.ContextMenuCommand;
    return {
      id: stored.id,
      type: stored.type,
      channel_id: stored.channelId,
      author,
      content: stored.content,
      timestamp: new Date(stored.createdAt).toISOString(),
      edited_timestamp: stored.editedAt === undefined ? null : new Date(stored.editedAt).toISOString(),
      tts: false,
      mention_everyone: stored.mentionEveryone,
      mentions: stored.mentions.flatMap((id) => findUser(id) ?? []),
      mention_roles: [],
      attachments: visibleAttachments(stored).map((attachment) => presentAttachment(attachment, stored.channelId)),
      embeds: stored.embeds.map((embed) => presentEmbed(embed, stored)),
      components: presentComponents(stored),
      pinned: false,
      flags: stored.flags,
      ...(stored.nonce !== undefined && { nonce: stored.nonce }),
      ...(author.id === WORLD.bot.id && { application_id: WORLD.bot.id }),
      ...(stored.metadata && { webhook_id: WORLD.bot.id, interaction_metadata: stored.metadata }),
      ...(stored.reference && { message_reference: stored.reference }),
      ...(refers && depth === 0 && { referenced_message: referenced ? presentMessage(referenced, depth + 1) : null }),
    };
  }

  return { message: (stored) => presentMessage(stored), attachment: presentAttachment };
}

/**
 * What `attachments` lists. With Components V2 an attachment shows through a component or not at all; without, one that
 * an embed shows is left out (docs: Message, 2026-08).
 */
function visibleAttachments({ flags, embeds, attachments }: StoredMessage): StoredAttachment[] {
  if (flags & MessageFlags.IsComponentsV2) return [];
  const shown = new Set(
    embeds
      .flatMap(({ image, thumbnail }) => [image, thumbnail])
      .flatMap((picture) => {
        const link = picture && readLink(picture.url);
        return link?.kind === 'own' ? [link.attachmentId] : [];
      }),
  );
  return attachments.filter(({ id }) => !shown.has(id));
}
