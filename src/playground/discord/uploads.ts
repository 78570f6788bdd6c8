import { sniffMediaType } from '../../pixels/media-type.ts';
import { readPictureSize } from '../../pixels/picture-size.ts';
import type { Limits } from './contract.ts';
import type { Files } from './files.ts';
import { sanitizeFilename } from './media-links.ts';
import type { StoredAttachment } from './records.ts';
import { refuse } from './refusal.ts';

/** A file as it arrived. */
export interface UploadedFile {
  /** The n of `files[n]`. */
  index: number;
  name: string;
  /** As the sender declared it; empty when it did not. */
  contentType: string;
  bytes: Uint8Array;
}

/** Takes files in: gives them ids, and keeps their bytes once the message they belong to is accepted. */
export interface Uploads {
  /** Throws a `Refusal` when one is larger than `mostBytes`. */
  describe(files: readonly UploadedFile[], mostBytes?: number): Map<number, StoredAttachment>;
  /** Keeps the bytes of those that made it into the message. */
  keep(
    files: readonly UploadedFile[],
    described: ReadonlyMap<number, StoredAttachment>,
    accepted: readonly StoredAttachment[],
  ): void;
}

interface UploadsOptions {
  files: Files;
  nextId: () => string;
  limits: Limits;
  keepFiles: boolean;
}

export function createUploads({ files, nextId, limits, keepFiles }: UploadsOptions): Uploads {
  return {
    describe(uploads, mostBytes = limits.attachmentBytes) {
      const attachments = new Map<number, StoredAttachment>();
      for (const { index, name, contentType, bytes } of uploads) {
        if (bytes.byteLength > mostBytes) throw refuse('fileTooLarge');
        const size = readPictureSize(bytes);
        attachments.set(index, {
          id: nextId(),
          filename: sanitizeFilename(name),
          size: bytes.byteLength,
          contentType: chooseContentType(name, contentType, bytes),
          ...(size && { width: size.width, height: size.height }),
        });
      }
      return attachments;
    },
    keep(uploads, described, accepted) {
      if (!keepFiles) return;
      for (const { index, bytes } of uploads) {
        const id = described.get(index)?.id;
        if (id !== undefined && accepted.some((attachment) => attachment.id === id)) files.put(id, bytes);
      }
    },
  };
}

const TYPES_BY_EXTENSION: Readonly<Record<string, string>> = {
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
};

/** The first bytes know best, then the sender, then the name. */
export function chooseContentType(name: string, declared: string, bytes: Uint8Array): string {
  const guessed = TYPES_BY_EXTENSION[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  return sniffMediaType(bytes) ?? (declared === '' || declared === 'application/octet-stream' ? guessed : declared);
}
