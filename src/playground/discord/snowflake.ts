/** 2015-01-01, where Discord's ids begin (docs: API Reference, Snowflakes, 2026-08). */
const DISCORD_EPOCH_MS = 1_420_070_400_000;

/**
 * Draws ids that carry the clock's time (17 digits and more from 2016 on) and always grow, even when the clock does
 * not, and past the ids in `taken`.
 */
export function createSnowflakes(now: () => number, taken: readonly string[] = []): () => string {
  let last = taken.reduce((newest, id) => (BigInt(id) > newest ? BigInt(id) : newest), 0n);
  return () => {
    const fromClock = BigInt(Math.max(0, Math.floor(now()) - DISCORD_EPOCH_MS)) << 22n;
    last = fromClock > last ? fromClock : last + 1n;
    return last.toString();
  };
}

/** Older ids are smaller; ids differ in length, so text order will not do. */
export function compareSnowflakes(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
