import type { Picture, ProviderRequest } from '../generation/provider.ts';

/** The picture an image-to-image or inpaint request starts from. Its absence is a bug of the caller's. */
export function requireInitImage({ initImage, mode }: ProviderRequest): Picture {
  if (initImage === undefined) throw new TypeError(`${mode} without an init image`);
  return initImage;
}

/** The mask of an inpaint request. Its absence is a bug of the caller's. */
export function requireMask({ mask, mode }: ProviderRequest): Picture {
  if (mask === undefined) throw new TypeError(`${mode} without a mask`);
  return mask;
}
