import type { OfferRecord } from '../../src/generation/offer-record.ts';
import type { Painted } from '../../src/generation/record.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { NewGeneration } from '../../src/store/rows.ts';

/** A clock that stands still until it is moved. */
export interface Clock {
  now(): number;
  advance(ms: number): void;
}

export function createClock(start = 1_790_000_000_000): Clock {
  let time = start;
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}

let minted = 1_400_000_000_000_000_000n;

/** An id no other request of this process has; a later one sorts after an earlier one. */
export function mintId(): string {
  minted += 1n;
  return String(minted);
}

export function newGeneration(made: Partial<NewGeneration> = {}): NewGeneration {
  return {
    id: mintId(),
    kind: 'imagine',
    userId: 'member-1',
    guildId: 'guild-1',
    channelId: 'channel-1',
    applicationId: 'application-1',
    locale: 'en-US',
    ageRestricted: false,
    ephemeral: false,
    attachmentSizeLimit: 10_485_760,
    appPermissions: '32768',
    sealedToken: 'sealed',
    request: {
      prompt: 'a fox',
      model: 'sketch',
      mode: 'text-to-image',
      aspect: '1:1',
      seed: 7,
      seedGiven: false,
      count: 1,
    },
    createdAt: 1_790_000_000_000,
    ...made,
  };
}

export const PAINTED: Painted = {
  provider: 'sketch',
  providerLabel: 'Sketch',
  model: 'sketch',
  width: 1024,
  height: 1024,
  seeds: [7],
  withheld: 0,
  missing: 0,
  costMicroUsd: 3_000,
  paintingMs: 1_200,
  notes: [],
};

/** Claims the next request and asks a provider on its behalf. */
export async function serve(
  { generations, attempts }: Store,
  userRunning = 2,
): Promise<Awaited<ReturnType<Store['generations']['claim']>>> {
  const claimed = await generations.claim({ owner: 'a', userRunning });
  if (claimed !== undefined) {
    await attempts.open({ generationId: claimed.id, provider: 'novita', model: 'flux-schnell', slots: 1_000 });
  }
  return claimed;
}

/** Takes a claimed request to its end. */
export async function complete({ generations }: Store, id: string, owner: string): Promise<void> {
  await generations.settle(id, owner, { outcome: 'done', painted: PAINTED });
  await generations.finish(id, owner, undefined);
}

export const OFFER_RECORD: OfferRecord = {
  provider: 'novita',
  providerLabel: 'Novita',
  model: 'flux-schnell',
  modes: ['text-to-image'],
  sizes: { kind: 'grid', least: 64, most: 2_048, multipleOf: 32 },
  inferenceSteps: { least: 1, most: 100, default: 4 },
  seed: 'ours',
  negativePrompt: false,
  imagesPerCall: 1,
  promptCodePoints: 1_024,
  guidePriceMicroUsd: 3_000,
};
