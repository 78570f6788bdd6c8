import type { Field } from './field.ts';
import { clamp, lerp } from './numbers.ts';
import { ENTRIES } from './palette.ts';
import type { Recipe } from './recipe.ts';
import { type Look, type Surface, shaders } from './shaders.ts';

/** Gives the pattern its colours, its light and its material: red, green, blue per pixel, 0–255 with fractions. */
export function applyFinish(recipe: Recipe, field: Field): Float32Array {
  const { palette, sun, light } = recipe;
  const { width, height, relief, tone } = field;
  const paint = new Float32Array(width * height * 3);
  const short = Math.min(width, height);
  const steep = short / 2;
  const shade = shaders[recipe.finish];
  const [lightX, lightY, lightZ] = light;
  const surface: Surface = {
    field,
    recipe,
    short,
    x: 0,
    y: 0,
    relief: 0,
    tone: 0,
    facing: 0,
    upright: 0,
    reliefPerPixel: 0,
    tonePerPixel: 0,
  };
  const look: Look = { tone: 0, bright: 0, gloss: 0 };

  for (let y = 0; y < height; y += 1) {
    const up = y === 0 ? 0 : -width;
    const down = y === height - 1 ? 0 : width;
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const left = x === 0 ? at : at - 1;
      const right = x === width - 1 ? at : at + 1;
      const reliefX = ((relief[right] ?? 0) - (relief[left] ?? 0)) / 2;
      const reliefY = ((relief[at + down] ?? 0) - (relief[at + up] ?? 0)) / 2;
      const toneX = ((tone[right] ?? 0) - (tone[left] ?? 0)) / 2;
      const toneY = ((tone[at + down] ?? 0) - (tone[at + up] ?? 0)) / 2;
      const slope = reliefX * reliefX + reliefY * reliefY;
      surface.x = x;
      surface.y = y;
      surface.relief = relief[at] ?? 0;
      surface.tone = tone[at] ?? 0;
      surface.upright = 1 / Math.sqrt(slope * steep * steep + 1);
      surface.facing = (lightZ - (reliefX * lightX + reliefY * lightY) * steep) * surface.upright;
      surface.reliefPerPixel = Math.sqrt(slope) + 1e-6;
      surface.tonePerPixel = Math.sqrt(toneX * toneX + toneY * toneY) + 1e-6;
      shade(surface, look);
      if (sun !== undefined) shine(sun, surface, look);

      const entry = 3 * Math.round(clamp(look.tone) * (ENTRIES - 1));
      paint[at * 3] = clip((palette[entry] ?? 0) * look.bright + look.gloss);
      paint[at * 3 + 1] = clip((palette[entry + 1] ?? 0) * look.bright + look.gloss);
      paint[at * 3 + 2] = clip((palette[entry + 2] ?? 0) * look.bright + look.gloss);
    }
  }
  return paint;
}

function clip(value: number): number {
  return Math.min(255, Math.max(0, value));
}

/** A disc behind the nearer ridges, and its glow around it. */
function shine({ x, y, radius }: NonNullable<Recipe['sun']>, surface: Surface, look: Look): void {
  const { field, recipe, short, relief, reliefPerPixel } = surface;
  const horizon = Math.ceil(recipe.levels * 0.34) / recipe.levels;
  const behind = clamp((horizon - relief) / reliefPerPixel + 0.5);
  if (behind === 0) return;
  const fromX = surface.x - x * field.width;
  const fromY = surface.y - y * field.height;
  const outside = Math.sqrt(fromX * fromX + fromY * fromY) - radius * short;
  const disc = clamp(0.5 - outside) * behind;
  look.gloss += ((1 - disc) * behind * 26) / (1 + (9 * Math.max(0, outside)) / short);
  look.tone = lerp(look.tone, 0.96, disc);
  look.bright = lerp(look.bright, 1.04, disc);
}
