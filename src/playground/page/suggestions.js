// @ts-check
import { optionAt, withOption, withValue } from './command-line.js';
import { OptionType } from './discord-numbers.js';
import { checkValue, choicesOf } from './option-value.js';

/** @import { APIApplicationCommandBasicOption as Option, APIApplicationCommandOptionChoice } from 'discord-api-types/v10' */
/** @import { Entry, Line, TypedOption } from './command-line.js' */
/** @import { Choice, Surroundings } from './option-value.js' */

/**
 * One row of the list above the message box. Picking it makes the line `text`, asks for a file, or both.
 * @typedef {object} Suggestion
 * @property {string} label
 * @property {string} description
 * @property {string} [text]
 * @property {number} [caret] Default: the end of `text`
 * @property {true} [file]
 * @property {{ option: string, choice: Choice }} [picks] One of the bot's choices, to be sent as its value
 */

/**
 * `values`: what the option at the caret could be.
 * @typedef {{ kind: 'none' | 'commands' | 'values' | 'options', title: string, items: Suggestion[] }} Suggestions
 */

/**
 * What could come next in the line.
 * @param {string} text
 * @param {number} caret
 * @param {Line} line
 * @param {readonly Entry[]} entries
 * @param {Surroundings & { answers: readonly APIApplicationCommandOptionChoice[] }} around `answers` came from the bot
 * @returns {Suggestions}
 */
export function suggest(text, caret, line, entries, around) {
  if (line.kind === 'text') return { kind: 'none', title: '', items: [] };
  if (line.kind === 'name') return { kind: 'commands', title: 'Commands', items: suggestNames(line.query, entries) };
  const active = optionAt(line, caret);
  if (active !== undefined) {
    const items = suggestValues(text, active, around);
    const typed = active.value.toLowerCase();
    const finished = items.some(({ label }) => label.toLowerCase() === typed) || isChosen(active);
    if (items.length > 0 && !finished) return { kind: 'values', title: active.option.name, items };
  }
  return { kind: 'options', title: 'Options', items: suggestOptions(text, line.entry, line.typed, active) };
}

/** @param {TypedOption} typed */
function isChosen({ option, value }) {
  return choicesOf(option).some((choice) => String(choice.value).toLowerCase() === value.toLowerCase());
}

/**
 * @param {string} query
 * @param {readonly Entry[]} entries
 */
function suggestNames(query, entries) {
  const wanted = query.trim().toLowerCase();
  const begins = entries.filter(({ label }) => label.startsWith(wanted));
  const holds = entries.filter((entry) => !begins.includes(entry) && entry.label.includes(wanted));
  return [...begins, ...holds].map(({ label, description, options }) => {
    const first = options.find(({ required, type }) => required && type !== OptionType.Attachment);
    return { label: `/${label}`, description, text: first === undefined ? `/${label} ` : `/${label} ${first.name}: ` };
  });
}

/**
 * @param {string} text
 * @param {TypedOption} typed
 * @param {Surroundings & { answers: readonly APIApplicationCommandOptionChoice[] }} around
 * @returns {Suggestion[]}
 */
function suggestValues(text, typed, { members, channels, answers }) {
  const { option, value } = typed;
  if (option.type === OptionType.Attachment)
    return [{ label: 'Choose a file…', description: option.description, file: true }];
  const wanted = value.toLowerCase();
  return valuesOf(option, members, channels, answers)
    .filter(({ name }) => answers.length > 0 || name.toLowerCase().includes(wanted))
    .slice(0, 25)
    .map((choice) => ({
      label: choice.name,
      description:
        String(choice.value) === choice.name || option.type === OptionType.User || option.type === OptionType.Channel
          ? ''
          : String(choice.value),
      ...withValue(text, typed, choice.name),
      ...(answers.includes(choice) && { picks: { option: option.name, choice } }),
    }));
}

/**
 * @param {Option} option
 * @param {Surroundings['members']} members
 * @param {Surroundings['channels']} channels
 * @param {readonly APIApplicationCommandOptionChoice[]} answers
 * @returns {readonly Choice[]}
 */
function valuesOf(option, members, channels, answers) {
  const named = (/** @type {Surroundings['members']} */ list) => list.map(({ id, name }) => ({ name, value: id }));
  if (option.type === OptionType.Boolean)
    return [true, false].map((value) => ({ name: String(value), value: String(value) }));
  if (option.type === OptionType.User || option.type === OptionType.Mentionable) return named(members);
  if (option.type === OptionType.Channel) return named(channels);
  if ('autocomplete' in option && option.autocomplete) return answers;
  return choicesOf(option);
}

/**
 * The options not there yet; one whose name begins with the last word comes first, and completes it.
 * @param {string} text
 * @param {Entry} entry
 * @param {readonly TypedOption[]} typed
 * @param {TypedOption | undefined} active
 * @returns {Suggestion[]}
 */
function suggestOptions(text, entry, typed, active) {
  const open = entry.options.filter((option) => !typed.some((candidate) => candidate.option === option));
  // An option without its value yet is what the member is at.
  if (active?.value === '' && active.option.type !== OptionType.Attachment) return [];
  const word = /(?<=\s)\S+$/u.exec(text)?.[0]?.toLowerCase() ?? '';
  const begun = word === '' ? [] : open.filter(({ name }) => name.startsWith(word));
  return [...begun, ...open.filter((option) => !begun.includes(option))].map((option) => {
    const before = begun.includes(option) ? text.slice(0, -word.length) : text;
    return {
      label: option.name,
      description: `${option.description}${option.required ? ' (required)' : ''}`,
      // A file stands above the line, not in it.
      ...(option.type === OptionType.Attachment
        ? { text: before, file: true }
        : { text: withOption(before, option.name) }),
    };
  });
}

/**
 * Whether a typed value would be taken; the list is for those that would not.
 * @param {TypedOption} typed
 * @param {Surroundings} around
 */
export function isAcceptable({ option, value }, around) {
  return !('problem' in checkValue(option, value, around));
}
