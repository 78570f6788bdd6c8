import type { Logger } from 'pino';
import { ProviderFailedError } from '../errors.ts';
import type { CallEnded } from './call-book.ts';

/** One line for each call a provider failed, also where another one made it good: what it answered, not what it was asked. */
export function logFailedCall(log: Logger, { generationId, provider, model, error }: CallEnded): void {
  if (!(error instanceof ProviderFailedError)) return;
  const { failure, status, detail } = error;
  log.warn({ generation: generationId, provider, model, failure, status, ...detail }, 'provider call failed');
}
