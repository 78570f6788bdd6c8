import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BroadcastChannel } from 'node:worker_threads';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { ProviderFailedError } from '../../src/errors.ts';
import type { ImageProvider, Picture, ProviderRequest } from '../../src/generation/provider.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { createSketch } from '../../src/providers/sketch/sketch.ts';

const opened: ImageProvider[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close?.()));
});

function sketch(options: Parameters<typeof createSketch>[0] = {}): ImageProvider {
  const provider = createSketch(options);
  opened.push(provider);
  return provider;
}

const request: ProviderRequest = {
  model: 'sketch',
  mode: 'text-to-image',
  prompt: 'a fox in the snow',
  aspect: '1:1',
  width: 128,
  height: 128,
  seed: 7,
  count: 1,
};

const never = new AbortController().signal;

async function paint(provider: ImageProvider, changes: Partial<ProviderRequest> = {}): Promise<Picture> {
  const { pictures } = await provider.generate({ ...request, ...changes }, { signal: never });
  const [picture] = pictures;
  if (picture === undefined) throw new Error('no picture came back');
  return picture;
}

async function pixelsOf({ bytes }: Picture): Promise<Buffer> {
  return sharp(bytes).raw().toBuffer();
}

/** Mean difference per channel, 0–255. */
async function difference(one: Picture, other: Picture): Promise<number> {
  const [first, second] = await Promise.all([pixelsOf(one), pixelsOf(other)]);
  expect(first.length).toBe(second.length);
  return first.reduce((sum, value, at) => sum + Math.abs(value - (second[at] ?? 0)), 0) / first.length;
}

