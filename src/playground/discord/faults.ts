import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Faults, RouteTemplate } from './contract.ts';
import type { Answer } from './router.ts';

interface Asked {
  readonly method: string;
  readonly route: RouteTemplate | undefined;
  /** Below `/api/v10`. */
  readonly path: string;
  readonly withFiles: boolean;
}

export interface FaultBox extends Faults {
  /** The next fault that fits, if any; it counts as used. */
  take(asked: Asked): Fault | undefined;
}

export function createFaults(): FaultBox {
  const faults: { fault: Fault; left: number }[] = [];

  function remove(entry: (typeof faults)[number]): void {
    const index = faults.indexOf(entry);
    if (index !== -1) faults.splice(index, 1);
  }

  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? 1 };
      faults.push(entry);
      return () => remove(entry);
    },
    clear() {
      faults.length = 0;
    },
    take(asked) {
      const entry = faults.find(({ fault }) => fits(fault, asked));
      if (!entry) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) remove(entry);
      return entry.fault;
    },
  };
}

function fits(fault: Fault, { method, route, path, withFiles }: Asked): boolean {
  if (fault.withFiles === true && !withFiles) return false;
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.route instanceof RegExp) return fault.route.test(path) || (route !== undefined && fault.route.test(route));
  return fault.route === undefined || fault.route === route;
}

/** Works as the fault lets it; `dropped` when the connection is to end without an answer. */
export async function workWithFault(
  fault: Fault | undefined,
  work: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | 'dropped'> {
  if (!fault) return work();
  const { status, dropConnection = false, delayMs, afterWork = false } = fault;
  const breaks = status !== undefined || dropConnection || delayMs === undefined;
  if (!afterWork) await delay(delayMs ?? 0, undefined, { signal });
  const answer = afterWork || !breaks ? await work() : undefined;
  if (afterWork) await delay(delayMs ?? 0, undefined, { signal });
  if (dropConnection) return 'dropped';
  return answer && !breaks ? answer : answerFault(fault);
}

function answerFault({ status = 500, code = 0, message, retryAfterMs = 1000, scope = 'user' }: Fault): Answer {
  if (status !== 429) return { status, body: { message: message ?? `${status}: injected fault`, code } };
  const seconds = retryAfterMs / 1000;
  return {
    status,
    body: {
      message: message ?? 'You are being rate limited.',
      retry_after: seconds,
      global: scope === 'global',
      ...(code && { code }),
    },
    headers: {
      'retry-after': String(Math.ceil(seconds)),
      'x-ratelimit-scope': scope,
      ...(scope === 'global'
        ? { 'x-ratelimit-global': 'true' }
        : { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': String(seconds) }),
    },
  };
}
