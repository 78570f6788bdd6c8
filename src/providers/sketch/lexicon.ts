/** How space is bent before the pattern is laid over it. */
export const LENSES = ['open', 'mirror', 'bloom', 'spiral', 'strata'] as const;
export type Lens = (typeof LENSES)[number];

/** What the pattern is made of. */
export const FINISHES = ['silk', 'brush', 'paper', 'agate', 'glass'] as const;
export type Finish = (typeof FINISHES)[number];

/** What the layers of the strata end in. */
export type Ridge = 'hills' | 'crags' | 'roofs';

interface Shape {
  /** English, in the singular. */
  readonly words: string;
  readonly lens?: Lens;
  readonly finish?: Finish;
}

interface Scene extends Shape {
  /** Dark to light, `rrggbb`. */
  readonly stops: string;
  /** An hour of the day, with a disc in the sky. */
  readonly sun?: true;
  readonly ridge?: Ridge;
}

interface Mood {
  readonly words: string;
  /** Added. */
  readonly lightness: number;
  /** Factor. */
  readonly chroma: number;
}

/** Words that say colours, and often a shape. */
export const SCENES: readonly Scene[] = [
  { words: 'sunset sundown', stops: '1d1236 5b1e62 b8325e f0704a ffc46b fff0c2', lens: 'strata', sun: true },
  { words: 'sunrise dawn morning', stops: '23264f 5d4a86 c77a94 f7b38f fde5bd', lens: 'strata', sun: true },
  { words: 'dusk evening twilight', stops: '0f1738 2f2f6b 75508f d4798a f7b78c ffe2b0', lens: 'strata', sun: true },
  { words: 'night midnight moon moonlight', stops: '050816 0e1a3d 1f3a6e 4f6fa8 c9d4f0', lens: 'strata', sun: true },
  {
    words: 'sea ocean wave water underwater lake river waterfall rain coast beach island',
    stops: '031d2e 064663 0e8192 57bfb3 d9f2e3',
  },
  { words: 'sky cloud wind air', stops: '1b3b6f 3f76b5 86b6e0 cfe5f5 fff6e6' },
  { words: 'forest tree jungle leaf garden grass meadow field park', stops: '0a1a12 173a24 2f6b3c 7fa650 e3dfa3' },
  { words: 'fire flame lava volcano ember inferno hell', stops: '160306 5a0b10 c22a12 ff7a1a ffe08a', finish: 'silk' },
  { words: 'desert dune sand canyon', stops: '3a1a14 8a3f23 cf7c3f ecb877 fbe9c6', lens: 'strata' },
  { words: 'ice snow winter arctic frost glacier frozen polar', stops: '0b1f33 2b5c7e 74b3cf c5e6ef fbffff' },
  {
    words: 'space galaxy nebula cosmos cosmic universe planet',
    stops: '07041a 1c1d5e 6f2b9e d64fb0 ffc9e3',
    lens: 'spiral',
    finish: 'silk',
  },
  { words: 'autumn fall october', stops: '240d0a 6b1f13 b8481a e08f2b f6d98b' },
  { words: 'spring easter', stops: '244a3a 5d9b6a b6d98a f7c9d4 fff5e9' },
  { words: 'summer tropical', stops: '0b3c49 13838f f2b134 f7d35f fff3d6' },
  { words: 'flower rose blossom petal tulip lotus', stops: '2b0f2d 7d1f55 d94a80 f7a3a8 fff0de', lens: 'bloom' },
  { words: 'neon cyberpunk synthwave arcade disco', stops: '0a0518 3d0f73 e5178f 16d5e0 f6ff8f' },
  {
    words: 'city street town building skyline tower tokyo',
    stops: '0d1020 2b2f4d 7a4e62 e39a5c ffe3a6',
    lens: 'strata',
    finish: 'paper',
    ridge: 'roofs',
  },
  {
    words: 'mountain alps peak cliff rock',
    stops: '0f1c2e 2c4a63 5f86a0 a9c4d0 f3ead9',
    lens: 'strata',
    finish: 'paper',
    ridge: 'crags',
  },
  { words: 'coffee chocolate wood cabin', stops: '1a0f0a 4a2c1c 8c5a36 c99b6b f2e2c9', finish: 'agate' },
  { words: 'metal steel robot machine', stops: '101316 3b434c 7e8a96 c3ccd4 f8fafb', lens: 'mirror' },
  { words: 'ink monochrome noir charcoal', stops: '0b0b0d 3a3a40 8a8a90 d8d6d0 f7f4ec' },
];

/** Words that say a shape but no colours. */
export const SHAPES: readonly Shape[] = [
  { words: 'hill valley landscape horizon lighthouse village', lens: 'strata', finish: 'paper' },
  { words: 'mandala star sun kaleidoscope ornament crown eye', lens: 'bloom' },
  { words: 'vortex storm tornado whirlpool shell snail', lens: 'spiral' },
  { words: 'face portrait mask butterfly cat dog fox owl bird wolf lion tiger dragon animal temple', lens: 'mirror' },
  { words: 'stone crystal gem marble agate mineral', finish: 'agate' },
  { words: 'paper origami collage', finish: 'paper' },
  { words: 'glass stained mosaic window cathedral church tile', finish: 'glass' },
  { words: 'paint painting oil brush watercolor watercolour fur feather hair', finish: 'brush' },
  { words: 'silk smoke fog mist cloth dream', finish: 'silk' },
];

/** `word=rrggbb`. */
export const COLOURS =
  'red=d7263d crimson=a8122f scarlet=f02d1f ruby=b3123f orange=f57c1f amber=ffb000 yellow=f9d423 gold=d9a521 ' +
  'golden=d9a521 lime=a4d73a green=3a9a4b emerald=0f9d6b olive=7a7d2c mint=9fe0c0 teal=12807f turquoise=2bc4b6 ' +
  'cyan=23c9e0 blue=2c62d6 azure=3f95f0 navy=14275e indigo=3d2a9b violet=7440d1 purple=7b2a9c lavender=b49be6 ' +
  'lilac=c9a3e0 magenta=d6249f pink=f283b6 coral=ff7661 peach=ffb88c salmon=f98a76 brown=7b4a2a beige=dcc7a1 ' +
  'cream=f6ead0 white=f8f8f4 silver=b8c0c8 grey=80868c gray=80868c black=0a0a0d';

/** Words that lighten or darken, and strengthen or dull, whatever the colours are. */
export const MOODS: readonly Mood[] = [
  { words: 'dark gloomy gothic shadow', lightness: -0.1, chroma: 0.95 },
  { words: 'bright light sunny radiant', lightness: 0.07, chroma: 1.05 },
  { words: 'pastel soft pale', lightness: 0.12, chroma: 0.65 },
  { words: 'misty foggy faded vintage', lightness: 0.04, chroma: 0.55 },
  { words: 'vivid vibrant colorful colourful rainbow psychedelic', lightness: 0.02, chroma: 1.25 },
];
