import { describe, expect, it } from 'vitest';
import { readPrompt, readSeed, readStrength } from '../../commands/modal-fields.ts';
import { InvalidInputError } from '../../src/errors.ts';

describe('readPrompt', () => {
  it('takes the words without the space around them', () => {
    expect(readPrompt('  a fox\nin the snow ')).toBe('a fox\nin the snow');
  });

  it.each(['', ' \n ', undefined, true, ['a fox']])('refuses %j', (field) => {
    expect(() => readPrompt(field)).toThrow(InvalidInputError);
  });
});

describe('readSeed', () => {
  it.each([
    ['7', 7],
    [' 4294967295 ', 4_294_967_295],
    ['007', 7],
    ['', undefined],
    ['  ', undefined],
    [undefined, undefined],
  ])('reads %j as %s', (field, seed) => {
    expect(readSeed(field)).toBe(seed);
  });

  it.each(['0', '4294967296', '-7', '7.5', '1e3', '0x7', 'seven', '7 8', '٧', '99999999999999999999'])(
    'refuses %j',
    (field) => {
      expect(() => readSeed(field)).toThrow(InvalidInputError);
    },
  );
});

describe('readStrength', () => {
  it.each([
    ['0.75', 0.75],
    ['0,5', 0.5],
    [' 1 ', 1],
    ['.5', 0.5],
    ['.3333', 0.333],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %s', (field, strength) => {
    expect(readStrength(field)).toBe(strength);
  });

  it.each(['0', '0.04', '1.01', '-0.5', '50%', 'half', '0,,5', 'NaN', 'Infinity'])('refuses %j', (field) => {
    expect(() => readStrength(field)).toThrow(InvalidInputError);
  });
});
