import { readPictureSize } from '../pixels/picture-size.ts';
import { readInitImage } from '../pixels/read-init-image.ts';
import type { Store } from '../store/open-store.ts';
import type { Picture } from './provider.ts';
import type { Generation } from './record.ts';
import type { ImageSource } from './request.ts';

/** Reads the picture a request starts from; throws `InvalidInputError` when it is gone. */
export type ReadSource = (source: ImageSource, signal: AbortSignal) => Promise<Buffer>;

interface StartDependencies {
  readSource: ReadSource;
  store: Pick<Store, 'images'>;
  signal: AbortSignal;
}

/** The decoded init image (and mask) of a request, from the store or, the first time, from where the member has it. */
export async function readStart({ id, request }: Generation, { store, readSource, signal }: StartDependencies) {
  if (request.initImage === undefined) return undefined;
  const input = await keepStart(id, 'input', request.initImage, { store, readSource, signal });
  const { picture, size } = await readInitImage(input);
  const mask =
    request.mask === undefined ? undefined : await keepStart(id, 'mask', request.mask, { store, readSource, signal });
  const maskPicture: Picture | undefined = mask === undefined ? undefined : { bytes: mask, mediaType: 'image/png' };
  return { picture, size, mask: maskPicture };
}

/** Bytes of a start picture, kept in the store so that a later run needs nobody's link. */
export async function keepStart(
  id: string,
  role: 'input' | 'mask',
  source: ImageSource,
  { store, readSource, signal }: StartDependencies,
): Promise<Buffer> {
  const [stored] = await store.images.read(id, role);
  if (stored !== undefined) return stored.bytes;
  const bytes = await readSource(source, signal);
  const size = readPictureSize(bytes) ?? { width: 0, height: 0 };
  await store.images.keep(id, role, { index: 0, mediaType: 'application/octet-stream', ...size, bytes });
  return bytes;
}
