import type { Painted } from '../generation/record.ts';
import { speak } from '../language/index.ts';

/** Micro-dollars as dollars with at least three significant digits: `$0.00300`, `$1.25`, `$12.34`. */
export function formatUsd(microUsd: number): string {
  const dollars = microUsd / 1_000_000;
  return dollars >= 1 ? `$${dollars.toFixed(2)}` : `$${Number(dollars.toPrecision(3)).toFixed(decimalsFor(dollars))}`;
}

/** Decimals that show three significant digits of an amount below one dollar. */
function decimalsFor(dollars: number): number {
  return dollars === 0 ? 2 : Math.min(12, 2 - Math.floor(Math.log10(dollars)));
}

export function formatPrice(locale: string, microUsd: number): string {
  return microUsd === 0 ? speak(locale, { key: 'fact-free' }) : formatUsd(microUsd);
}

/** `0.4`, `2.1`, `75`. */
export function formatSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  return seconds < 9.95 ? seconds.toFixed(1) : String(Math.round(seconds));
}

/** Consecutive seeds as a span (`7–10`), others as a list. `undefined`: the provider kept them to itself. */
export function formatSeeds(seeds: readonly (number | null)[]): string | undefined {
  const known = seeds.filter((seed) => seed !== null);
  const [first] = known;
  if (first === undefined || known.length < seeds.length) return undefined;
  const consecutive = known.length > 1 && known.every((seed, index) => seed === first + index);
  return consecutive ? `${first}–${known.at(-1)}` : known.join(', ');
}

/** model · provider · size · steps · seed · seconds · price */
export function factsLine(locale: string, painted: Painted, strength: number | undefined): string {
  const { model, providerLabel, width, height, inferenceSteps, seeds, paintingMs, costMicroUsd } = painted;
  const seedText = formatSeeds(seeds);
  return [
    model,
    ...(model === painted.provider ? [] : [providerLabel]),
    `${width}×${height}`,
    ...(inferenceSteps === undefined ? [] : [speak(locale, { key: 'fact-steps', values: { steps: inferenceSteps } })]),
    ...(strength === undefined ? [] : [speak(locale, { key: 'fact-strength', values: { strength } })]),
    seedText === undefined
      ? speak(locale, { key: 'fact-seed-theirs', values: { provider: providerLabel } })
      : speak(locale, { key: 'fact-seed', values: { seeds: seedText } }),
    speak(locale, { key: 'fact-seconds', values: { seconds: formatSeconds(paintingMs) } }),
    formatPrice(locale, costMicroUsd),
  ].join(' · ');
}
