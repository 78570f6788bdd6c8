import { readPictureSize } from '../pixels/picture-size.ts';
import { readInitImage } from '../pixels/read-init-image.ts';
import type { Store } from '../store/open-store.ts';
import type { Picture } from './provider.ts';
import type { Generation } from './record.ts';
import type { PictureAddress } from './request.ts';

/** Fetches the picture a request starts from; throws `InvalidInputError` when it is gone. */
export type FetchPicture = (address: PictureAddress, signal: AbortSignal) => Promise<Buffer>;

interface InitImageDependencies {
  fetchPicture: FetchPicture;
  store: Pick<Store, 'images'>;
  signal: AbortSignal;
}

/** The decoded init image (and mask) of a request, from the store or, the first time, from where the member has it. */
export async function loadInitImage(
  { id, request }: Generation,
  { store, fetchPicture, signal }: InitImageDependencies,
) {
  if (request.initImage === undefined) return undefined;
  const bytes = await keepInitImage(id, 'init', request.initImage, { store, fetchPicture, signal });
  const { picture, size } = await readInitImage(bytes);
  const mask =
    request.mask === undefined
      ? undefined
      : await keepInitImage(id, 'mask', request.mask, { store, fetchPicture, signal });
  const maskPicture: Picture | undefined = mask === undefined ? undefined : { bytes: mask, mediaType: 'image/png' };
  return { picture, size, mask: maskPicture };
}

/** Bytes of an init image or its mask, kept in the store so that a later run needs nobody's link. */
export async function keepInitImage(
  id: string,
  role: 'init' | 'mask',
  address: PictureAddress,
  { store, fetchPicture, signal }: InitImageDependencies,
): Promise<Buffer> {
  const [stored] = await store.images.read(id, role);
  if (stored !== undefined) return stored.bytes;
  const bytes = await fetchPicture(address, signal);
  const size = readPictureSize(bytes) ?? { width: 0, height: 0 };
  await store.images.keep(id, role, { index: 0, mediaType: 'application/octet-stream', ...size, bytes });
  return bytes;
}
