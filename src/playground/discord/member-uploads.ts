import type { APIAttachment } from 'discord-api-types/v10';
import type { LocalFile } from './contract.ts';
import type { Files } from './files.ts';
import type { Presenter } from './present.ts';
import type { Uploads } from './uploads.ts';

/** Files a member hands in with a command or a form, while the interaction is being put together. */
export interface MemberUploads {
  /** Takes the file in and returns its attachment id. */
  add(file: LocalFile): string;
  readonly ids: readonly string[];
  /** For `data.resolved.attachments`. */
  readonly resolved: Readonly<Record<string, APIAttachment>>;
}

interface MemberUploadsOptions {
  files: Files;
  uploads: Uploads;
  presenter: Presenter;
  channelId: string;
}

export function createMemberUploads({ files, uploads, presenter, channelId }: MemberUploadsOptions): MemberUploads {
  const resolved: Record<string, APIAttachment> = {};
  const ids: string[] = [];
  return {
    resolved,
    ids,
    add({ file, name, contentType = '' }) {
      const described = uploads.describe([{ index: 0, name, contentType, bytes: file }], Number.POSITIVE_INFINITY);
      const attachment = described.get(0);
      if (!attachment) throw new Error('a described file has an attachment');
      files.put(attachment.id, file);
      ids.push(attachment.id);
      resolved[attachment.id] = { ...presenter.attachment(attachment, channelId), ephemeral: true };
      return attachment.id;
    },
  };
}
