import { lerp, zigzag } from './numbers.ts';
import { createPattern } from './pattern.ts';
import type { Recipe } from './recipe.ts';

/** One number per pixel or point, row by row. */
export type Plane = Float32Array;

/** The pattern, before it has colours. */
export interface Field {
  readonly width: number;
  readonly height: number;
  /** 0–1: what lies above what. */
  readonly relief: Plane;
  /** 0–1: where on the palette. */
  readonly tone: Plane;
}

/** Of the grid on which the network is asked; the pixels between are interpolated. */
const MOST_POINTS = 300_000;

/** The same pattern at every size; other proportions show more of it. */
export function evaluateField(recipe: Recipe, width: number, height: number): Field {
  const cell = Math.max(1, Math.ceil(Math.sqrt((width * height) / MOST_POINTS)));
  // Two points beyond the last pixel's cell and one before the first: the cubic looks that far.
  const columns = Math.ceil(width / cell) + 3;
  const rows = Math.ceil(height / cell) + 3;
  const unit = 2 / Math.min(width, height);
  const place = (index: number, length: number) => ((index - 1) * cell - length / 2) * unit;

  const relief = new Float32Array(columns * rows);
  const tone = new Float32Array(columns * rows);
  const pattern = createPattern(
    recipe,
    Float64Array.from({ length: columns }, (_, column) => place(column, width)),
  );
  for (let row = 0; row < rows; row += 1) {
    pattern(place(row, height), relief.subarray(row * columns), tone.subarray(row * columns));
  }
  stretch(relief, 0.25);
  stretch(tone, 0.6);
  if (recipe.lens === 'strata') layer(recipe, relief, tone, columns, unit * cell);
  return {
    width,
    height,
    relief: enlarge(relief, columns, cell, width, height),
    tone: enlarge(tone, columns, cell, width, height),
  };
}

const BINS = 2048;

/** Stretches a plane over 0–1, and `equal` of the way to where every value is as frequent as any other. */
function stretch(plane: Plane, equal: number): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < plane.length; index += 1) {
    const value = plane[index] ?? 0;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? (BINS - 1) / (high - low) : 0;
  const upTo = new Float64Array(BINS + 1);
  for (let index = 0; index < plane.length; index += 1) {
    const bin = Math.floor(((plane[index] ?? 0) - low) * scale) + 1;
    upTo[bin] = (upTo[bin] ?? 0) + 1;
  }
  for (let bin = 1; bin <= BINS; bin += 1) upTo[bin] = (upTo[bin] ?? 0) + (upTo[bin - 1] ?? 0);
  for (let index = 0; index < plane.length; index += 1) {
    const position = ((plane[index] ?? 0) - low) * scale;
    const bin = Math.floor(position);
    const rank = lerp(upTo[bin] ?? 0, upTo[bin + 1] ?? 0, position - bin) / plane.length;
    plane[index] = lerp(position / (BINS - 1), rank, equal);
  }
}

/** Ridges instead of islands: what is lower in the picture lies nearer, and is darker. */
function layer({ ridge, finish, grainSeed }: Recipe, relief: Plane, tone: Plane, columns: number, unit: number): void {
  const rows = relief.length / columns;
  const start = grainSeed / 1024;
  const own = finish === 'paper' ? 0.2 : 0.4;
  for (let index = 0; index < relief.length; index += 1) {
    const depth = Math.floor(index / columns) / rows;
    const x = (index % columns) * unit + start;
    const crags = ridge === 'crags' ? cragsAt(x, depth) : 0;
    relief[index] = 0.74 * depth + 0.26 * (relief[index] ?? 0) + 0.2 * crags;
    tone[index] = lerp(1 - depth, tone[index] ?? 0, own);
  }
}

/** −0.5–0.5: three zigzags, which drift apart from one ridge to the next. */
function cragsAt(x: number, depth: number): number {
  const coarse = zigzag(x * 0.7 + depth * 0.5);
  const middle = zigzag(x * 1.7 - depth * 0.6);
  const fine = zigzag(x * 4.3 + depth * 0.8);
  return 0.55 * coarse + 0.3 * middle + 0.15 * fine - 0.5;
}

/** Catmull-Rom between the points of a grid whose first point lies one cell before the first pixel. */
function enlarge(grid: Plane, columns: number, cell: number, width: number, height: number): Plane {
  const plane = new Float32Array(width * height);
  const line = new Float32Array(columns);
  const parts = Array.from({ length: cell }, (_, part) => catmullRom(part / cell));
  for (let y = 0; y < height; y += 1) {
    const [above, from, to, below] = parts[y % cell] ?? [0, 1, 0, 0];
    const top = Math.floor(y / cell) * columns;
    for (let x = 0; x < columns; x += 1) {
      line[x] =
        above * (grid[top + x] ?? 0) +
        from * (grid[top + columns + x] ?? 0) +
        to * (grid[top + 2 * columns + x] ?? 0) +
        below * (grid[top + 3 * columns + x] ?? 0);
    }
    parts.forEach(([before, left, right, after], part) => {
      for (let x = part, point = 0; x < width; x += cell, point += 1) {
        plane[y * width + x] =
          before * (line[point] ?? 0) +
          left * (line[point + 1] ?? 0) +
          right * (line[point + 2] ?? 0) +
          after * (line[point + 3] ?? 0);
      }
    });
  }
  return plane;
}

function catmullRom(t: number): readonly [number, number, number, number] {
  const square = t * t;
  const cube = square * t;
  return [
    (2 * square - t - cube) / 2,
    (2 - 5 * square + 3 * cube) / 2,
    (t + 4 * square - 3 * cube) / 2,
    (cube - square) / 2,
  ];
}
