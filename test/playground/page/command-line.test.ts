import type { APIApplicationCommand } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { listEntries, optionAt, parseLine, withOption, withValue } from '../../../src/playground/page/command-line.js';
import { commandsFixture } from './commands.ts';

const entries = listEntries(commandsFixture);

/** The options of a line as name and value. */
function valuesOf(text: string): Record<string, string> | string {
  const line = parseLine(text, entries);
  if (line.kind !== 'command') return line.kind;
  return Object.fromEntries(line.typed.map(({ option, value }) => [option.name, value]));
}

describe('a line in the message box', () => {
  it.each([
    ['hello', 'text'],
    [' /imagine', 'text'],
    ['/', 'name'],
    ['/imag', 'name'],
    ['/imagine', 'name'],
    ['/nothing here', 'name'],
    ['/imagine prompt: a red fox aspect: 16:9 seed: 7', { prompt: 'a red fox', aspect: '16:9', seed: '7' }],
    ['/imagine prompt:a red fox aspect:16:9', { prompt: 'a red fox', aspect: '16:9' }],
    ['/imagine a red fox seed: 7', { prompt: 'a red fox', seed: '7' }],
    ['/imagine Prompt: Shouting', { prompt: 'Shouting' }],
    ['/Imagine prompt: By phone', { prompt: 'By phone' }],
    ['/ imagine prompt: a gap seed: 7', { prompt: 'a gap', seed: '7' }],
    ['/ Settings Budget amount: 5', { amount: '5' }],
    ['/imagine prompt: a note: hello', { prompt: 'a note: hello' }],
    ['/imagine prompt: one prompt: two', { prompt: 'one prompt: two' }],
    ['/imagine seed: 7 prompt: last', { seed: '7', prompt: 'last' }],
    ['/imagine prompt: ', { prompt: '' }],
    // As Info hands it out: what looks like an option in the prompt is the prompt's.
    [
      '/imagine prompt: robot, aspect: 1:1 seed: 1, boxes aspect: 16:9 seed: 7',
      { prompt: 'robot, aspect: 1:1 seed: 1, boxes', aspect: '16:9', seed: '7' },
    ],
    ['/imagine seed: 1 prompt: a fox seed: 7', { prompt: 'a fox', seed: '7' }],
    ['/imagine prompt: two\nlines', { prompt: 'two\nlines' }],
    ['/settings budget amount: 5', { amount: '5' }],
  ])('is read: %j', (text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  it('keeps what belongs to no option apart', () => {
    expect(parseLine('/imagine stray prompt: a fox', entries)).toMatchObject({ kind: 'command', stray: 'stray' });
    expect(parseLine('/recent stray', entries)).toMatchObject({ kind: 'command', stray: 'stray' });
  });

  it('lists subcommands as commands of their own, and no message commands', () => {
    expect(entries.map(({ label }) => label)).toEqual(['imagine', 'recent', 'settings budget', 'settings words add']);
    const only: APIApplicationCommand[] = [];
    expect(listEntries(only)).toEqual([]);
  });

  it.each([
    ['/imagine prompt: a red fox|', 'prompt'],
    ['/imagine prompt: a red fox |', 'prompt'],
    ['/imagine prompt: a fox seed: 7|', 'seed'],
    ['/imagine prompt: a fox seed: 7 |', undefined],
    ['/imagine prompt: a fo|x seed: 7', 'prompt'],
    ['/imagine prompt: a fox aspect:|', 'aspect'],
    ['/imagine |', undefined],
  ])('knows the option at the caret: %s', (text, expected) => {
    const caret = text.indexOf('|');
    const line = parseLine(text.replace('|', ''), entries);
    expect(optionAt(line, caret)?.option.name).toBe(expected);
  });

  it('takes on an option and a value', () => {
    expect(withOption('/imagine prompt: a fox  ', 'seed')).toBe('/imagine prompt: a fox seed: ');
    const text = '/imagine aspect: 16 seed: 7';
    const line = parseLine(text, entries);
    const aspect = line.kind === 'command' ? line.typed[0] : undefined;
    expect(aspect && withValue(text, aspect, '16:9')).toEqual({ text: '/imagine aspect: 16:9 seed: 7', caret: 22 });
  });
});
