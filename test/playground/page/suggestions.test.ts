import { describe, expect, it } from 'vitest';
import { listEntries, parseLine } from '../../../src/playground/page/command-line.js';
import { suggest } from '../../../src/playground/page/suggestions.js';
import { commandsFixture } from './commands.ts';

const entries = listEntries(commandsFixture);

function suggestAt(marked: string) {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const around = { members: [{ id: '77', name: 'Alice' }], channels: [], files: [], answers: [], picked: new Map() };
  return suggest(text, caret, parseLine(text, entries), entries, around);
}
const labels = (marked: string) => suggestAt(marked).items.map(({ label }) => label);

describe('the list above the message box', () => {
  it('offers commands by what their names begin with, then by what they hold', () => {
    expect(labels('/|')).toEqual(['/imagine', '/recent', '/settings budget', '/settings words add']);
    expect(labels('/re|')).toEqual(['/recent']);
    expect(labels('/in|')).toEqual(['/imagine', '/settings budget', '/settings words add']);
    expect(labels('hello|')).toEqual([]);
  });

  it('begins a command with its first required option', () => {
    expect(suggestAt('/ima|').items[0]?.text).toBe('/imagine prompt: ');
    expect(suggestAt('/rec|').items[0]?.text).toBe('/recent ');
  });

  it('offers choices that fit what is typed, until one is there', () => {
    expect(labels('/imagine prompt: a fox aspect: |')).toEqual(['Square', '16:9', '9:16']);
    expect(labels('/imagine prompt: a fox aspect: 16|')).toEqual(['16:9', '9:16']);
    expect(suggestAt('/imagine prompt: a fox aspect: 16|').items[0]?.text).toBe('/imagine prompt: a fox aspect: 16:9 ');
    expect(labels('/imagine prompt: a fox aspect: 16:9|')).not.toContain('16:9');
    expect(labels('/imagine prompt: a fox aspect: 1:1|')).not.toContain('Square');
  });

  it('offers true and false, members, and a file', () => {
    expect(labels('/imagine prompt: a fox private: t|')).toEqual(['true']);
    expect(labels('/imagine prompt: a fox for: |')).toEqual(['Alice']);
    expect(suggestAt('/imagine prompt: a fox image: |').items).toMatchObject([{ label: 'Choose a file…', file: true }]);
  });

  it('offers the options left, first the one whose name is begun', () => {
    expect(labels('/imagine prompt: a fox |')).toEqual([
      'aspect',
      'seed',
      'strength',
      'private',
      'for',
      'image',
      'mask',
    ]);
    const begun = suggestAt('/imagine prompt: a fox se|').items[0];
    expect(begun).toMatchObject({ label: 'seed', text: '/imagine prompt: a fox seed: ' });
    const file = suggestAt('/imagine prompt: a fox ima|').items[0];
    expect(file).toEqual({ label: 'image', description: 'Start from', text: '/imagine prompt: a fox ', file: true });
  });

  it('offers nothing else while an option waits for its value', () => {
    expect(labels('/imagine prompt: |')).toEqual([]);
  });
});
