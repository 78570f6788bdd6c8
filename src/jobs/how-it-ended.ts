import { formatUsd } from '../discord/facts.ts';
import { BotError } from '../errors.ts';
import type { CallNotice } from '../generation/paint.ts';
import type { Failure } from '../generation/record.ts';
import type { Result } from '../generation/result.ts';
import type { Sentence } from '../language/index.ts';
import type { Attempt } from '../store/attempts.ts';

/** Why a running generation is stopped. */
export type StopReason = 'cancelled' | 'shutdown' | 'lease-lost';

export class StoppedError extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(`stopped: ${reason}`);
    this.name = 'StoppedError';
    this.reason = reason;
  }
}

export function outcomeOf(error: unknown): Result['outcome'] {
  return error instanceof StoppedError && error.reason === 'cancelled' ? 'cancelled' : 'failed';
}

/** What is known of a generation's calls. */
interface Asked {
  /** Of this claim and earlier ones. */
  readonly calls: readonly Attempt[];
  /** A provider has charged for them, or may. */
  readonly charged: boolean;
  /** The offer that was asked last and has a price. */
  readonly last: CallNotice | undefined;
}

export function failureOf(error: unknown, id: string, asked: Asked): Failure {
  if (error instanceof BotError) return { code: error.code, sentence: error.sentence };
  if (error instanceof StoppedError && error.reason === 'cancelled') {
    return { code: 'cancelled', sentence: cancelledSentence(asked) };
  }
  return { code: 'failed', sentence: { key: 'something-wrong', values: { reference: id } } };
}

function cancelledSentence({ calls, charged, last }: Asked): Sentence {
  if (last !== undefined && calls.some((call) => mayCharge(call, last.offer))) {
    const values = { provider: last.offer.providerLabel, price: formatUsd(last.priceMicroUsd) };
    return { key: 'cancelled-after-asking', values };
  }
  return { key: charged ? 'cancelled-after-trying' : 'cancelled' };
}

function mayCharge({ provider, model, state }: Attempt, offer: CallNotice['offer']): boolean {
  return provider === offer.provider && model === offer.model && state !== 'failed';
}
