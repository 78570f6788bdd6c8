import { randomInt } from 'node:crypto';
import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import { factsLine } from './discord/facts.ts';
import { BotError, InvalidInputError, ProviderFailedError, SETUP_FAILURES } from './errors.ts';
import type { PaintedPicture } from './generation/call-offer.ts';
import { defaultModel, parseModel, shortcomings, stepsFor } from './generation/choose-offer.ts';
import { differences } from './generation/differences.ts';
import { nearestAspect } from './generation/fit-size.ts';
import { MEMBER_WAITS_MS } from './generation/generate.ts';
import { type CallBook, type PaintOptions, paint } from './generation/paint.ts';
import type { Offer } from './generation/provider.ts';
import { generationRequest, REFUSALS, SEED_RANGE, STRENGTH_RANGE } from './generation/request.ts';
import { speak } from './language/index.ts';
import { fitPicture } from './pixels/fit-picture.ts';
import { extensionOf } from './pixels/media-type.ts';
import { readPictureSize } from './pixels/picture-size.ts';
import { readInitImage } from './pixels/read-init-image.ts';
import { createProviders, variableOf } from './providers/index.ts';

const USAGE = `Usage: npm run imagine -- "a prompt" [--model sketch] [--aspect 16:9] [--seed 7] [--steps 4] [--count 1]
       [--guidance 3.5] [--negative "blur"] [--image start.png] [--strength 0.75] [--out out.png]`;

/** /imagine from the terminal, through the same painting code: the quickest proof that a key works. */
try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      aspect: { type: 'string' },
      seed: { type: 'string' },
      steps: { type: 'string' },
      count: { type: 'string', default: '1' },
      guidance: { type: 'string' },
      negative: { type: 'string' },
      image: { type: 'string' },
      strength: { type: 'string' },
      out: { type: 'string', default: 'out.png' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const prompt = positionals.join(' ').trim();
  if (values.help === true || prompt === '') {
    console.log(USAGE);
    process.exitCode = values.help === true ? 0 : 1;
    return;
  }
  if (values.strength !== undefined && values.image === undefined) {
    throw new InvalidInputError('strength without image', { sentence: { key: 'strength-without-image' } });
  }
  // Before anything is paid for.
  await checkOut(values.out);
  const start = values.image === undefined ? undefined : await readInitImage(await readFileOf(values.image));

  const providers = createProviders(readConfig());
  const offers = providers.flatMap((provider) => provider.offers);
  const mode = values.image === undefined ? 'text-to-image' : 'image-to-image';
  const optional = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: Number(value) });
  const request = generationRequest.parse({
    prompt,
    ...(values.model === undefined
      ? { model: defaultModel(offers, mode, optional('guidanceScale', values.guidance)) }
      : parseModel(values.model, offers)),
    mode,
    ...(values.aspect === undefined && values.image !== undefined ? {} : { aspect: values.aspect ?? '1:1' }),
    seed: values.seed === undefined ? randomInt(SEED_RANGE.least, SEED_RANGE.most + 1) : Number(values.seed),
    seedGiven: values.seed !== undefined,
    count: Number(values.count),
    ...optional('inferenceSteps', values.steps),
    ...optional('guidanceScale', values.guidance),
    negativePrompt: values.negative,
    ...(mode === 'text-to-image' ? {} : { strength: Number(values.strength ?? STRENGTH_RANGE.variation) }),
  });

  const pictures: PaintedPicture[] = [];
  let costMicroUsd = 0;
  const asked: Offer[] = [];
  const book: CallBook = {
    open: async (offer) => ({ kind: 'opened', number: asked.push(offer) - 1 }),
    reference: () => Promise.resolve(),
    succeeded: async (_call, result) => {
      pictures.push(...result.pictures);
      costMicroUsd += result.costMicroUsd;
    },
    failed: async (call, error) => complain(asked[call], error),
  };
  const startedAt = Date.now();
  // One request from a terminal needs no memory of who failed before: the offers are taken in their order.
  const router: PaintOptions['router'] = {
    rank: async (candidates) =>
      candidates.map((offer) => ({
        offer,
        reason: { key: 'reason-only', values: { label: offer.providerLabel } },
        notBefore: 0,
        atOnce: Number.POSITIVE_INFINITY,
        patienceMs: MEMBER_WAITS_MS,
      })),
  };
  const aspect = request.aspect ?? (start === undefined ? '1:1' : nearestAspect(start.size));
  const { chosen, withheld, missing } = await paint({
    request,
    aspect,
    providers,
    ...(start === undefined
      ? {}
      : { initImageAt: async (size) => ({ initImage: await fitPicture(start.picture, size) }) }),
    router,
    book,
    deadlineAt: Date.now() + MEMBER_WAITS_MS,
    now: Date.now,
    signal: AbortSignal.timeout(15 * 60_000),
  });
  pictures.sort((one, other) => one.index - other.index);
  const [first] = pictures;
  const offer = chosen?.offer;
  if (offer === undefined || first === undefined) throw new Error('nothing was painted');
  const files = pictures.map((picture) => ({
    picture,
    file: pictures.length === 1 ? values.out : numbered(values.out, picture.index + 1),
  }));
  for (const { picture, file } of files) await writeFile(file, picture.bytes);
  const size = readPictureSize(first.bytes) ?? { width: 0, height: 0 };
  const steps = stepsFor(offer, request);
  const painted = {
    provider: offer.provider,
    providerLabel: offer.providerLabel,
    model: offer.model,
    ...size,
    inferenceSteps: steps,
    seeds: pictures.map((picture) => picture.seed ?? null),
    withheld,
    missing,
    costMicroUsd,
    paintingMs: Date.now() - startedAt,
    notes: shortcomings(offer, request),
  };
  const notes = [...painted.notes, ...differences(offer, { aspect, start: start?.size, painted })];
  console.log(factsLine('en', painted, mode === 'text-to-image' ? undefined : request.strength));
  for (const note of notes) console.log(speak('en', note));
  for (const { file, picture } of files) {
    const wanted = extname(file).slice(1).toLowerCase().replace('jpeg', 'jpg');
    const fits = wanted === extensionOf(picture.mediaType);
    console.log(fits ? file : `${file} (a picture of the type ${picture.mediaType})`);
  }
  await Promise.all(providers.map((provider) => provider.close?.()));
}

