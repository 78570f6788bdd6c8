import {
  type Colour,
  chromaOf,
  fromRgb,
  intoGamut,
  mix,
  parseHex,
  polar,
  rotate,
  scaleChroma,
  toRgb,
} from './colour.ts';
import { clamp, lerp, smoothstep } from './numbers.ts';
import { bell, between, pick, type Random } from './random.ts';
import type { Reading } from './read-prompt.ts';

/** A gradient from dark to light: `ENTRIES` colours, red, green and blue each 0–255 with fractions. */
export type Palette = Float32Array;
export const ENTRIES = 1024;

/** A harmonious gradient: of the scenes and colours the prompt names, else drawn. */
export function createPalette(reading: Reading, random: Random): Palette {
  const stops = nameStops(reading, random) ?? drawStops(random);
  const turn = bell(random) * 0.12;
  const { lightness, chroma } = reading.mood;
  return gradient(
    stops.map((stop) => {
      const tuned = scaleChroma(rotate(stop, turn), chroma);
      return { ...tuned, lightness: Math.min(0.98, Math.max(0.06, tuned.lightness + lightness)) };
    }),
  );
}

/** The gradient of a picture's own colours (red, green, blue per pixel). */
export function paletteOf(pixels: Uint8Array): Palette {
  const samples = 4096;
  const stride = 3 * Math.max(1, Math.floor(pixels.length / 3 / samples));
  const colours: Colour[] = [];
  for (let at = 0; at + 2 < pixels.length; at += stride) {
    colours.push(fromRgb(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0));
  }
  colours.sort((one, other) => one.lightness - other.lightness);
  const share = colours.length / 6;
  return gradient(
    [0, 1, 2, 3, 4, 5].map((part) => leading(colours.slice(Math.floor(part * share), Math.ceil((part + 1) * share)))),
  );
}

/** The mean of the hue that is strongest: the mean of all hues would be grey. */
function leading(colours: readonly Colour[]): Colour {
  const families = Map.groupBy(colours, ({ a, b }) => Math.round((Math.atan2(b, a) / Math.PI) * 5));
  const strength = (family: readonly Colour[]) => family.reduce((sum, colour) => sum + 0.01 + chromaOf(colour), 0);
  const [strongest = colours] = [...families.values()].toSorted((one, other) => strength(other) - strength(one));
  return strongest.reduce((mean, colour, index) => mix(mean, colour, 1 / (index + 1)), polar(0, 0, 0));
}

function nameStops({ scenes, colours }: Reading, random: Random): Colour[] | undefined {
  const anchors = colours.map(parseHex);
  const [first, second = first] = scenes;
  if (first === undefined || second === undefined) return anchors.length === 0 ? undefined : around(anchors, random);
  const offset = random() < 0.5 ? 0 : 1;
  const stops = first.map((stop, index) => parseHex(index % 2 === offset ? stop : (second[index] ?? stop)));
  // A colour named beside a scene takes the place of the scene's stop nearest in lightness.
  for (const anchor of anchors.slice(0, 3)) {
    const distances = stops.map((stop) => Math.abs(stop.lightness - anchor.lightness));
    stops[distances.indexOf(Math.min(...distances))] = anchor;
  }
  return stops;
}

/** Shadows and lights for colours that were named alone. */
function around(anchors: readonly Colour[], random: Random): Colour[] {
  const [first = polar(0.5, 0, 0)] = anchors;
  const lean = bell(random) * 0.25;
  const turn = chromaOf(first) < 0.03 ? 0 : 0.4;
  const stops = anchors.slice(0, 5);
  if (stops.length < 3) stops.push(rotate({ ...first, lightness: clamp(first.lightness + 0.17) }, turn * (1.1 + lean)));
  if (stops.length < 4) stops.push(rotate({ ...first, lightness: clamp(first.lightness - 0.2) }, turn * (lean - 1)));
  const dark = { ...scaleChroma(rotate(first, -0.5), 0.4), lightness: 0.16 };
  const light = { ...scaleChroma(rotate(first, 0.6), 0.3), lightness: 0.95 };
  return [dark, ...stops, light];
}

/** Hue steps, in radians, from dark to light: neighbours, complements, a rainbow's half, a triad, a return. */
const SCHEMES: readonly [readonly number[], ...(readonly number[])[]] = [
  [0, 0.25, 0.55, 0.9, 1.3],
  [0, 0.4, 0.2, 2.9, 3.2],
  [0, -0.5, -1.1, -1.8, -2.5],
  [0, 0.3, 2.2, 2.5, 3.9],
  [0, 3.0, 3.3, 0.3, 0.7],
];

function drawStops(random: Random): Colour[] {
  const hue = between(random, 0, 2 * Math.PI);
  const scheme = pick(random, SCHEMES);
  const vivid = between(random, 0.8, 1.2);
  const lightnesses = [0.17, 0.36, between(random, 0.52, 0.62), 0.77, 0.94];
  const chromas = [0.06, 0.13, 0.18, 0.14, 0.05];
  return scheme.map((step, index) => {
    const lightness = lightnesses[index] ?? 0.5;
    const wanted = hue + step + bell(random) * 0.1;
    const stopHue = lightness < 0.7 ? withoutKhaki(wanted) : wanted;
    // A full green outshouts everything beside it.
    const green = smoothstep(1.5 * Math.cos(stopHue - 2.6) - 0.5);
    return polar(lightness, (chromas[index] ?? 0) * vivid * (1 - 0.35 * green), stopHue);
  });
}

/** Dark yellow is mud: hues (radians) between orange and lime move up to red and orange, or on to green. */
function withoutKhaki(hue: number): number {
  const turn = 2 * Math.PI;
  const wrapped = ((hue % turn) + turn) % turn;
  if (wrapped < 0.8 || wrapped > 2.6) return wrapped;
  return wrapped < 1.8 ? lerp(0.45, 0.8, wrapped - 0.8) : lerp(2.6, 3, (wrapped - 1.8) / 0.8);
}

const LEAST_CONTRAST = 0.55;

function gradient(stops: readonly Colour[]): Palette {
  const ordered = stops.toSorted((one, other) => one.lightness - other.lightness);
  const spread = widen(ordered).map(intoGamut);
  const palette = new Float32Array(ENTRIES * 3);
  const last = spread.length - 1;
  for (let entry = 0; entry < ENTRIES; entry += 1) {
    const position = (entry / (ENTRIES - 1)) * last;
    const index = Math.min(last - 1, Math.floor(position));
    const from = spread[index];
    const to = spread[index + 1];
    if (from === undefined || to === undefined) continue;
    const part = position - index;
    palette.set(toRgb(mix(from, to, lerp(part, smoothstep(part), 0.5))), entry * 3);
  }
  return palette;
}

/** Moves the darkest and the lightest far enough apart to see a pattern between them. */
function widen(ordered: readonly Colour[]): readonly Colour[] {
  const low = ordered[0]?.lightness ?? 0;
  const high = ordered.at(-1)?.lightness ?? 1;
  if (high - low >= LEAST_CONTRAST) return ordered;
  const half = LEAST_CONTRAST / 2;
  const middle = Math.min(1 - half, Math.max(half, (low + high) / 2));
  return ordered.map((stop, index) => ({
    ...stop,
    lightness: lerp(middle - half, middle + half, index / (ordered.length - 1)),
  }));
}
