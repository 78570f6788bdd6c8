import { ProviderFailedError } from '../errors.ts';

/**
 * An answer that cannot be used although its status promised one: it may have been billed. `detail` is logged, so it
 * holds no text of the answer.
 */
export function buildUnreadable(
  provider: string,
  what: string,
  detail: Readonly<Record<string, unknown>> = {},
): ProviderFailedError {
  return new ProviderFailedError(`${provider}: ${what}`, {
    provider,
    failure: 'unreadable',
    billed: 'possibly',
    detail,
  });
}
