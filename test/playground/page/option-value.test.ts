import { describe, expect, it } from 'vitest';
import { listEntries, parseLine } from '../../../src/playground/page/command-line.js';
import { assignFiles, checkLine, valuesSoFar } from '../../../src/playground/page/option-value.js';
import { commandsFixture } from './commands.ts';

const entries = listEntries(commandsFixture);
const members = [{ id: '77', name: 'Alice' }];
const file = (name: string) => new File(['bytes'], name);

const picked = new Map([['seed', { name: 'The lucky one', value: 7 }]]);
const around = { files: [], members, channels: [], picked };

function check(text: string, files: File[] = []) {
  const line = parseLine(text, entries);
  if (line.kind !== 'command') throw new Error(`${text} is no command`);
  return checkLine(line.entry, line.typed, { ...around, files });
}

describe('what is typed for options', () => {
  it.each([
    ['prompt: a fox', { prompt: 'a fox' }],
    ['prompt: a fox aspect: square', { prompt: 'a fox', aspect: '1:1' }],
    ['prompt: a fox aspect: 9:16', { prompt: 'a fox', aspect: '9:16' }],
    ['prompt: a fox seed: 100', { prompt: 'a fox', seed: 100 }],
    ['prompt: a fox strength: .5', { prompt: 'a fox', strength: 0.5 }],
    ['prompt: a fox private: yes', { prompt: 'a fox', private: true }],
    ['prompt: a fox for: @alice', { prompt: 'a fox', for: '77' }],
    ['prompt: a fox seed: The lucky one', { prompt: 'a fox', seed: 7 }],
  ])('becomes values: %s', (text, options) => {
    expect(check(`/imagine ${text}`)).toEqual({ options });
  });

  it.each([
    ['seed: 7', 'prompt: this option is required.'],
    ['prompt: seed: 7', 'prompt: this option is required.'],
    ['prompt: a fox seed:', 'seed: give it a value, or remove it.'],
    ['prompt: a fox image:', 'image: give it a value, or remove it.'],
    ['prompt: a fox seed: the lucky one', 'seed: enter a whole number.'],
    ['prompt: x', 'prompt: write at least 2 characters (there are 1).'],
    [`prompt: ${'🦊'.repeat(21)}`, 'prompt: write at most 20 characters (there are 21).'],
    ['prompt: a fox aspect: 2:1', 'aspect: “2:1” is not one of the choices.'],
    ['prompt: a fox seed: 0', 'seed: the smallest is 1.'],
    ['prompt: a fox seed: 101', 'seed: the largest is 100.'],
    ['prompt: a fox seed: 7.5', 'seed: enter a whole number.'],
    ['prompt: a fox seed: 1e2', 'seed: enter a whole number.'],
    ['prompt: a fox strength: much', 'strength: enter a number.'],
    ['prompt: a fox private: maybe', 'private: enter true or false.'],
    ['prompt: a fox for: @nobody', 'for: there is no member “@nobody” here.'],
    ['prompt: a fox image: fox.png', 'image: choose a file.'],
  ])('is refused as Discord’s client would: %s', (text, problem) => {
    expect(check(`/imagine ${text}`)).toMatchObject({ problem });
  });

  it.each([
    ['🦊'.repeat(21), '🦊'],
    ['a fox that is far too long', 'o long'],
  ])('is too long from where the excess begins: %s', (prompt, excess) => {
    const checked = check(`/imagine prompt: ${prompt} seed: 7`);
    expect('from' in checked && prompt.slice(checked.from)).toBe(excess);
  });

  it('counts a prompt of emoji as its reader does', () => {
    expect(check(`/imagine prompt: ${'🦊'.repeat(20)}`)).toMatchObject({ options: { prompt: '🦊'.repeat(20) } });
  });

  it('asks for choices with what is typed for the one, and the values of the others', () => {
    const line = parseLine(
      '/imagine prompt: a fo aspect: square seed: The lucky one strength: x private: yes',
      entries,
    );
    if (line.kind !== 'command' || line.typed[0] === undefined) throw new Error('no command');
    expect(valuesSoFar(line.typed, line.typed[0], around)).toEqual({
      prompt: 'a fo',
      aspect: '1:1',
      seed: 7,
      private: true,
    });
  });

  it('gives files to the options that name them, and the others to those left', () => {
    const line = parseLine('/imagine prompt: a fox mask: a.png', entries);
    if (line.kind !== 'command') throw new Error('no command');
    const { assigned, left } = assignFiles(line.entry, line.typed, [file('a.png'), file('b.png'), file('c.png')]);
    expect([...assigned].map(([name, { name: taken }]) => [name, taken])).toEqual([
      ['mask', 'a.png'],
      ['image', 'b.png'],
    ]);
    expect(left.map(({ name }) => name)).toEqual(['c.png']);
  });

  it('refuses a file no option takes', () => {
    expect(check('/recent ', [file('a.png')])).toMatchObject({
      problem: 'No option of /recent takes the file “a.png”. Remove it.',
    });
  });
});
