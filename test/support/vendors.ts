import { onTestFinished } from 'vitest';
import { startDeepInfraStandIn } from './stand-ins/deepinfra.ts';
import { startFalStandIn } from './stand-ins/fal.ts';
import { startFireworksStandIn } from './stand-ins/fireworks.ts';
import { startNovitaStandIn } from './stand-ins/novita.ts';
import { startOctoAiStandIn } from './stand-ins/octoai.ts';
import { createPainter, type PaintPicture } from './stand-ins/picture.ts';
import { startSdapiStandIn } from './stand-ins/sdapi.ts';
import type { StandIn } from './stand-ins/stand-in.ts';

/** A vendor's stand-in, and what tells the bot of it. */
export interface Vendor extends StandIn {
  /** Settings that bring it into the bot. */
  readonly env: Readonly<Record<string, string>>;
  /** Pictures it charged for. */
  readonly billed: number;
  /** Every picture it painted, in the order it began them. */
  readonly painted: readonly Buffer[];
  /** From now on its pictures wait for `release`. */
  hold(): void;
  release(): void;
}

export interface VendorOptions {
  picture?: PaintPicture;
}

type BillingStandIn = StandIn & { readonly billed: number };

/** Ends with the test it was started in. `start` opens the stand-in with this painter, and names the bot's settings for it. */
async function openVendor(
  paint: PaintPicture,
  start: (picture: PaintPicture) => Promise<{ standIn: BillingStandIn; env: (url: string) => Vendor['env'] }>,
): Promise<Vendor> {
  const painted: Buffer[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  const release = () => {
    gate?.resolve();
    gate = undefined;
  };
  const { standIn, env } = await start(async (width, height, seed) => {
    const position = painted.push(Buffer.alloc(0)) - 1;
    await gate?.promise;
    const bytes = await paint(width, height, seed);
    painted[position] = bytes;
    return bytes;
  });
  onTestFinished(async () => {
    release();
    await standIn.close();
  });
  return {
    ...standIn,
    get billed() {
      return standIn.billed;
    },
    env: env(standIn.url),
    painted,
    hold() {
      gate ??= Promise.withResolvers();
    },
    release,
  };
}

export function startOctoAi({
  picture,
  ...options
}: VendorOptions & { withheld?: readonly number[] } = {}): Promise<Vendor> {
  const apiKey = 'octoai-key-3f2c81d0';
  return openVendor(picture ?? createPainter('jpeg'), async (paint) => ({
    standIn: await startOctoAiStandIn({ ...options, apiKey, picture: paint }),
    env: (url) => ({ OCTOAI_TOKEN: apiKey, OCTOAI_BASE_URL: url }),
  }));
}

export function startFireworks({
  picture,
  dialect = 'seed',
}: VendorOptions & { dialect?: 'seed' | 'current' } = {}): Promise<Vendor> {
  const apiKey = 'fireworks-key-90ab77e4';
  return openVendor(picture ?? createPainter('png'), async (paint) => ({
    standIn: await startFireworksStandIn({ apiKey, dialect, picture: paint }),
    env: (url) => ({ FIREWORKS_API_KEY: apiKey, FIREWORKS_BASE_URL: url, FIREWORKS_DIALECT: dialect }),
  }));
}

export function startNovita({ picture }: VendorOptions = {}): Promise<Vendor> {
  const apiKey = 'novita-key-c5d91b62';
  return openVendor(picture ?? createPainter('png'), async (paint) => ({
    standIn: await startNovitaStandIn({ apiKey, picture: paint }),
    env: (url) => ({ NOVITA_API_KEY: apiKey, NOVITA_BASE_URL: url }),
  }));
}

export function startDeepInfra({
  picture,
  api = 'native',
  ...options
}: VendorOptions & { api?: 'native' | 'openai'; flagged?: readonly boolean[] } = {}): Promise<Vendor> {
  const apiKey = 'deepinfra-key-6e0fa7b3';
  return openVendor(picture ?? createPainter(api === 'native' ? 'png' : 'jpeg'), async (paint) => ({
    standIn: await startDeepInfraStandIn({ ...options, apiKey, picture: paint }),
    env: (url) => ({ DEEPINFRA_TOKEN: apiKey, DEEPINFRA_BASE_URL: url, DEEPINFRA_API: api }),
  }));
}

export function startFal({ picture }: VendorOptions = {}): Promise<Vendor> {
  const apiKey = 'fal-key-17d2c4a9';
  return openVendor(picture ?? createPainter('png'), async (paint) => ({
    standIn: await startFalStandIn({ apiKey, picture: paint }),
    env: (url) => ({ FAL_KEY: apiKey, FAL_BASE_URL: url }),
  }));
}

/** A server of one's own, its model named `local`. */
export function startSdapi({ picture }: VendorOptions = {}): Promise<Vendor> {
  return openVendor(picture ?? createPainter('png'), async (paint) => ({
    standIn: await startSdapiStandIn({ picture: paint }),
    env: (url) => ({ SDAPI_URL: url }),
  }));
}
