import { describe, expect, it } from 'vitest';
import { describeCommand } from '../src/language/commands.ts';
import { en } from '../src/language/en.ts';
import { type Sentence, speak } from '../src/language/index.ts';

const keys = Object.keys(en) as Sentence['key'][];

/** A sentence with every value standing for itself: `{label}` for `label`. */
function example(key: Sentence['key']): string {
  const values = new Proxy({}, { get: (_target, name) => `{${String(name)}}` });
  return speak('en', { key, values } as Sentence);
}

const isProgress = (key: string) => /^(waiting|painting)-/.test(key);

describe('the catalogue', () => {
  it('speaks under every key, and only to members', () => {
    // No addresses, and nothing that only whoever wrote it understands.
    const odd = keys.filter((key) => /^\s*$|undefined|null|NaN|\[object|https?:|Error\b|exception/i.test(example(key)));
    expect(odd).toEqual([]);
  });

  it('ends progress with an ellipsis, and nothing else', () => {
    expect(keys.filter((key) => /(…|\.\.\.)$/.test(example(key)))).toEqual(keys.filter(isProgress));
    expect(keys.filter(isProgress).length).toBeGreaterThan(0);
  });

  it.each<[Sentence, string]>([
    [{ key: 'fact-steps', values: { steps: 1 } }, '1 step'],
    [{ key: 'fact-steps', values: { steps: 4 } }, '4 steps'],
    [{ key: 'note-withheld', values: { count: 1 } }, 'One picture was withheld by the safety filter.'],
    [{ key: 'note-missing', values: { count: 2 } }, '2 pictures could not be painted.'],
    [
      { key: 'steps-range', values: { label: 'sketch', least: 1, most: 8 } },
      'sketch takes 1 to 8 steps. Change the steps or leave them out.',
    ],
    [{ key: 'steps-range', values: { label: 'novita', least: 4, most: 4 } }, 'novita works with 4 steps only.'],
    [
      { key: 'provider-rate-limited', values: { provider: 'Novita' } },
      'Novita is busy right now. Try again in a minute.',
    ],
    [
      { key: 'provider-rate-limited', values: { provider: 'Novita', seconds: 1 } },
      'Novita is busy right now. Try again in 1 second.',
    ],
    [
      { key: 'provider-rate-limited', values: { provider: 'Novita', seconds: 7 } },
      'Novita is busy right now. Try again in 7 seconds.',
    ],
    [{ key: 'waiting-next', values: {} }, 'You are next in line…'],
    [{ key: 'waiting-position', values: { before: 3 } }, '3 before you…'],
    [{ key: 'waiting-position', values: { before: 3, seconds: 20 } }, '3 before you, about 20 s to go…'],
    [
      { key: 'usage-line', values: { period: 'Today', pictures: 1, spent: '$0.00300' } },
      '- Today: 1 picture, $0.00300',
    ],
  ])('fits the words to the numbers: %j', (sentence, text) => {
    expect(speak('en', sentence)).toBe(text);
  });

  it.each(['en', 'en-US', 'en-GB', 'de', 'tlh', ''])('has an answer for the locale “%s”', (locale) => {
    expect(speak(locale, { key: 'button-cancel' })).toBe('Cancel');
  });

  // Discord docs, Component Reference and Modals, 2026-08.
  it.each<[string, RegExp, number]>([
    ['button labels', /^button-/, 80],
    ['modal titles', /^modal-.*-title$/, 45],
    ['field labels', /^modal-(prompt|seed|strength|picture)$/, 45],
    ['field descriptions', /^modal-.*-hint$/, 100],
    ['select options', /-choice$/, 100],
  ])('keeps %s within Discord’s limit', (_what, pattern, most) => {
    const found = keys.filter((key) => pattern.test(key));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((key) => example(key).length > most)).toEqual([]);
  });
});

describe('command texts', () => {
  // Discord docs, Application Commands, Naming, 2026-08.
  const NAME = /^[-_'\p{Ll}\p{N}]{1,32}$/u;

  it.each(['imagine', 'models', 'usage', 'status', 'recent'] as const)(
    'of /%s are within Discord’s limits',
    (command) => {
      const { name, description, options } = describeCommand(command);
      for (const described of [{ name, description }, ...Object.values(options)]) {
        expect(described.name).toMatch(NAME);
        expect(described.description.length).toBeGreaterThan(0);
        expect(described.description.length).toBeLessThanOrEqual(100);
      }
    },
  );

  it('give the message command a name that fits a menu', () => {
    expect(describeCommand('imagine-from').name.length).toBeLessThanOrEqual(32);
  });
});
