import { smoothstep } from './numbers.ts';

/** Width of the seam, in parts of the shorter side. */
const SEAM = 0.015;

/** How much of each pixel is repainted, 0–1: the mask, with a soft seam that lies wholly inside its white. Black stays 0. */
export function softenMask(mask: Uint8Array, width: number, height: number): Float32Array {
  const depth = depthInside(mask, width, height);
  const deepest = depth.reduce((most, value) => Math.max(most, value), 0);
  // Thin strokes still have to be painted.
  const seam = Math.max(1, Math.min(Math.min(width, height) * SEAM, deepest / 2));
  return depth.map((value, at) => ((mask[at] ?? 0) / 255) * smoothstep(value / seam));
}

const STRAIGHT = 1;
const DIAGONAL = Math.SQRT2;

/** Distance to the nearest black pixel, in pixels (two-pass chamfer). The picture's own border is no edge. */
function depthInside(mask: Uint8Array, width: number, height: number): Float32Array {
  const depth = Float32Array.from(mask, (value) => (value === 0 ? 0 : width + height));
  const relax = (x: number, y: number, stepX: number, stepY: number, cost: number) => {
    if (x + stepX < 0 || x + stepX >= width || y + stepY < 0 || y + stepY >= height) return;
    const at = y * width + x;
    const by = (depth[at + stepY * width + stepX] ?? 0) + cost;
    if (by < (depth[at] ?? 0)) depth[at] = by;
  };
  const sweep = (x: number, y: number, back: 1 | -1) => {
    relax(x, y, -back, 0, STRAIGHT);
    relax(x, y, 0, -back, STRAIGHT);
    relax(x, y, -back, -back, DIAGONAL);
    relax(x, y, back, -back, DIAGONAL);
  };
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) sweep(x, y, 1);
  for (let y = height - 1; y >= 0; y -= 1) for (let x = width - 1; x >= 0; x -= 1) sweep(x, y, -1);
  return depth;
}
