import { vi } from 'vitest';

/** What `check` returns as soon as it no longer throws, however slow the machine. */
export function until<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 20_000 });
}
