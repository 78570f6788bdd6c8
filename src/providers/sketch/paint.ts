import { evaluateField } from './field.ts';
import { applyFinish } from './finish.ts';
import { cover, drape, imprint, type Pixels } from './init-image.ts';
import { softenMask } from './mask.ts';
import { lattice, lerp, smoothstep } from './numbers.ts';
import { type Palette, paletteOf } from './palette.ts';
import { createRecipe, type Recipe } from './recipe.ts';

/** One picture to paint: plain data, so that it can cross to another thread. */
export interface PaintJob {
  readonly prompt: string;
  readonly seed: number;
  readonly steps: number;
  readonly width: number;
  readonly height: number;
  /** The picture to start from, width × height. */
  readonly init?: Pixels;
  /** 0.05 keeps the init image, 1 ignores it. */
  readonly strength: number;
  /** One byte per pixel: 255 is repainted, 0 kept to the byte. Only with `init`. */
  readonly mask?: Uint8Array;
}

/** Red, green, blue per pixel. The same job gives the same bytes, always. */
export function paint(job: PaintJob): Uint8Array<ArrayBuffer> {
  const { width, height, init, strength, mask } = job;
  const drawn = createRecipe(job);
  const field = evaluateField(drawn, width, height);
  if (init === undefined) return toPixels(applyFinish(drawn, field), width);

  const recipe: Recipe = {
    ...drawn,
    palette: matchPalette(drawn, init, mask === undefined ? strength : 0),
    // The picture may have a sun of its own.
    sun: strength < 0.9 ? undefined : drawn.sun,
  };
  const draped = drape(init, field, strength);
  const colours = applyFinish(recipe, imprint(field, draped, strength, recipe.finish));
  const repainted = mask === undefined ? undefined : softenMask(mask, width, height);
  for (let at = 0; at < width * height; at += 1) {
    const covered = cover(field.relief[at] ?? 0, strength);
    const share = repainted?.[at] ?? 1;
    for (let channel = at * 3; channel < at * 3 + 3; channel += 1) {
      const fresh = lerp(draped[channel] ?? 0, colours[channel] ?? 0, covered);
      colours[channel] = lerp(init[channel] ?? 0, fresh, share);
    }
  }
  return toPixels(colours, width);
}

/** A prompt that names no colours takes those of the picture it starts from, until strength frees it of that too. */
function matchPalette({ palette, coloursNamed }: Recipe, init: Pixels, strength: number): Palette {
  if (coloursNamed) return palette;
  const own = smoothstep((strength - 0.8) / 0.2);
  return paletteOf(init).map((value, index) => lerp(value, palette[index] ?? 0, own));
}

/** Rounds up or down by chance of place, so that no gradient shows bands. Whole numbers stay as they are. */
function toPixels(colours: Float32Array, width: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(colours.length);
  for (let at = 0, pixel = 0; at < colours.length; at += 3, pixel += 1) {
    const dither = lattice(pixel % width, Math.floor(pixel / width), 7);
    pixels[at] = (colours[at] ?? 0) + dither;
    pixels[at + 1] = (colours[at + 1] ?? 0) + dither;
    pixels[at + 2] = (colours[at + 2] ?? 0) + dither;
  }
  return pixels;
}
