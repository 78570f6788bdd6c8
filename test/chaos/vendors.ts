import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startDeepInfraStandIn } from '../support/stand-ins/deepinfra.ts';
import { startFalStandIn } from '../support/stand-ins/fal.ts';
import { startFireworksStandIn } from '../support/stand-ins/fireworks.ts';
import { startNovitaStandIn } from '../support/stand-ins/novita.ts';
import { createPainter, type PaintPicture } from '../support/stand-ins/picture.ts';
import type { Fault, RecordedRequest, StandIn } from '../support/stand-ins/stand-in.ts';

const KEY = 'chaos-key';
/** A vendor's painting time, as long as it is well. */
const PAINTING_MS = 400;

/** `slow`: it paints and answers well, half a minute later. */
export type Trouble = Fault | 'slow';

/** What can go wrong on the way, whatever the answer is. */
const ON_THE_WAY: readonly Trouble[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502, headers: { 'content-type': 'text/html' }, body: '<title>Bad gateway</title>' },
  { kind: 'status', status: 503, headers: { 'retry-after': '2' } },
  { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
  { kind: 'status', status: 429 },
  'hang-before-headers',
  'stall-in-body',
  'cut-body',
  'invalid-json',
  'html',
  'reset',
  'redirect-private',
  'slow',
];
/** What can be wrong with the pictures in an answer. */
const NO_PICTURE: readonly Trouble[] = ['empty-list', 'null-string'];
const BAD_PICTURE: readonly Trouble[] = ['wrong-base64', 'not-an-image', 'one-pixel', 'wrong-size'];

/** Under these no call is answered as long as they last. */
const SILENT: ReadonlySet<Trouble> = new Set<Trouble>(['hang-before-headers', 'stall-in-body', 'slow']);
/** A vendor that has been well is not doubted before a call has been silent for so long. */
const DOUBTED_AFTER_MS = 5_000;

/** A call, and what it costs by the vendor's price list. */
export interface PaidCall {
  readonly prompt: string;
  readonly microUsd: number;
}

/** A vendor that gets into trouble and out of it, and knows what it answered well. */
export interface ChaosVendor {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** All it can get into. */
  readonly troubles: readonly Trouble[];
  /** From now on; `undefined`: it is well. */
  trouble(trouble: Trouble | undefined): void;
  /** Calls that asked for pictures. */
  asked(): number;
  /** Of these, lost to a silence that nobody could know of when they were made. */
  lostUnforeseen(): Promise<number>;
  /** Those it painted, and charges for, whatever became of the answer. */
  billed(): PaidCall[];
  /** Answers whose pictures were taken from it to the last byte: what each costs, micro-dollars. */
  received(): Promise<number[]>;
  close(): Promise<void>;
}

/** Of flux-dev at fal.ai; the others' prices stand with them. All of a square picture at the usual steps. */
const FAL_DEV_MICRO_USD = 25_000;
const body = z.object({ prompt: z.string() });

interface VendorKind {
  readonly name: string;
  /** By its price list. */
  readonly microUsd: number;
  start(picture: PaintPicture): Promise<StandIn>;
  env(url: string): Readonly<Record<string, string>>;
  readonly troubles: readonly Trouble[];
  /** The exchange that brings a picture; absent: the one that asks for it. */
  brings?(request: RecordedRequest): boolean;
}

