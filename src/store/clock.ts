import { sql } from 'kysely';
import type { Db } from './locks.ts';

/** So often the database is asked for its time: by then two clocks have drifted a few milliseconds apart at most. */
const EVERY_MS = 60_000;
/** An answer that took longer says too little about the time it was given at. */
const ROUGH_MS = 1_000;
/** From here on the person who runs this machine should know that its clock is wrong. */
const APART_MS = 2_000;

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly stop: () => void;
}

/**
 * The database's clock, for processes on several machines that write times for each other: a lease of one whose own
 * clock is behind would seem to have expired to the others. Between two looks at it the time is counted on from the
 * last one, so a machine that sets its clock meanwhile moves nothing.
 * @param onApart told once when the clock of this machine is found to be so far ahead of it; negative: behind
 */
export async function followDatabaseClock(db: Db, onApart: (aheadMs: number) => void): Promise<Clock> {
  let startedAt: number | undefined;
  let isApart = false;
  const now = () => Math.round((startedAt ?? 0) + performance.now());

  async function look(): Promise<void> {
    const [before, time, after] = await db.connection().execute(async (connection) => {
      const asked = performance.now();
      const { rows } = await sql<{ time: number }>`
        select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as time`.execute(connection);
      return [asked, Number(rows[0]?.time), performance.now()];
    });
    if (startedAt !== undefined && after - before > ROUGH_MS) return;
    // Read half-way between the question and its answer.
    startedAt = time - (before + after) / 2;
    const aheadMs = Math.round(Date.now() - now());
    const wasApart = isApart;
    isApart = Math.abs(aheadMs) > APART_MS;
    if (isApart && !wasApart) onApart(aheadMs);
  }

  await look();
  // While the database is away the time is counted on.
  const timer = setInterval(() => void look().catch(() => {}), EVERY_MS);
  timer.unref();
  return { now, stop: () => clearInterval(timer) };
}
