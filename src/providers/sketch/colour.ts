import { clamp, lerp } from './numbers.ts';

/**
 * OKLab, in which equal distances look equal: lightness 0–1, and two axes on which the distance from zero is the
 * chroma and the direction the hue. Conversions after Björn Ottosson, "A perceptual color space for image processing"
 * (2020, read 2026-11).
 */
export interface Colour {
  readonly lightness: number;
  readonly a: number;
  readonly b: number;
}

/** Hue in radians. */
export function polar(lightness: number, chroma: number, hue: number): Colour {
  return { lightness, a: chroma * Math.cos(hue), b: chroma * Math.sin(hue) };
}

/** Turns the hue, by radians. */
export function rotate({ lightness, a, b }: Colour, turn: number): Colour {
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  return { lightness, a: a * cos - b * sin, b: a * sin + b * cos };
}

export function scaleChroma({ lightness, a, b }: Colour, factor: number): Colour {
  return { lightness, a: a * factor, b: b * factor };
}

export function chromaOf({ a, b }: Colour): number {
  return Math.hypot(a, b);
}

export function mix(from: Colour, to: Colour, part: number): Colour {
  return {
    lightness: lerp(from.lightness, to.lightness, part),
    a: lerp(from.a, to.a, part),
    b: lerp(from.b, to.b, part),
  };
}

/** Less chroma until a screen can show it: cutting off red, green or blue alone would shift the hue. */
export function intoGamut(colour: Colour): Colour {
  const inside = toLinear(colour).every((value) => value > -0.002 && value < 1.002);
  return inside || chromaOf(colour) < 0.001 ? colour : intoGamut(scaleChroma(colour, 0.95));
}

/** `rrggbb` */
export function parseHex(hex: string): Colour {
  const number = Number.parseInt(hex, 16);
  return fromRgb(number >> 16, (number >> 8) & 255, number & 255);
}

/** From sRGB, 0–255 each. */
export function fromRgb(red: number, green: number, blue: number): Colour {
  const r = decode(red / 255);
  const g = decode(green / 255);
  const b = decode(blue / 255);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

/** To sRGB, 0–255 each with fractions; what no screen can show is cut off. */
export function toRgb(colour: Colour): number[] {
  return toLinear(colour).map((value) => 255 * encode(clamp(value)));
}

function toLinear({ lightness, a, b }: Colour): [red: number, green: number, blue: number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

// The transfer function of sRGB, IEC 61966-2-1.
function decode(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function encode(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}