const KINDS: readonly VendorKind[] = [
  {
    name: 'fireworks',
    microUsd: 1_400,
    start: (picture) => startFireworksStandIn({ apiKey: KEY, picture }),
    env: (url) => ({ FIREWORKS_API_KEY: KEY, FIREWORKS_BASE_URL: url }),
    troubles: [...ON_THE_WAY, ...NO_PICTURE, ...BAD_PICTURE],
  },
  {
    name: 'novita',
    microUsd: 3_000,
    start: (picture) => startNovitaStandIn({ apiKey: KEY, picture }),
    env: (url) => ({ NOVITA_API_KEY: KEY, NOVITA_BASE_URL: url }),
    // It answers with a link to a file, which nobody could match with its order here if it were bad.
    troubles: [...ON_THE_WAY, ...NO_PICTURE],
    brings: ({ path }) => path.startsWith('/files/'),
  },
  {
    name: 'deepinfra',
    microUsd: 2_000,
    start: (picture) => startDeepInfraStandIn({ apiKey: KEY, picture }),
    env: (url) => ({ DEEPINFRA_TOKEN: KEY, DEEPINFRA_BASE_URL: url }),
    troubles: [...ON_THE_WAY, ...NO_PICTURE, ...BAD_PICTURE],
  },
  {
    name: 'fal',
    microUsd: 3_000,
    start: (picture) => startFalStandIn({ apiKey: KEY, picture }),
    env: (url) => ({ FAL_KEY: KEY, FAL_BASE_URL: url }),
    troubles: [...ON_THE_WAY, ...NO_PICTURE, ...BAD_PICTURE],
  },
];

export async function startVendors(): Promise<ChaosVendor[]> {
  return Promise.all(KINDS.map(startVendor));
}

async function startVendor(kind: VendorKind): Promise<ChaosVendor> {
  const { name, troubles, brings = asksForPictures } = kind;
  const paint = createPainter('png');
  const faults = new Map<RecordedRequest, Fault>();
  const silences: { from: number; until: number }[] = [];
  let isSlow = false;
  const standIn = await kind.start(async (...picture) => {
    await sleep(isSlow ? 30_000 : PAINTING_MS);
    return paint(...picture);
  });
  const priceOf = ({ path }: RecordedRequest) => (path.includes('/flux/dev') ? FAL_DEV_MICRO_USD : kind.microUsd);
  return {
    name,
    env: kind.env(standIn.url),
    troubles,
    trouble(trouble) {
      const last = silences.at(-1);
      if (last !== undefined) last.until = Math.min(last.until, performance.now());
      if (trouble !== undefined && SILENT.has(trouble)) {
        silences.push({ from: performance.now(), until: Number.POSITIVE_INFINITY });
      }
      isSlow = trouble === 'slow';
      const fault = trouble === 'slow' ? undefined : trouble;
      standIn.failAlways(fault, (request) => {
        if (fault !== undefined) faults.set(request, fault);
        return true;
      });
    },
    asked: () => standIn.requests.filter(asksForPictures).length,
    async lostUnforeseen() {
      const unforeseen = silences.flatMap(({ from, until }) => {
        const met = standIn.requests.filter(
          (request) => asksForPictures(request) && request.receivedAt >= from && request.receivedAt < until,
        );
        return met.filter(({ receivedAt }) => receivedAt - (met[0]?.receivedAt ?? 0) < DOUBTED_AFTER_MS);
      });
      const kept = await Promise.all(unforeseen.map((request) => request.delivered));
      return kept.filter((isKept) => !isKept).length;
    },
    billed: () =>
      standIn.requests.flatMap((request) => {
        if (!asksForPictures(request) || isRefusal(faults.get(request))) return [];
        return [{ prompt: body.parse(request.json).prompt, microUsd: priceOf(request) }];
      }),
    async received() {
      const well = standIn.requests.filter((request) => brings(request) && !isSpoilt(request, faults.get(request)));
      const taken = await Promise.all(well.map(async (request) => ((await request.delivered) ? [request] : [])));
      return taken.flat().map(priceOf);
    },
    close: () => standIn.close(),
  };
}

function asksForPictures({ method }: RecordedRequest): boolean {
  return method === 'POST';
}

/** It comes instead of a picture, everything else after it was painted. */
function isRefusal(fault: Fault | undefined): boolean {
  return typeof fault === 'object' || fault === 'redirect-private';
}

/** A picture of another size is a picture; and a file is whole although later answers have none. */
function isSpoilt(request: RecordedRequest, fault: Fault | undefined): boolean {
  if (fault === undefined || fault === 'wrong-size') return false;
  return asksForPictures(request) || !NO_PICTURE.includes(fault);
}
