import { Agent } from 'undici';

/** Shorter than any call's patience: an address that nobody answers at shows as such, and soon. */
const CONNECT_WITHIN_MS = 6_000;

/**
 * Connections kept open between calls. Its own, so that nothing else in the process shares or replaces it.
 * HTTP/1.1 only: one broken connection then costs one call.
 */
export function createAgent(): Agent {
  return new Agent({ connect: { timeout: CONNECT_WITHIN_MS }, keepAliveTimeout: 30_000, allowH2: false });
}