/** Throws where no picture could be written to. */
async function checkOut(file: string): Promise<void> {
  const existing = await stat(file).catch(() => undefined);
  if (existing?.isDirectory() === true) throw new Error(`--out ${file} is a folder. Name a file, such as out.png.`);
  try {
    await access(existing === undefined ? dirname(file) : file, constants.W_OK);
  } catch (cause) {
    throw new Error(`--out ${file} cannot be written. Name a file in a folder that is there.`, { cause });
  }
}

async function readFileOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new Error(`--image ${file} cannot be read. Name a picture that is there.`, { cause });
  }
}

/** `out.png` → `out-2.png` */
function numbered(file: string, number: number): string {
  return file.replace(/(\.[^.]+)?$/, (extension) => `-${number}${extension}`);
}

/** Tells whoever pays for the key what a provider answered, and which variable to look at. */
function complain(offer: Offer | undefined, error: unknown): void {
  if (!(error instanceof ProviderFailedError) || offer === undefined) return;
  const variable = variableOf(offer.provider, error.failure);
  console.error(variable === undefined ? error.message : `${error.message}. Look at ${variable}.`);
}

function explain(error: unknown): string {
  // Its sentence for members says that this person has been told.
  if (error instanceof ProviderFailedError && SETUP_FAILURES.includes(error.failure)) return 'Nothing was painted.';
  if (error instanceof ConfigError) return error.lines.join('\n');
  if (error instanceof BotError) return speak('en', error.sentence);
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    return `${error.message}\n${USAGE}`;
  }
  if (error instanceof z.ZodError) {
    const refusal = Object.entries(REFUSALS).find(([field]) => field === error.issues[0]?.path[0])?.[1];
    if (refusal !== undefined) return speak('en', refusal);
  }
  return error instanceof Error ? error.message : String(error);
}