/** Half red, half blue, with a little grain, so that nothing in it is even. */
async function halves(size = 128): Promise<Picture> {
  const left = { create: { width: size / 2, height: size, channels: 3, background: '#2244cc' } } as const;
  const grain = { width: size, height: size, channels: 3, background: '#000' } as const;
  const bytes = await sharp({ create: { ...grain, noise: { type: 'gaussian', mean: 20, sigma: 8 } } })
    .linear([0.5, 0.5, 0.5], [190, 60, 30])
    .composite([{ input: left, left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer();
  return { bytes, mediaType: 'image/png' };
}

/** White in a box, black around it. */
async function boxMask(size: number, least: number, most: number): Promise<Picture> {
  const box = { create: { width: most - least, height: most - least, channels: 3, background: '#ffffff' } } as const;
  const bytes = await sharp({ create: { width: size, height: size, channels: 3, background: '#000000' } })
    .composite([{ input: box, left: least, top: least }])
    .toColourspace('b-w')
    .png()
    .toBuffer();
  return { bytes, mediaType: 'image/png' };
}

describe('pictures', () => {
  it('paints the same pixels for the same request, whichever thread paints them', async () => {
    const [one, other] = [sketch({ threads: 1 }), sketch({ threads: 1 })];
    const [first, second, third] = [await paint(one), await paint(one), await paint(other)];
    expect(await pixelsOf(second)).toEqual(await pixelsOf(first));
    expect(await pixelsOf(third)).toEqual(await pixelsOf(first));
  });

  // Members keep seeds to have a picture again: a change here has to be wanted.
  it.each([
    ['a lighthouse at dusk', [220, 168, 153, 230, 172, 151, 92, 68, 117, 117, 81, 125]],
    ['an owl', [52, 104, 114, 51, 105, 114, 62, 81, 82, 62, 82, 83]],
  ])('paints “%s” as earlier versions did', async (prompt, quarters) => {
    const { bytes } = await paint(sketch(), { prompt });
    const colours = await sharp(bytes).resize(2, 2, { kernel: 'linear' }).raw().toBuffer();
    for (const [at, value] of colours.entries()) expect(Math.abs(value - (quarters[at] ?? 0))).toBeLessThanOrEqual(2);
  });

  it('paints something else for another seed', async () => {
    const provider = sketch();
    const [first, ...others] = await Promise.all([7, 8, 9, 4_294_967_295].map((seed) => paint(provider, { seed })));
    if (first === undefined) throw new Error('no picture came back');
    for (const other of others) expect(await difference(first, other)).toBeGreaterThan(8);
  });

  it('paints something else for another prompt', async () => {
    const provider = sketch();
    const first = await paint(provider, { prompt: 'a violin' });
    expect(await difference(first, await paint(provider, { prompt: 'a violin on a chair' }))).toBeGreaterThan(8);
  });

  it('paints something else with other steps', async () => {
    const provider = sketch();
    const pictures = await Promise.all([1, 2, 8, 9, 50].map((inferenceSteps) => paint(provider, { inferenceSteps })));
    for (const [index, picture] of pictures.entries()) {
      const next = pictures[index + 1];
      if (next !== undefined) expect(await difference(picture, next)).toBeGreaterThan(1);
    }
  });

  it('takes eight steps when none are given', async () => {
    const provider = sketch();
    expect((await paint(provider)).bytes).toEqual((await paint(provider, { inferenceSteps: 8 })).bytes);
  });

  it.each([
    ['red', 0],
    ['green', 1],
    ['blue', 2],
  ] as const)('leans to %s when the prompt says so', async (colour, channel) => {
    const picture = await paint(sketch(), { prompt: `${colour}, only ${colour}` });
    const { channels } = await sharp(picture.bytes).stats();
    const means = channels.map(({ mean }) => mean);
    expect(means.indexOf(Math.max(...means))).toBe(channel);
  });

  it.each([
    ['square', 64, 64],
    ['wide', 1344, 576],
    ['tall', 64, 2048],
    ['odd multiples of eight', 200, 328],
  ])('paints exactly the size asked for: %s', async (_shape, width, height) => {
    const picture = await paint(sketch(), { width, height });
    expect(picture.mediaType).toBe('image/png');
    expect(readPictureSize(picture.bytes)).toEqual({ width, height });
    expect((await sharp(picture.bytes).stats()).channels.every(({ stdev }) => stdev > 4)).toBe(true);
  });

  it.each(['', '🦊🦊', 'x'.repeat(4000), 'word '.repeat(800), '北極狐 в снегу', '\u0000\ud800'])(
    'paints any prompt: %.12s',
    async (prompt) => {
      expect(readPictureSize((await paint(sketch(), { prompt })).bytes)).toEqual({ width: 128, height: 128 });
    },
  );

  it('paints several pictures in one call, each with its own seed, and each the one that seed paints alone', async () => {
    const provider = sketch();
    const { pictures, withheld } = await provider.generate(
      { ...request, seed: 4_294_967_294, count: 4 },
      { signal: never },
    );
    expect(pictures.map(({ seed }) => seed)).toEqual([4_294_967_294, 4_294_967_295, 1, 2]);
    expect(withheld).toBe(0);
    expect(pictures[2]?.bytes).toEqual((await paint(provider, { seed: 1 })).bytes);
  });

  it('stays under 8 MB at the largest size', async () => {
    const picture = await paint(sketch(), { width: 2048, height: 2048, inferenceSteps: 50, prompt: 'oil painting' });
    expect(picture.bytes.byteLength).toBeLessThan(8_000_000);
  });

  it('is offered for nothing and for every mode', () => {
    const provider = sketch();
    const [offer] = provider.offers;
    expect(offer).toMatchObject({ provider: 'sketch', model: 'sketch', seed: 'ours', imagesPerCall: 4 });
    expect(offer?.modes).toEqual(['text-to-image', 'image-to-image', 'inpaint']);
    expect(offer?.price({ mode: 'text-to-image', width: 2048, height: 2048, inferenceSteps: 50 })).toBe(0);
  });
});

describe('a picture to start from', () => {
  it('moves further from it the greater the strength', async () => {
    const provider = sketch();
    const initImage = await halves();
    const painted = await Promise.all(
      [0.05, 0.3, 0.6, 1].map((strength) => paint(provider, { mode: 'image-to-image', initImage, strength })),
    );
    const differences = await Promise.all(painted.map((picture) => difference(initImage, picture)));
    expect(differences).toEqual(differences.toSorted((one, other) => one - other));
    expect(differences[0]).toBeLessThan(2);
    expect(differences[3]).toBeGreaterThan(30);
  });

  it('is free of it at full strength', async () => {
    const provider = sketch();
    const freed = await paint(provider, { mode: 'image-to-image', initImage: await halves(), strength: 1 });
    expect(await difference(freed, await paint(provider))).toBe(0);
  });

  it('still varies with the seed', async () => {
    const provider = sketch();
    const from = { mode: 'image-to-image', initImage: await halves() } as const;
    expect(await difference(await paint(provider, from), await paint(provider, { ...from, seed: 8 }))).toBeGreaterThan(
      4,
    );
  });

  it('may be JPEG', async () => {
    const bytes = await sharp((await halves()).bytes)
      .jpeg()
      .toBuffer();
    const initImage: Picture = { bytes, mediaType: 'image/jpeg' };
    expect(
      await difference(initImage, await paint(sketch(), { mode: 'image-to-image', initImage, strength: 0.05 })),
    ).toBeLessThan(2);
  });

  it.each([
    ['of another size', () => halves(64)],
    ['that does not decode', async (): Promise<Picture> => ({ bytes: Buffer.from('nothing'), mediaType: 'image/png' })],
  ])('fails on one %s', async (_what, picture) => {
    const painting = paint(sketch(), { mode: 'image-to-image', initImage: await picture() });
    await expect(painting).rejects.toThrow(
      expect.objectContaining({ code: 'provider-failed', failure: 'invalid-request' }),
    );
  });
});

describe('a mask', () => {
  it('keeps every black pixel to the byte and repaints the white', async () => {
    const initImage = await halves();
    const mask = await boxMask(128, 32, 96);
    const picture = await paint(sketch(), { mode: 'inpaint', initImage, mask });
    const [before, after] = await Promise.all([pixelsOf(initImage), pixelsOf(picture)]);
    const white = await sharp(mask.bytes).toColourspace('b-w').raw().toBuffer();
    expect(white.length).toBe(128 * 128);
    const changed = { inside: 0, outside: 0 };
    for (const [at, value] of white.entries()) {
      const same = before.subarray(at * 3, at * 3 + 3).equals(after.subarray(at * 3, at * 3 + 3));
      if (!same) changed[value === 255 ? 'inside' : 'outside'] += 1;
    }
    expect(changed.outside).toBe(0);
    expect(changed.inside).toBeGreaterThan(0.95 * 64 * 64);
  });

  it('repaints even a thin stroke', async () => {
    const initImage = await halves();
    const mask = await boxMask(128, 60, 62);
    const [before, after] = await Promise.all([
      pixelsOf(initImage),
      paint(sketch(), { mode: 'inpaint', initImage, mask }).then(pixelsOf),
    ]);
    expect(after.equals(before)).toBe(false);
  });

  it.each([
    ['all black', 'gives the picture back', 0, (changed: number) => changed === 0],
    ['all white', 'repaints everything', 128, (changed: number) => changed > 30],
  ] as const)('that is %s %s', async (_colour, _does, side, holds) => {
    const initImage = await halves();
    const black = { create: { width: 128, height: 128, channels: 3, background: '#000' } } as const;
    const mask: Picture =
      side === 0
        ? { bytes: await sharp(black).toColourspace('b-w').png().toBuffer(), mediaType: 'image/png' }
        : await boxMask(128, 0, side);
    expect(holds(await difference(initImage, await paint(sketch(), { mode: 'inpaint', initImage, mask })))).toBe(true);
  });
});

/** The painter, but it obeys three prompts: one hangs for ever, one throws and one ends its thread. */
function disobedient(channel: string): URL {
  const folder = new URL('../../src/providers/sketch/', import.meta.url);
  const code = `
    import { BroadcastChannel, parentPort } from 'node:worker_threads';
    import { encode } from '${folder}encode.ts';
    import { paint } from '${folder}paint.ts';
    const channel = new BroadcastChannel('${channel}');
    channel.unref();
    parentPort.on('message', (job) => {
      if (job.prompt === 'throw') throw new Error('out of paint');
      if (job.prompt === 'exit') process.exit(3);
      channel.postMessage(job.prompt);
      if (job.prompt === 'hang') while (true);
      parentPort.postMessage(encode(paint(job), job));
    });
  `;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

describe('threads', () => {
  it('leaves the event loop turning while it paints', async () => {
    const provider = sketch({ threads: 1 });
    let turns = 0;
    let painting = true;
    const turn = () => {
      turns += 1;
      if (painting) setImmediate(turn);
    };
    setImmediate(turn);
    await paint(provider, { width: 2048, height: 2048 });
    painting = false;
    expect(turns).toBeGreaterThan(100);
  });

  it('throws the reason when aborted before it starts', async () => {
    const reason = new Error('changed my mind');
    await expect(sketch().generate(request, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('drops a job that is aborted while it waits, and finishes the one before it', async () => {
    const provider = sketch({ threads: 1 });
    const abort = new AbortController();
    const reason = new Error('changed my mind');
    const first = paint(provider, { width: 512, height: 512 });
    const second = provider.generate(request, { signal: abort.signal });
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(readPictureSize((await first).bytes)).toEqual({ width: 512, height: 512 });
  });

  it('stops at once when aborted while it paints, and paints on with a new thread', async () => {
    const provider = sketch({ threads: 1, entry: disobedient('sketch-abort') });
    const abort = new AbortController();
    const reason = new Error('changed my mind');
    const started = nextMessage('sketch-abort');
    const hanging = provider.generate({ ...request, prompt: 'hang' }, { signal: abort.signal });
    const waiting = paint(provider);
    await started;
    abort.abort(reason);
    await expect(hanging).rejects.toBe(reason);
    expect(readPictureSize((await waiting).bytes)).toEqual({ width: 128, height: 128 });
  });

  it.each(['throw', 'exit'])('fails only the job whose thread ends by %s', async (prompt) => {
    const provider = sketch({ threads: 1, entry: disobedient('sketch-crash') });
    const [crashed, waiting] = await Promise.allSettled([paint(provider, { prompt }), paint(provider)]);
    expect(crashed).toMatchObject({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'provider-failed', failure: 'trouble', billed: 'no', retryable: true }),
    });
    expect(waiting.status).toBe('fulfilled');
    expect(readPictureSize((await paint(provider)).bytes)).toEqual({ width: 128, height: 128 });
  });

  it('fails when its threads cannot start', async () => {
    const provider = sketch({ entry: new URL('./there-is-no-such-painter.ts', import.meta.url) });
    await expect(paint(provider)).rejects.toThrow(ProviderFailedError);
  });

  it('fails what it is painting when it is closed, and whatever comes later', async () => {
    const provider = sketch({ threads: 1, entry: disobedient('sketch-close') });
    const started = nextMessage('sketch-close');
    const jobs = Promise.allSettled([paint(provider, { prompt: 'hang' }), paint(provider)]);
    await started;
    await provider.close?.();
    expect((await jobs).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(paint(provider)).rejects.toThrow(ProviderFailedError);
  });

  it('keeps no process alive, neither before nor after painting', async () => {
    const sketchUrl = new URL('../../src/providers/sketch/sketch.ts', import.meta.url);
    const code = `
      const { createSketch } = await import('${sketchUrl}');
      const request = ${JSON.stringify(request)};
      const { pictures } = await createSketch().generate(request, { signal: new AbortController().signal });
      console.log(pictures.length);
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code]);
    expect(stdout).toBe('1\n');
  });
});

const run = promisify(execFile);

async function nextMessage(name: string): Promise<void> {
  const channel = new BroadcastChannel(name);
  await new Promise((resolve) => {
    channel.onmessage = resolve;
  });
  channel.close();
}
