import { describe } from 'vitest';
import { useStoreWorld } from '../../support/store-world.ts';
import type { TestDatabase } from '../../support/stores.ts';
import { attempts } from './attempts.ts';
import { claiming } from './claiming.ts';
import { ending } from './ending.ts';
import { fairOrder } from './fair-order.ts';
import { history } from './history.ts';
import { leases } from './leases.ts';
import { opening } from './opening.ts';
import { queueModel } from './queue-model.ts';
import { sharedFacts } from './shared-facts.ts';
import { slotWaits } from './slot-waits.ts';
import { submitting } from './submitting.ts';
import { transitions } from './transitions.ts';

const PARTS = [
  opening,
  submitting,
  fairOrder,
  queueModel,
  claiming,
  leases,
  slotWaits,
  ending,
  transitions,
  attempts,
  history,
  sharedFacts,
];

/** Everything the store promises, on one engine. */
export function storeContract(engine: string, create: () => Promise<TestDatabase>): void {
  describe(`the store on ${engine}`, () => {
    const world = useStoreWorld(create);
    for (const part of PARTS) part(world);
  });
}
