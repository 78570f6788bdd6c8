import sharp from 'sharp';

/** A PNG of noise: nothing compresses it, so the file has about three bytes a pixel. */
export async function noise(width: number, height: number): Promise<Buffer> {
  const background = { r: 128, g: 128, b: 128 };
  return sharp({
    create: { width, height, channels: 3, background, noise: { type: 'gaussian', mean: 128, sigma: 60 } },
  })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
