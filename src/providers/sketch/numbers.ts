export function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

export function lerp(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

/** 0 below 0, 1 above 1, level at both. */
export function smoothstep(value: number): number {
  const part = clamp(value);
  return part * part * (3 - 2 * part);
}

/** A sine of `turns` full turns to a thousandth, as smooth as one needs: two parabolas, corrected. */
export function sine(turns: number): number {
  const half = 2 * (turns - Math.floor(turns)) - 1;
  const arch = 4 * half * (Math.abs(half) - 1);
  return arch + 0.225 * (arch * Math.abs(arch) - arch);
}

/** 0–1 in a zigzag, once up and down per turn. */
export function zigzag(turns: number): number {
  return Math.abs(2 * (turns - Math.floor(turns)) - 1);
}

/** 0–1, always the same at the same place of a lattice. */
export function lattice(column: number, row: number, seed: number): number {
  let hash = Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash >>> 8) / 16_777_216;
}

/** Smooth noise 0–1 between the points of that lattice. */
export function noise(x: number, y: number, seed: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const partX = smoothstep(x - column);
  const partY = smoothstep(y - row);
  const upper = lerp(lattice(column, row, seed), lattice(column + 1, row, seed), partX);
  const lower = lerp(lattice(column, row + 1, seed), lattice(column + 1, row + 1, seed), partX);
  return lerp(upper, lower, partY);
}
