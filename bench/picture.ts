import { randomBytes } from 'node:crypto';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The last chunk: no bytes, its name, its checksum. */
const END = Buffer.from('\0\0\0\0IEND\xae\x42\x60\x82', 'latin1');

/** So many bytes that begin and end like a PNG of 1024×1024 pixels; between is noise, as compressed pixels are. */
export function buildPictureBytes(byteLength: number): Buffer {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write('IHDR', 4, 'latin1');
  header.writeUInt32BE(1024, 8);
  header.writeUInt32BE(1024, 12);
  header.set([8, 2, 0, 0, 0], 16);
  return Buffer.concat([
    SIGNATURE,
    header,
    randomBytes(byteLength - SIGNATURE.length - header.length - END.length),
    END,
  ]);
}
