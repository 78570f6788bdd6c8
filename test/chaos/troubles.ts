import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../crash/random.ts';
import type { ChaosVendor, Trouble } from './vendors.ts';

interface TroublesOptions {
  vendors: readonly ChaosVendor[];
  random: Random;
  /** A vendor gets into trouble so often, one after the other, milliseconds. */
  everyMs: number;
  /** How long it lasts: with more than `everyMs`, two of them at times. */
  lastsMs: { readonly least: number; readonly most: number };
  signal: AbortSignal;
}

/** Trouble that goes round, for each vendor each kind before any comes twice, until the signal. Then all are well. */
export async function makeTroubles({ vendors, random, everyMs, lastsMs, signal }: TroublesOptions): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
  const toCome = new Map<ChaosVendor, Trouble[]>();
  async function visit(vendor: ChaosVendor): Promise<void> {
    const kinds = toCome.get(vendor) ?? [];
    if (kinds.length === 0) kinds.push(...vendor.troubles.toSorted(() => random.next() - 0.5));
    toCome.set(vendor, kinds);
    vendor.trouble(kinds.pop());
    await pause(random.between(lastsMs.least, lastsMs.most));
    vendor.trouble(undefined);
  }

  const visits: Promise<void>[] = [];
  for (let round = 0; !signal.aborted; round += 1) {
    const vendor = vendors[round % vendors.length];
    if (vendor !== undefined) visits.push(visit(vendor));
    await pause(everyMs);
  }
  await Promise.all(visits);
}
