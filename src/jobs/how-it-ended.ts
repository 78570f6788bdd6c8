import { formatUsd } from '../discord/facts.ts';
import { BotError } from '../errors.ts';
import type { Offer } from '../generation/provider.ts';
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
  /** What providers have charged for them, or may. */
  readonly chargedMicroUsd: number;
  /** The offer that was asked last and has a price. */
  readonly last: Offer | undefined;
}

export function failureOf(error: unknown, id: string, asked: Asked): Failure {
  if (error instanceof BotError) return { code: error.code, sentence: error.sentence };
  if (error instanceof StoppedError && error.reason === 'cancelled') {
    return { code: 'cancelled', sentence: cancelledSentence(asked) };
  }
  return { code: 'failed', sentence: { key: 'something-wrong', values: { reference: id } } };
}

function cancelledSentence({ calls, chargedMicroUsd, last }: Asked): Sentence {
  if (chargedMicroUsd === 0) return { key: 'cancelled' };
  if (last === undefined || !calls.every((call) => call.state === 'failed' || isOf(call, last))) {
    return { key: 'cancelled-after-trying' };
  }
  const values = { provider: last.providerLabel, price: formatUsd(chargedMicroUsd) };
  return { key: 'cancelled-after-asking', values };
}

function isOf({ provider, model }: Attempt, offer: Offer): boolean {
  return provider === offer.provider && model === offer.model;
}
