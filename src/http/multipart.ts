import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

export interface FormFile {
  /** The form field. */
  readonly field: string;
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * A form as multipart/form-data (RFC 7578) in the pieces it is made of: files go to the socket from where they are,
 * without being copied together. It can be sent more than once.
 */
export class Multipart {
  readonly contentType: string;
  readonly byteLength: number;
  readonly #pieces: readonly Uint8Array[];

  constructor(fields: Readonly<Record<string, string>>, files: readonly FormFile[]) {
    const boundary = `easel-${randomBytes(16).toString('hex')}`;
    const head = (disposition: string, mediaType?: string) =>
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${
          mediaType === undefined ? '' : `Content-Type: ${mediaType}\r\n`
        }\r\n`,
      );
    const lineEnd = Buffer.from('\r\n');
    this.#pieces = [
      ...Object.entries(fields).flatMap(([name, value]) => [
        head(`name="${escapeName(name)}"`),
        Buffer.from(value),
        lineEnd,
      ]),
      ...files.flatMap(({ field, filename, mediaType, bytes }) => [
        head(`name="${escapeName(field)}"; filename="${escapeName(filename)}"`, mediaType),
        bytes,
        lineEnd,
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ];
    this.contentType = `multipart/form-data; boundary=${boundary}`;
    this.byteLength = this.#pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  stream(): Readable {
    return Readable.from(this.#pieces, { objectMode: true });
  }
}

/** As HTML's encoding of forms does it, which servers expect. */
function escapeName(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
