import type Sharp from 'sharp';

let loading: Promise<typeof Sharp> | undefined;

/** sharp, when the first picture needs it: a bot that passes pictures on unchanged does without its 20 MB. */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= load();
  return loading;
}

async function load(): Promise<typeof Sharp> {
  const { default: sharp } = await import('sharp');
  // Pictures are seen once, so libvips' cache would only hold memory; one libvips thread per job leaves the other
  // cores to the event loop, and jobs already run beside each other on the thread pool.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}
