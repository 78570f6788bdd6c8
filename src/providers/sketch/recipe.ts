import { FINISHES, type Finish, LENSES, type Lens, type Ridge } from './lexicon.ts';
import { createPalette, type Palette } from './palette.ts';
import { bell, between, createRandom, hashText, pick, type Random } from './random.ts';
import { type Reading, readPrompt } from './read-prompt.ts';

/** A marbler's comb: moves every point along one direction by a wave that runs across it. */
export interface Shear {
  /** Cycles per unit along x and y, and the phase in cycles. */
  readonly waveX: number;
  readonly waveY: number;
  readonly phase: number;
  /** Displacement at the crest. */
  readonly moveX: number;
  readonly moveY: number;
}

const ACTIVATIONS = ['sine', 'bump', 'squash', 'fold'] as const;

/** One neuron of the pattern network. */
export interface Neuron {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly activation: (typeof ACTIVATIONS)[number] | 'none';
}

/** Everything about a picture that does not depend on its size. One unit is half the shorter side. */
export interface Recipe {
  readonly palette: Palette;
  /** The prompt said which colours. */
  readonly coloursNamed: boolean;
  readonly lens: Lens;
  readonly finish: Finish;
  readonly ridge: Ridge;
  /** Of the bloom. */
  readonly petals: number;
  /** Turns, signed. */
  readonly twist: number;
  readonly zoom: number;
  readonly centreX: number;
  readonly centreY: number;
  /** One per inference step. */
  readonly shears: readonly Shear[];
  /** Layer by layer, from six inputs to two outputs: relief and tone. */
  readonly network: readonly (readonly Neuron[])[];
  /** A disc in the sky: its place and radius as parts of the width, the height and the shorter side. */
  readonly sun: { readonly x: number; readonly y: number; readonly radius: number } | undefined;
  /** Where the light comes from, unit length; y points down, z out of the picture. */
  readonly light: readonly [x: number, y: number, z: number];
  /** Sheets of paper, bands of agate, panes of glass. */
  readonly levels: number;
  readonly grainSeed: number;
}

/** Depends on nothing but its arguments. */
export function createRecipe({ prompt, seed, steps }: { prompt: string; seed: number; steps: number }): Recipe {
  const reading = readPrompt(prompt);
  const promptHash = hashText(prompt.trim().toLowerCase());
  const random = createRandom(seed ^ promptHash);
  const lens = reading.lens ?? pick(random, reading.finish === 'silk' ? FLUID_LENSES : LENSES);
  const centred = lens === 'bloom';
  return {
    palette: createPalette(reading, createRandom(promptHash ^ Math.imul(seed, 0x9e3779b1))),
    coloursNamed: reading.scenes.length + reading.colours.length > 0,
    lens,
    finish: chooseFinish(reading, lens, random),
    ridge: reading.ridge ?? pick(random, ['hills', 'crags']),
    petals: pick(random, [3, 4, 5, 6, 8]),
    twist: bell(random) * (centred ? 0.3 : 0.5),
    zoom: between(random, 0.75, 1.25) * (centred ? 0.75 : 1),
    centreX: centred || lens === 'mirror' ? 0 : bell(random) * 0.35,
    centreY: centred ? 0 : bell(random) * 0.35,
    shears: createShears(createRandom(Math.imul(seed, 0x85ebca6b) ^ promptHash), steps, lens === 'strata' ? 0.4 : 1),
    network: createNetwork(createRandom(seed), reading.words),
    sun:
      reading.sun && lens === 'strata'
        ? { x: between(random, 0.2, 0.8), y: between(random, 0.17, 0.3), radius: between(random, 0.07, 0.13) }
        : undefined,
    light: createLight(random),
    levels: Math.round(between(random, 6, 10)),
    grainSeed: Math.floor(random() * 65_536),
  };
}

const FLUID_LENSES = ['open', 'mirror', 'bloom', 'spiral'] as const;

function chooseFinish({ finish }: Reading, lens: Lens, random: Random): Finish {
  // Mist over mountains is layers, not cloth.
  if (finish === 'silk' && lens === 'strata') return 'paper';
  return finish ?? pick(random, lens === 'strata' ? ['paper', 'paper', 'brush', 'glass'] : FINISHES);
}

/** From above, a little to one side. */
function createLight(random: Random): [number, number, number] {
  const side = between(random, -0.9, 0.9);
  const z = 0.75;
  const across = Math.sqrt(1 - z * z);
  return [across * Math.sin(side), -across * Math.cos(side), z];
}

/** Coarse to fine: every step folds the pattern once more, more gently. */
function createShears(random: Random, steps: number, strength: number): Shear[] {
  return Array.from({ length: steps }, (_, step) => {
    const across = random() * 2 * Math.PI;
    const along = across + Math.PI / 2 + bell(random) * 0.5;
    const frequency = 0.35 * (1 + step * 0.28) * between(random, 0.8, 1.25);
    const amplitude = (strength * 0.16 * between(random, 0.7, 1.3)) / (frequency * (1 + step * 0.06));
    return {
      waveX: frequency * Math.cos(across),
      waveY: frequency * Math.sin(across),
      phase: random(),
      moveX: amplitude * Math.cos(along),
      moveY: amplitude * Math.sin(along),
    };
  });
}

const INPUTS = 6;
const LAYERS = [8, 8, 2] as const;

/** The seed draws the network; every word of the prompt then pulls all of its weights a little its own way. */
function createNetwork(random: Random, words: readonly string[]): Neuron[][] {
  const voices = words.map((word) => createRandom(hashText(word)));
  const pull = 0.6 / Math.sqrt(Math.max(1, voices.length));
  const weight = () => bell(random) + pull * voices.reduce((sum, voice) => sum + bell(voice), 0);
  return LAYERS.map((neurons, layer) => {
    const inputs = LAYERS[layer - 1] ?? INPUTS;
    const scale = layer === 0 ? 1.1 : 1.9 / Math.sqrt(inputs);
    return Array.from(
      { length: neurons },
      (): Neuron => ({
        weights: Array.from({ length: inputs }, () => weight() * scale),
        bias: weight() * 0.4,
        activation: layer === LAYERS.length - 1 ? 'none' : pick(random, ACTIVATIONS),
      }),
    );
  });
}
