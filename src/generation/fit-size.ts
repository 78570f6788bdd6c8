import type { SizeRule } from './provider.ts';
import { ASPECT_RATIOS, type AspectRatio, type Size } from './request.ts';

const ONE_MEGAPIXEL = 1024 * 1024;

/** Width divided by height. */
export function ratioOf(aspect: AspectRatio): number {
  const [width = 1, height = 1] = aspect.split(':').map(Number);
  return width / height;
}

/** The listed ratio nearest to a picture's own. */
export function nearestAspect({ width, height }: Size): AspectRatio {
  return best(ASPECT_RATIOS, (aspect) => distance(width / height, ratioOf(aspect)));
}

/**
 * The size an offer paints for a ratio, in pixels: the nearest shape it knows, and of equal shapes the one nearest
 * to one megapixel, which FLUX was trained on.
 */
export function fitSize(rule: SizeRule, aspect: AspectRatio): Size {
  const known = fitted.get(rule) ?? new Map<AspectRatio, Size>();
  fitted.set(rule, known);
  const size = known.get(aspect) ?? chooseSize(rule, aspect);
  known.set(aspect, size);
  return size;
}

/** Offers live as long as the process, and each is asked for the same few sizes many times a request. */
const fitted = new WeakMap<SizeRule, Map<AspectRatio, Size>>();

function chooseSize(rule: SizeRule, aspect: AspectRatio): Size {
  const wanted = ratioOf(aspect);
  return best(
    sizesOf(rule, aspect),
    ({ width, height }) => distance(width / height, wanted),
    ({ width, height }) => distance(width * height, ONE_MEGAPIXEL),
  );
}

function sizesOf(rule: SizeRule, aspect: AspectRatio): Size[] {
  switch (rule.kind) {
    case 'pairs':
      return rule.pairs.map(([width, height]) => ({ width, height }));
    case 'aspects': {
      const exact = rule.sizes[aspect];
      const pairs = exact === undefined ? Object.values(rule.sizes) : [exact];
      return pairs.map(([width, height]) => ({ width, height }));
    }
    case 'grid': {
      const sizes: Size[] = [];
      for (let width = firstOnGrid(rule); width <= rule.most; width += rule.multipleOf) {
        const ideal = width / ratioOf(aspect);
        const height = clamp(Math.round(ideal / rule.multipleOf) * rule.multipleOf, firstOnGrid(rule), rule.most);
        const pixels = width * height;
        // Close enough to one megapixel that quality and price stay what members expect.
        if (pixels >= 0.8 * ONE_MEGAPIXEL && pixels <= 1.08 * ONE_MEGAPIXEL) sizes.push({ width, height });
      }
      return sizes;
    }
  }
}

function firstOnGrid({ least, multipleOf }: { least: number; multipleOf: number }): number {
  return Math.ceil(least / multipleOf) * multipleOf;
}

/** How far apart two ratios are, alike in both directions. */
function distance(one: number, other: number): number {
  return Math.abs(Math.log(one / other));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The candidate with the smallest score; later scores decide between equals. */
function best<Candidate>(candidates: readonly Candidate[], ...scores: ((candidate: Candidate) => number)[]): Candidate {
  const [first, ...others] = candidates;
  if (first === undefined) throw new RangeError('nothing to choose from');
  return others.reduce((winner, candidate) => {
    for (const score of scores) {
      const difference = score(candidate) - score(winner);
      if (Math.abs(difference) > 1e-9) return difference < 0 ? candidate : winner;
    }
    return winner;
  }, first);
}
