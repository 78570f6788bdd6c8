import type { Field } from './field.ts';
import type { Finish } from './lexicon.ts';
import { clamp, lattice, noise } from './numbers.ts';
import type { Recipe } from './recipe.ts';

/** The pattern at one pixel. One object serves for all pixels. */
export interface Surface {
  readonly field: Field;
  readonly recipe: Recipe;
  /** The shorter side in pixels. */
  readonly short: number;
  x: number;
  y: number;
  relief: number;
  tone: number;
  /** −1–1: how far it is turned to the light. */
  facing: number;
  /** 0–1: 1 where it lies flat. */
  upright: number;
  /** How fast relief and tone change here: what makes an edge exactly one pixel soft. */
  reliefPerPixel: number;
  tonePerPixel: number;
}

/** What a material makes of it. */
export interface Look {
  /** 0–1: where on the palette. */
  tone: number;
  /** Factor. */
  bright: number;
  /** 0–255: white on top. */
  gloss: number;
}

type Shader = (surface: Surface, look: Look) => void;

const silk: Shader = ({ tone, facing, upright }, look) => {
  const shine = Math.max(0, facing * 0.55 + upright * 0.45);
  const square = shine * shine;
  const fourth = square * square;
  look.tone = tone;
  look.bright = 0.62 + 0.48 * facing;
  look.gloss = fourth * fourth * 26;
};

const brush: Shader = ({ relief, tone, facing, recipe: { grainSeed } }, look) => {
  const coarse = noise(relief * 90, tone * 7, grainSeed);
  const fine = noise(relief * 260, tone * 11, grainSeed + 1);
  const bristle = coarse * 0.65 + fine * 0.35 - 0.5;
  look.tone = tone + bristle * 0.12;
  look.bright = 0.66 + 0.44 * facing + bristle * 0.26;
  look.gloss = 0;
};

const agate: Shader = ({ relief, tone, facing, reliefPerPixel, tonePerPixel, recipe: { grainSeed, levels } }, look) => {
  const band = relief * levels + tone * 2;
  const index = Math.floor(band);
  const part = band - index;
  const perPixel = reliefPerPixel * levels + tonePerPixel * 2;
  const tooth = lattice(index, 3, grainSeed);
  const before = lattice(index - 1, 3, grainSeed);
  const edge = Math.min(1, Math.min(part, 1 - part) / Math.max(0.08, perPixel));
  look.tone = 0.58 * tone + 0.42 * (before + (tooth - before) * Math.min(1, part / perPixel)) + 0.1 * (part - 0.5);
  look.bright = (0.7 + 0.36 * facing) * (0.8 + 0.2 * edge);
  look.gloss = (1 - edge) * 8;
};

const glass: Shader = (
  { relief, tone, facing, short, reliefPerPixel, tonePerPixel, recipe: { grainSeed, levels } },
  look,
) => {
  const columns = relief * levels * 0.6;
  const rows = tone * 3;
  const column = Math.floor(columns);
  const row = Math.floor(rows);
  const lead = Math.min(
    came(columns - column, reliefPerPixel * levels * 0.6, short),
    came(rows - row, tonePerPixel * 3, short),
  );
  const pane = lattice(column, row, grainSeed);
  look.tone = 0.15 + 0.55 * pane + 0.3 * tone;
  look.bright = (0.84 + 0.26 * facing + 0.1 * (lattice(row, column, grainSeed) - 0.5)) * (0.12 + 0.88 * lead);
  look.gloss = 0;
};

/** 0 on the lead at either end of a pane, 1 inside it. Narrow panes get thinner lead. */
function came(part: number, perPixel: number, short: number): number {
  const pane = 1 / perPixel;
  const half = Math.min(short * 0.0028, pane * 0.07);
  const inside = clamp((Math.min(part, 1 - part) * pane - half) / Math.max(1, half * 0.5) + Math.max(0, 1 - half));
  // Where the pattern is all but flat a border would widen to a blot.
  return Math.max(inside, 1 - perPixel * short);
}

const paper: Shader = (surface, look) => {
  const { field, recipe, short, x, y, relief, tone, reliefPerPixel } = surface;
  const { levels, light } = recipe;
  const depth = relief * levels;
  const sheet = Math.floor(depth);
  const hop = Math.max(1, short * 0.008);
  let shadow = 0;
  for (let hops = 1; hops <= 4; hops += 1) {
    const fromX = Math.min(field.width - 1, Math.max(0, Math.round(x + light[0] * hop * hops)));
    const fromY = Math.min(field.height - 1, Math.max(0, Math.round(y + light[1] * hop * hops)));
    const above = (field.relief[fromY * field.width + fromX] ?? 0) * levels - sheet - 1;
    if (above > 0) shadow = Math.max(shadow, (1 - hops / 5) * Math.min(1, above * 6));
  }
  const perPixel = reliefPerPixel * levels;
  const edge = Math.min(1, (depth - sheet) / perPixel);
  const rim = clamp(1 - (depth - sheet) / (perPixel * short * 0.0025)) * clamp(1.2 - 4 * perPixel);
  look.tone = 1 - (sheet - 0.5 + edge) / levels + (tone - 0.5) * 0.1;
  look.bright = 1 - 0.4 * shadow;
  look.gloss = rim * 9;
};

export const shaders: Readonly<Record<Finish, Shader>> = { silk, brush, paper, agate, glass };
