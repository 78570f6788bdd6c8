import { expect, it } from 'vitest';
import { differences } from '../../src/generation/differences.ts';
import type { Offer } from '../../src/generation/provider.ts';
import { speak } from '../../src/language/index.ts';
import { makeOffer } from '../support/offers.ts';

type Ending = Parameters<typeof differences>[1];

const offer = makeOffer({
  sizes: {
    kind: 'pairs',
    pairs: [
      [1024, 1024],
      [1536, 640],
    ],
  },
});
const square = { width: 1024, height: 1024, providerLabel: 'Acme' };
const wide = { width: 1536, height: 640, providerLabel: 'Acme' };

it.each<[string, Offer, Ending, string[]]>([
  ['nothing when all is as asked', offer, { aspect: '1:1', start: { width: 700, height: 702 }, painted: square }, []],
  ['nothing of a picture from words alone', offer, { aspect: '21:9', start: undefined, painted: wide }, []],
  [
    'that its start was cropped',
    offer,
    { aspect: '21:9', start: { width: 4000, height: 1000 }, painted: wide },
    ['The picture it started from was cropped to 21:9.'],
  ],
  [
    'to what it was really cropped, where the offer has another shape',
    offer,
    { aspect: '5:4', start: { width: 1250, height: 1000 }, painted: square },
    ['The picture it started from was cropped to 1:1.'],
  ],
  [
    'that the vendor painted another size',
    offer,
    { aspect: '1:1', start: undefined, painted: { ...square, width: 512, height: 512 } },
    ['Acme painted 512×512 although it was asked for 1024×1024.'],
  ],
  ['nothing of a few pixels', offer, { aspect: '1:1', start: undefined, painted: { ...square, width: 1008 } }, []],
  [
    'nothing of sizes that are only believed',
    makeOffer({ sizes: { kind: 'aspects', sizes: { '1:1': [1024, 1024] } } }),
    { aspect: '1:1', start: undefined, painted: { ...square, width: 512, height: 512 } },
    [],
  ],
  [
    'nothing of the size of another vendor’s picture',
    offer,
    { aspect: '1:1', start: undefined, painted: { width: 512, height: 512, providerLabel: 'Brush + Acme' } },
    [],
  ],
])('says %s', (_what, from, ending, sentences) => {
  expect(differences(from, ending).map((sentence) => speak('en', sentence))).toEqual(sentences);
});
