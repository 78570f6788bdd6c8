// @ts-check
import { OptionType } from './discord-numbers.js';

/** @import { APIApplicationCommandBasicOption as Option } from 'discord-api-types/v10' */
/** @import { Entry, TypedOption } from './command-line.js' */

/**
 * What Discord's client makes of what was typed, before anything is sent.
 * `from`: the position in the value where what is too much of it begins.
 * @typedef {{ value: string | number | boolean | File } | { problem: string, from?: number }} Checked
 */

/** A choice shows its name and is sent as its value. @typedef {{ name: string, value: string | number }} Choice */

/** People and places an option can name. @typedef {{ id: string, name: string }} Named */

/**
 * @typedef {object} Surroundings
 * @property {readonly File[]} files
 * @property {readonly Named[]} members
 * @property {readonly Named[]} channels
 * @property {ReadonlyMap<string, Choice>} picked What was picked of the bot's choices, by option
 */

/**
 * The options of a finished line, or what is wrong with it: with the value of `option`, from a position in it on.
 * @param {Entry} entry
 * @param {readonly TypedOption[]} typed
 * @param {Surroundings} surroundings
 * @returns {{ options: Record<string, string | number | boolean | File> } | { problem: string, option: string | undefined, from: number }}
 */
export function checkLine(entry, typed, surroundings) {
  /** @type {Record<string, string | number | boolean | File>} */
  const options = {};
  const files = assignFiles(entry, typed, surroundings.files);
  if (files.left.length > 0) {
    const name = files.left[0]?.name;
    return { problem: `No option of /${entry.label} takes the file “${name}”. Remove it.`, option: undefined, from: 0 };
  }
  for (const option of entry.options) {
    const value = typed.find((candidate) => candidate.option === option)?.value;
    const file = files.assigned.get(option.name);
    if (file !== undefined) {
      options[option.name] = file;
    } else if (option.required && !value) {
      return { problem: `${option.name}: this option is required.`, option: option.name, from: 0 };
    } else if (value === '') {
      return { problem: `${option.name}: give it a value, or remove it.`, option: option.name, from: 0 };
    } else if (value !== undefined) {
      const checked = checkValue(option, value, surroundings);
      if ('problem' in checked) {
        const { problem, from = 0 } = checked;
        return { problem: `${option.name}: ${problem}`, option: option.name, from };
      }
      options[option.name] = checked.value;
    }
  }
  return { options };
}

/**
 * What the bot is asked with for the choices of `active`: that as it is typed, the others as the values they make.
 * @param {readonly TypedOption[]} typed
 * @param {TypedOption} active
 * @param {Surroundings} surroundings
 */
export function valuesSoFar(typed, active, surroundings) {
  /** @type {Record<string, string | number | boolean>} */
  const values = { [active.option.name]: active.value };
  for (const { option, value } of typed) {
    if (option === active.option || value === '') continue;
    const checked = checkValue(option, value, surroundings);
    if ('value' in checked && !(checked.value instanceof File)) values[option.name] = checked.value;
  }
  return values;
}

/**
 * A file goes to the attachment option that names it, else to the first one without.
 * @param {Entry} entry
 * @param {readonly TypedOption[]} typed
 * @param {readonly File[]} files
 */
export function assignFiles(entry, typed, files) {
  const takers = entry.options.filter(({ type }) => type === OptionType.Attachment).map(({ name }) => name);
  /** @type {Map<string, File>} */
  const assigned = new Map();
  let left = [...files];
  for (const { option, value } of typed) {
    const named = left.find(({ name }) => name === value);
    if (!takers.includes(option.name) || named === undefined) continue;
    assigned.set(option.name, named);
    left = left.filter((file) => file !== named);
  }
  for (const name of takers) {
    const file = left[0];
    if (assigned.has(name) || file === undefined) continue;
    assigned.set(name, file);
    left = left.slice(1);
  }
  return { assigned, left };
}

/**
 * @param {Option} option
 * @param {string} text
 * @param {Surroundings} surroundings
 * @returns {Checked}
 */
export function checkValue(option, text, { members, channels, picked }) {
  const own = picked.get(option.name);
  if (own?.name.trim() === text) return { value: own.value };
  const choice = findChoice(option, text);
  if (choice !== undefined) return { value: choice.value };
  if (choicesOf(option).length > 0) return { problem: `“${text}” is not one of the choices.` };
  switch (option.type) {
    case OptionType.String:
      return checkText(option, text);
    case OptionType.Integer:
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))
        ? checkRange(option, Number(text))
        : { problem: 'enter a whole number.' };
    case OptionType.Number:
      return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? checkRange(option, Number(text)) : { problem: 'enter a number.' };
    case OptionType.Boolean:
      if (/^(true|yes)$/i.test(text)) return { value: true };
      return /^(false|no)$/i.test(text) ? { value: false } : { problem: 'enter true or false.' };
    case OptionType.User:
    case OptionType.Mentionable:
      return findNamed(members, text) ?? { problem: `there is no member “${text}” here.` };
    case OptionType.Channel:
      return findNamed(channels, text) ?? { problem: `there is no channel “${text}” here.` };
    case OptionType.Role:
      return { problem: 'there are no roles here.' };
    case OptionType.Attachment:
      return { problem: 'choose a file.' };
    default:
      return { problem: 'this kind of option is unknown here.' };
  }
}

/**
 * @param {Option} option
 * @returns {readonly Choice[]}
 */
export function choicesOf(option) {
  if (option.type === OptionType.Boolean) return [];
  return 'choices' in option ? (option.choices ?? []) : [];
}

/**
 * @param {Option} option
 * @param {string} text
 */
function findChoice(option, text) {
  const wanted = text.toLowerCase();
  const choices = choicesOf(option);
  return (
    choices.find(({ name }) => name.toLowerCase() === wanted) ??
    choices.find(({ value }) => String(value).toLowerCase() === wanted)
  );
}

/**
 * @param {{ min_length?: number, max_length?: number }} option
 * @param {string} text
 * @returns {Checked}
 */
function checkText({ min_length: least = 0, max_length: most = 6000 }, text) {
  const characters = [...text];
  const { length } = characters;
  if (length < least) return { problem: `write at least ${least} characters (there are ${length}).` };
  if (length > most) {
    const from = characters.slice(0, most).join('').length;
    return { problem: `write at most ${most} characters (there are ${length}).`, from };
  }
  return { value: text };
}

/**
 * @param {{ min_value?: number, max_value?: number }} option
 * @param {number} value
 * @returns {Checked}
 */
function checkRange({ min_value: least = -Infinity, max_value: most = Infinity }, value) {
  if (value < least) return { problem: `the smallest is ${least}.` };
  if (value > most) return { problem: `the largest is ${most}.` };
  return { value };
}

/**
 * @param {readonly Named[]} named
 * @param {string} text
 */
function findNamed(named, text) {
  const wanted = text.replace(/^[@#]/, '').toLowerCase();
  const found = named.find(({ id, name }) => name.toLowerCase() === wanted || id === wanted);
  return found === undefined ? undefined : { value: found.id };
}
