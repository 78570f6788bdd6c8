import type { MediaType } from '../generation/provider.ts';

/** What the first bytes say this file is; `undefined` for anything that is not one of the four. */
export function sniffMediaType(bytes: Uint8Array): MediaType | undefined {
  if (startsWith(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return 'image/jpeg';
  if (startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP')) return 'image/webp';
  if (startsWith(bytes, 0, 'GIF87a') || startsWith(bytes, 0, 'GIF89a')) return 'image/gif';
  return undefined;
}

const EXTENSIONS = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp', 'image/gif': 'gif' } as const;

/** The file name extension, without a dot. */
export function extensionOf(mediaType: MediaType): (typeof EXTENSIONS)[MediaType] {
  return EXTENSIONS[mediaType];
}

function startsWith(bytes: Uint8Array, offset: number, latin1: string): boolean {
  for (let index = 0; index < latin1.length; index += 1) {
    if (bytes[offset + index] !== latin1.charCodeAt(index)) return false;
  }
  return true;
}
