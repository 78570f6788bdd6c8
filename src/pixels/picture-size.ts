import type { Size } from '../generation/request.ts';
import { sniffMediaType } from './media-type.ts';

/**
 * Width and height from the file's header, no pixel decoded: as stored, before any EXIF orientation.
 * `undefined` when the bytes are not one of the four media types or end before the size.
 */
export function readPictureSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = readHeader(bytes, view);
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}

function readHeader(bytes: Uint8Array, view: DataView): Size | undefined {
  switch (sniffMediaType(bytes)) {
    case 'image/png':
      return readPng(view);
    case 'image/gif':
      return view.byteLength < 10 ? undefined : { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case 'image/webp':
      return readWebp(view);
    case 'image/jpeg':
      return readJpeg(view);
    case undefined:
      return undefined;
  }
}

function readPng(view: DataView): Size | undefined {
  // The first chunk is always 'IHDR'.
  if (view.byteLength < 24 || view.getUint32(12) !== 0x49484452) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

// Google, "WebP Container Specification" and "WebP Lossless Bitstream Specification"; RFC 6386 section 9.1 (read 2026-11).
function readWebp(view: DataView): Size | undefined {
  if (view.byteLength < 25) return undefined;
  const chunk = view.getUint32(12);
  if (chunk !== 0x5650384c && view.byteLength < 30) return undefined;
  switch (chunk) {
    case 0x56503820: // 'VP8 '
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      // 'VP8L': 14 bits each, less one, after the signature byte
      const packed = view.getUint32(21, true);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: // 'VP8X': 24 bits each, less one
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
    default:
      return undefined;
  }
}

// ITU-T T.81 annex B: markers, each with its length, up to the frame header.
function readJpeg(view: DataView): Size | undefined {
  let offset = 2;
  while (offset + 9 <= view.byteLength) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1;
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      offset += 2;
    } else if (isFrameHeader(marker)) {
      return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
    } else {
      offset += 2 + view.getUint16(offset + 2);
    }
  }
  return undefined;
}

/** SOF0–SOF15 without DHT, JPG and DAC, which share the range. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
