import type { Field, Plane } from './field.ts';
import type { Finish } from './lexicon.ts';
import { clamp, lerp, smoothstep } from './numbers.ts';

/** Red, green, blue per pixel. */
export type Pixels = Uint8Array;

/** How far, in parts of the shorter side, the pattern pulls the init image about at full strength. */
const PULL = 0.3;

/** The init image as if printed on the pattern's cloth: pulled about the more, the greater the strength. */
export function drape(init: Pixels, { width, height, relief, tone }: Field, strength: number): Pixels {
  const draped = new Uint8Array(init.length);
  const pull = Math.min(width, height) * PULL * strength * strength;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const fromX = inside(x + ((tone[at] ?? 0) - 0.5) * pull, width);
      const fromY = inside(y + ((relief[at] ?? 0) - 0.5) * pull, height);
      const column = Math.floor(fromX);
      const row = Math.floor(fromY);
      const partX = fromX - column;
      const partY = fromY - row;
      const right = column + 1 < width ? 3 : 0;
      const below = row + 1 < height ? 3 * width : 0;
      const from = (row * width + column) * 3;
      for (let channel = from; channel < from + 3; channel += 1) {
        const upper = lerp(init[channel] ?? 0, init[channel + right] ?? 0, partX);
        const lower = lerp(init[channel + below] ?? 0, init[channel + below + right] ?? 0, partX);
        draped[at * 3 + channel - from] = lerp(upper, lower, partY) + 0.5;
      }
    }
  }
  return draped;
}

/** Lets the picture's lights and shadows into the pattern, which is then cut, folded or glazed after the picture. */
export function imprint(field: Field, draped: Pixels, strength: number, finish: Finish): Field {
  const { width, height } = field;
  const own = strength ** 3;
  // Two pictures averaged are flatter than either; this gives the contrast back.
  const contrast = 1 / Math.sqrt(own * own + (1 - own) * (1 - own));
  const blend = (printed: number, patterned: number) => clamp(0.5 + contrast * (lerp(printed, patterned, own) - 0.5));

  const tone = luminance(draped);
  const relief = blur(tone, width, height, Math.max(1, Math.round(Math.min(width, height) / 160)));
  for (let at = 0; at < tone.length; at += 1) {
    const light = relief[at] ?? 0;
    // The sheet that lies on top is the dark one.
    relief[at] = blend(finish === 'paper' ? 1 - light : light, field.relief[at] ?? 0);
    tone[at] = blend(tone[at] ?? 0, field.tone[at] ?? 0);
  }
  return { width, height, relief, tone };
}

/** 0–1, weighted as in ITU-R BT.601. */
function luminance(pixels: Pixels): Plane {
  const plane = new Float32Array(pixels.length / 3);
  for (let at = 0, from = 0; at < plane.length; at += 1, from += 3) {
    const light = 0.299 * (pixels[from] ?? 0) + 0.587 * (pixels[from + 1] ?? 0) + 0.114 * (pixels[from + 2] ?? 0);
    plane[at] = light / 255;
  }
  return plane;
}

/** 0–1: how much of the new paint covers the draped picture at a place of this relief. It rises like water. */
export function cover(relief: number, strength: number): number {
  const shore = 0.6;
  return smoothstep((strength * (1 + shore) - relief) / shore);
}

function blur(plane: Plane, width: number, height: number, radius: number): Plane {
  const across = { length: width, step: 1, lines: height, lineStep: width };
  const along = { length: height, step: width, lines: width, lineStep: 1 };
  return blurLines(blurLines(plane, across, radius), along, radius);
}

interface Lines {
  readonly length: number;
  readonly step: number;
  readonly lines: number;
  readonly lineStep: number;
}

/** A running mean along each line. */
function blurLines(plane: Plane, { length, step, lines, lineStep }: Lines, radius: number): Plane {
  const blurred = new Float32Array(plane.length);
  for (let line = 0; line < lines; line += 1) {
    const start = line * lineStep;
    const at = (index: number) => plane[start + Math.min(length - 1, Math.max(0, index)) * step] ?? 0;
    let sum = 0;
    for (let index = -radius; index <= radius; index += 1) sum += at(index);
    for (let index = 0; index < length; index += 1) {
      blurred[start + index * step] = sum / (2 * radius + 1);
      sum += at(index + radius + 1) - at(index - radius);
    }
  }
  return blurred;
}

function inside(position: number, length: number): number {
  return Math.min(length - 1, Math.max(0, position));
}
