import type { Picture } from '../generation/provider.ts';

/** Encoders may leave a few bytes behind the end of a picture. */
const TAIL_BYTES = 1024;
/** The last chunk of every PNG: its name, and the checksum of nothing (PNG specification, 11.2.5, read 2026-11). */
const IEND = Buffer.from('IEND\xae\x42\x60\x82', 'latin1');
/** The marker EOI (ITU-T T.81, annex B). */
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Whether the file is there to its end, without a pixel decoded. Of a GIF it is not known, and taken for granted. */
export function isWhole({ bytes, mediaType }: Picture): boolean {
  switch (mediaType) {
    case 'image/png':
      return bytes.subarray(-TAIL_BYTES).includes(IEND);
    case 'image/jpeg':
      return bytes.subarray(-TAIL_BYTES).includes(END_OF_IMAGE);
    case 'image/webp':
      // Google, "WebP Container Specification": the size counts from byte 8 on.
      return bytes.readUInt32LE(4) + 8 <= bytes.byteLength;
    case 'image/gif':
      return true;
  }
}
