import { COLOURS, type Finish, type Lens, MOODS, type Ridge, SCENES, SHAPES } from './lexicon.ts';

/** What the painter understands of a prompt. Absent: the prompt leaves it open. */
export interface Reading {
  /** The stops of the scenes named, dark to light each, `rrggbb`. */
  readonly scenes: readonly (readonly string[])[];
  /** The colours named, `rrggbb`. */
  readonly colours: readonly string[];
  readonly mood: { readonly lightness: number; readonly chroma: number };
  readonly lens?: Lens;
  readonly finish?: Finish;
  readonly ridge?: Ridge;
  readonly sun: boolean;
  /** Distinct words, understood or not, in order. */
  readonly words: readonly string[];
}

/** A long prompt's later words still count, through the hash of the whole; this bounds the time. */
const MOST_WORDS = 120;

const colours = new Map(COLOURS.split(' ').map((entry): [string, string] => [entry.slice(0, -7), entry.slice(-6)]));

export function readPrompt(prompt: string): Reading {
  const spoken = prompt
    .toLowerCase()
    .normalize('NFKC')
    .matchAll(/[\p{L}\p{N}]+/gu);
  const words = [...new Set(spoken.map(([word]) => word))].slice(0, MOST_WORDS);
  // Mountains, snowy, beaches, painting: English bends its words only a little.
  const said = new Set(words.flatMap((word) => [word, word.replace(/s$/, ''), word.replace(/(y|es|ing)$/, '')]));
  const named = <Entry extends { readonly words: string }>(entries: readonly Entry[]): Entry[] =>
    entries.filter((entry) => entry.words.split(' ').some((word) => said.has(word)));

  const scenes = named(SCENES);
  const hours = scenes.filter((scene) => scene.sun);
  const shapes = [...named(SHAPES), ...scenes];
  const moods = named(MOODS);
  const lens = shapes.find((shape) => shape.lens)?.lens;
  const finish = shapes.find((shape) => shape.finish)?.finish;
  const ridge = scenes.find((scene) => scene.ridge)?.ridge;
  return {
    // The hour of the day colours everything.
    scenes: (hours.length > 0 ? hours : scenes).map((scene) => scene.stops.split(' ')),
    colours: [...colours].flatMap(([name, colour]) => (said.has(name) ? [colour] : [])),
    mood: {
      lightness: moods.reduce((sum, mood) => sum + mood.lightness, 0),
      chroma: moods.reduce((product, mood) => product * mood.chroma, 1),
    },
    ...(lens && { lens }),
    ...(finish && { finish }),
    ...(ridge && { ridge }),
    sun: hours.length > 0,
    words,
  };
}
