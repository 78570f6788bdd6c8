import type { Logger } from 'pino';
import type { Probe } from '../discord/acknowledge.ts';
import type { Generation } from '../generation/record.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';
import { every } from './every.ts';

const EVERY_MS = 15_000;
/** Longer than any first answer takes; a younger row may still be on its way. */
const ANSWERED_WITHIN_MS = 10_000;

interface RecoverOptions {
  store: Pick<Store, 'generations' | 'wakeUps'>;
  /** Asks Discord whether it took our first answer. */
  wasAcknowledged: (generation: Generation) => Promise<Probe>;
  log: Logger;
  now: () => number;
}

/**
 * Rows a crash left between commit and acknowledgement: Discord knows which of the two they are. Where it is too late to
 * ask, nobody pays for a picture that its member may no longer wait for: they are told. Harmless to run twice.
 */
export async function recoverUnacknowledged({ store, wasAcknowledged, log, now }: RecoverOptions): Promise<void> {
  for (const generation of await store.generations.unacknowledged(now() - ANSWERED_WITHIN_MS)) {
    try {
      const answer = await wasAcknowledged(generation);
      if (answer.kind === 'yes') await store.generations.acknowledge(generation.id, answer.messageId);
      else if (answer.kind === 'no') await store.generations.withdraw(generation.id);
      else await store.generations.fail(generation.id, { code: 'was-away', sentence: { key: 'was-away' } });
    } catch (error) {
      log.warn(
        { generation: generation.id, err: describeError(error) },
        'could not ask Discord about an unfinished answer',
      );
    }
  }
  store.wakeUps.send('work');
}

/** Does it now and every fifteen seconds. @returns what stops it, once a run under way is over */
export function startRecovery(options: RecoverOptions): () => Promise<void> {
  return every(EVERY_MS, () =>
    recoverUnacknowledged(options).catch((error: unknown) =>
      options.log.warn({ err: describeError(error) }, 'recovery failed'),
    ),
  ).stop;
}
