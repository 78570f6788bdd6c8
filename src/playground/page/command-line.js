// @ts-check
import { CommandType, OptionType } from './discord-numbers.js';

/** @import { APIApplicationCommand, APIApplicationCommandBasicOption as Option } from 'discord-api-types/v10' */

/**
 * One thing that can be typed after the slash: a command, or one of its subcommands.
 * @typedef {{ label: string, description: string, options: readonly Option[] }} Entry
 */

/**
 * An option as it stands in the line. `start` and `end` hold its value, `keyStart` its name; a value typed without a
 * name (`/imagine a red fox`) belongs to the first option and has no name.
 * @typedef {{ option: Option, value: string, keyStart: number, start: number, end: number }} TypedOption
 */

/**
 * `text`: not a command. `name`: its name is not finished, or unknown. `command`: options follow, after `nameEnd`.
 * Space after the slash and capitals in the name, as phones write them, mean nothing.
 * @typedef {{ kind: 'text' }
 *   | { kind: 'name', query: string }
 *   | { kind: 'command', entry: Entry, nameEnd: number, typed: readonly TypedOption[], stray: string }} Line
 */

/**
 * @param {readonly APIApplicationCommand[]} commands
 * @returns {Entry[]}
 */
export function listEntries(commands) {
  return commands
    .filter(({ type }) => type === CommandType.ChatInput)
    .flatMap((command) => entriesOf(command.name, command));
}

/**
 * @param {string} label
 * @param {{ description: string, options?: readonly { type: number }[] | undefined }} node
 * @returns {Entry[]}
 */
function entriesOf(label, node) {
  /** @type {readonly any[]} A command's options are subcommands and groups, or basic options, never both. */
  const options = node.options ?? [];
  const nested = options.filter(({ type }) => type === OptionType.Subcommand || type === OptionType.SubcommandGroup);
  if (nested.length === 0) return [{ label, description: node.description, options }];
  return nested.flatMap((child) => entriesOf(`${label} ${child.name}`, child));
}

/**
 * @param {string} text
 * @param {readonly Entry[]} entries
 * @returns {Line}
 */
export function parseLine(text, entries) {
  if (!text.startsWith('/')) return { kind: 'text' };
  const query = text.slice(1).trimStart();
  const name = query.toLowerCase();
  // Without white space after it the name may still grow: `/recent` on its way to `/recent-all`.
  const entry = entries
    .filter(({ label }) => name.startsWith(`${label} `) || name.startsWith(`${label}\n`))
    .sort((one, other) => other.label.length - one.label.length)[0];
  if (entry === undefined) return { kind: 'name', query };
  const nameEnd = text.length - query.length + entry.label.length;
  return { kind: 'command', entry, nameEnd, ...parseOptions(text, nameEnd, entry.options) };
}

/**
 * @param {string} text
 * @param {number} from
 * @param {readonly Option[]} options
 * @returns {{ typed: TypedOption[], stray: string }}
 */
function parseOptions(text, from, options) {
  const keys = findKeys(text, from, options);
  const firstKey = keys[0]?.keyStart ?? text.length;
  const unnamed = text.slice(from, firstKey);
  /** @type {TypedOption[]} */
  const typed = keys.map(({ option, keyStart, start }, index) => {
    const raw = text.slice(start, keys[index + 1]?.keyStart ?? text.length);
    return { option, keyStart, ...trimmed(raw, start) };
  });
  if (unnamed.trim() === '') return { typed, stray: '' };
  const first = options[0];
  if (first === undefined || first.type === OptionType.Attachment || typed.some(({ option }) => option === first)) {
    return { typed, stray: unnamed.trim() };
  }
  const implied = trimmed(unnamed, from);
  return { typed: [{ option: first, keyStart: implied.start, ...implied }, ...typed], stray: '' };
}

/**
 * The first free text begins where its name first stands after white space, and may hold the names of others. Those
 * count where they last stand, as in the lines that Info hands out: prompt first, options after it.
 * @param {string} text
 * @param {number} from
 * @param {readonly Option[]} options
 */
function findKeys(text, from, options) {
  const freeText = options.find(isFreeText);
  /** @type {Map<Option, { option: Option, keyStart: number, start: number }>} */
  const keys = new Map();
  for (const match of text.slice(from).matchAll(/(?<=\s)([^\s:]+):/gu)) {
    const option = options.find(({ name }) => name === match[1]?.toLowerCase());
    if (option === undefined || (option === freeText && keys.has(option))) continue;
    const keyStart = from + match.index;
    keys.set(option, { option, keyStart, start: keyStart + match[0].length });
  }
  return [...keys.values()].sort((one, other) => one.keyStart - other.keyStart);
}

/**
 * @param {string} raw
 * @param {number} start
 */
function trimmed(raw, start) {
  const lead = raw.length - raw.trimStart().length;
  const value = raw.trim();
  // An empty value stands where the caret would type it.
  if (value === '') return { value, start: start + raw.length, end: start + raw.length };
  return { value, start: start + lead, end: start + lead + value.length };
}

/**
 * The option the caret is in, `undefined` between options: after a value and one more space, something new begins
 * only for options that hold no spaces, since a prompt goes on.
 * @param {Line} line
 * @param {number} caret
 * @returns {TypedOption | undefined}
 */
export function optionAt(line, caret) {
  if (line.kind !== 'command') return undefined;
  const current = line.typed.findLast(({ keyStart }) => keyStart <= caret);
  if (current === undefined || caret <= current.end) return current;
  return isFreeText(current.option) || current.value === '' ? current : undefined;
}

/** @param {Option} option */
function isFreeText(option) {
  return option.type === OptionType.String && !('choices' in option && option.choices?.length);
}

/**
 * The line with an option's name added at its end, ready for its value.
 * @param {string} text
 * @param {string} name
 */
export function withOption(text, name) {
  return `${text.trimEnd()} ${name}: `;
}

/**
 * The line with the option's value replaced.
 * @param {string} text
 * @param {TypedOption} typed
 * @param {string} value
 */
export function withValue(text, typed, value) {
  const before = text.slice(0, typed.start);
  const after = text.slice(typed.end).trimStart();
  const gap = /\s$/u.test(before) ? '' : ' ';
  return { text: `${before}${gap}${value} ${after}`, caret: before.length + gap.length + value.length + 1 };
}
