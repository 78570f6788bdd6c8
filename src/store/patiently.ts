import { setTimeout as delay } from 'node:timers/promises';

/**
 * PostgreSQL's and Node's words for "not now": the connection broke, the server is starting, stopping or full, or it
 * ended a transaction or a session because this process had stood still.
 */
const PASSING =
  /^(08...|57P0[1235]|25P0[34]|53...|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENOSPC|EDQUOT|EIO)$/;
/** SQLite's: busy, locked, full disk, I/O error. */
const PASSING_SQLITE = new Set([5, 6, 10, 13]);

/** Whether the same statement could succeed once the database is back or has room again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && typeof error.errcode === 'number') return PASSING_SQLITE.has(error.errcode & 0xff);
  if ('code' in error && typeof error.code === 'string' && PASSING.test(error.code)) return true;
  // pg throws these without a code when its socket ends under a query.
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
}

/**
 * Repeats what must not be lost until the database takes it: for writes that record what was already done, such as a
 * picture that was paid for. Throws any error that waiting cannot mend, and after `forMs` the last one.
 */
export async function patiently<Result>(
  write: () => Promise<Result>,
  { forMs = 120_000 }: { forMs?: number } = {},
): Promise<Result> {
  const until = performance.now() + forMs;
  for (let pauseMs = 100; ; pauseMs = Math.min(2_000, pauseMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (!isPassing(error) || performance.now() > until) throw error;
      await delay(pauseMs);
    }
  }
}
