import { expect, it } from 'vitest';
import { RejectedError } from '../../src/errors.ts';
import { decodeBatch } from '../../src/http/decode-batch.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const good = (await createPainter('png')(64, 64, 1)).toString('base64');
const unreadable = expect.objectContaining({ failure: 'unreadable', billed: 'possibly' });

it('keeps what is good and counts what the filter held back', () => {
  const entries = [
    { base64: good, seed: 1 },
    { base64: good, withheld: true },
    { base64: '!' },
    { base64: null },
    { base64: good },
  ];
  const { pictures, withheld } = decodeBatch(entries, 'OctoAI');
  expect(pictures.map(({ seed }) => seed)).toEqual([1, undefined]);
  expect(withheld).toBe(1);
});

it.each([
  ['nothing', []],
  ['only absent ones', [{ base64: null }, { base64: 'null' }]],
  ['only broken ones', [{ base64: '!' }]],
  ['a broken one beside a withheld one', [{ base64: '!' }, { base64: null, withheld: true }]],
])('finds %s unreadable', (_what, entries) => {
  expect(() => decodeBatch(entries, 'OctoAI')).toThrow(unreadable);
});

it('is a refusal when the filter held every one back', () => {
  const all = () =>
    decodeBatch(
      [
        { base64: good, withheld: true },
        { base64: null, withheld: true },
      ],
      'OctoAI',
    );
  expect(all).toThrow(RejectedError);
  const sentence = { key: 'all-withheld', values: { provider: 'OctoAI' } };
  expect(all).toThrow(expect.objectContaining({ sentence, refused: 'result', billed: 'possibly' }));
});
