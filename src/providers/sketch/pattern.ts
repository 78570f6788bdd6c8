import { lattice, sine } from './numbers.ts';
import type { Neuron, Recipe } from './recipe.ts';

/** Evaluates one row of points at height `y`, into the start of both planes. */
export type Pattern = (y: number, relief: Float32Array, tone: Float32Array) => void;

/**
 * The pattern network over the points `across`, a row at a time. Per point there are only + − × ÷ √, which are exact
 * everywhere, so a picture never depends on the machine.
 */
export function createPattern(recipe: Recipe, across: Float64Array): Pattern {
  const row = () => new Float64Array(across.length);
  const x = row();
  const y = row();
  const radius = row();
  const waveX = row();
  const waveY = row();
  const waveBoth = row();
  const layers = recipe.network.map((neurons) => neurons.map(row));

  return (height, relief, tone) => {
    for (let index = 0; index < across.length; index += 1) {
      const fromX = (across[index] ?? 0) - recipe.centreX;
      const fromY = height - recipe.centreY;
      x[index] = fromX;
      y[index] = fromY;
      radius[index] = Math.sqrt(fromX * fromX + fromY * fromY);
    }
    bend(recipe, x, y, radius);
    for (const shear of recipe.shears) comb(shear, x, y);
    for (let index = 0; index < across.length; index += 1) {
      const toX = (x[index] ?? 0) * recipe.zoom;
      const toY = (y[index] ?? 0) * recipe.zoom;
      x[index] = toX;
      y[index] = toY;
      waveX[index] = sine(toX * 0.5);
      waveY[index] = sine(toY * 0.5);
      waveBoth[index] = sine((toX + toY) * 0.35);
    }

    let values: readonly Float64Array[] = [x, y, radius, waveX, waveY, waveBoth];
    layers.forEach((outputs, layer) => {
      outputs.forEach((output, index) => {
        const neuron = recipe.network[layer]?.[index];
        if (neuron !== undefined) excite(neuron, values, output);
      });
      values = outputs;
    });
    const [first, second] = values;
    if (first !== undefined) relief.set(first);
    if (second !== undefined) tone.set(second);
  };
}

function comb({ waveX, waveY, phase, moveX, moveY }: Recipe['shears'][number], x: Float64Array, y: Float64Array): void {
  for (let index = 0; index < x.length; index += 1) {
    const fromX = x[index] ?? 0;
    const fromY = y[index] ?? 0;
    const wave = sine(fromX * waveX + fromY * waveY + phase);
    x[index] = fromX + moveX * wave;
    y[index] = fromY + moveY * wave;
  }
}

function bend(
  { lens, ridge, petals, twist, grainSeed }: Recipe,
  x: Float64Array,
  y: Float64Array,
  radius: Float64Array,
): void {
  if (lens === 'open') return;
  for (let index = 0; index < x.length; index += 1) {
    const fromX = x[index] ?? 0;
    const fromY = y[index] ?? 0;
    const r = radius[index] ?? 0;
    if (lens === 'mirror') {
      // Rounded, so that the seam is a fold and not a crease.
      x[index] = Math.sqrt(fromX * fromX + 0.004);
    } else if (lens === 'strata' && ridge === 'roofs') {
      const floor = Math.floor(fromY * 3);
      x[index] = lattice(Math.floor(fromX * 4.5 + floor * 0.31), floor, grainSeed) * 2;
      y[index] = fromY * 0.1;
    } else if (lens === 'strata') {
      x[index] = fromX * 0.85;
      y[index] = fromY * 0.35;
    } else if (lens === 'spiral') {
      const turn = (0.35 + Math.abs(twist)) / (0.35 + r);
      const sin = sine(turn) * (twist < 0 ? -1 : 1);
      const cos = sine(turn + 0.25);
      x[index] = fromX * cos - fromY * sin;
      y[index] = fromX * sin + fromY * cos;
    } else {
      const sin = sine(twist * r);
      const cos = sine(twist * r + 0.25);
      const inverse = 1 / (r + 1e-9);
      x[index] = r * 1.4;
      // Level at the centre, where all petals meet.
      y[index] =
        (0.65 * r * petalWave((fromX * cos - fromY * sin) * inverse, (fromX * sin + fromY * cos) * inverse, petals)) /
        (0.25 + r);
    }
  }
}

/** The cosine of `petals` times the angle of a unit vector: the real part of its power. */
function petalWave(unitX: number, unitY: number, petals: number): number {
  let real = 1;
  let imaginary = 0;
  for (let power = 0; power < petals; power += 1) {
    const next = real * unitX - imaginary * unitY;
    imaginary = real * unitY + imaginary * unitX;
    real = next;
  }
  return real;
}

function excite({ weights, bias, activation }: Neuron, inputs: readonly Float64Array[], output: Float64Array): void {
  output.fill(bias);
  inputs.forEach((input, position) => {
    const weight = weights[position] ?? 0;
    for (let index = 0; index < output.length; index += 1) {
      output[index] = (output[index] ?? 0) + weight * (input[index] ?? 0);
    }
  });
  if (activation === 'none') return;
  for (let index = 0; index < output.length; index += 1) {
    const value = output[index] ?? 0;
    if (activation === 'sine') output[index] = sine(value * 0.4);
    else if (activation === 'bump') output[index] = 2 / (1 + value * value) - 1;
    else if (activation === 'squash') output[index] = value / (1 + Math.abs(value));
    else output[index] = 1.2 - Math.sqrt(value * value + 0.05);
  }
}
