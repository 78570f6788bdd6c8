// @ts-check
import { OptionType } from './discord-numbers.js';
import { h } from './dom.js';

/** @import { Line, TypedOption } from './command-line.js' */

/**
 * What stands in the message box once more, behind it, to colour the names of options and what is wrong.
 * @param {string} text
 * @param {Line} line
 * @param {(typed: TypedOption) => boolean} isAcceptable
 * @returns {(Node | string)[]}
 */
export function viewMirror(text, line, isAcceptable) {
  // The last line break of a text area takes a line, that of a block does not.
  if (line.kind !== 'command') return [`${text}\n`];
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  const plain = (/** @type {number} */ end) => {
    if (end > at) parts.push(text.slice(at, end));
    at = Math.max(at, end);
  };
  parts.push(h('span', { class: 'line-command' }, text.slice(0, line.nameEnd)));
  at = line.nameEnd;
  for (const typed of line.typed) {
    plain(typed.keyStart);
    const keyEnd = typed.keyStart + (typed.start === typed.keyStart ? 0 : typed.option.name.length + 1);
    if (keyEnd > typed.keyStart) parts.push(h('span', { class: 'line-key' }, text.slice(typed.keyStart, keyEnd)));
    at = keyEnd;
    plain(typed.start);
    const good = typed.value === '' || typed.option.type === OptionType.Attachment || isAcceptable(typed);
    parts.push(h('span', { class: good ? 'line-value' : 'line-value wrong' }, text.slice(typed.start, typed.end)));
    at = typed.end;
  }
  plain(text.length);
  parts.push('\n');
  return parts;
}

/**
 * The command with its options, the one being typed described.
 * @param {Line & { kind: 'command' }} line
 * @param {TypedOption | undefined} active
 * @param {ReadonlyMap<string, File>} assigned
 */
export function viewSignature({ entry, typed }, active, assigned) {
  const has = (/** @type {string} */ name) =>
    assigned.has(name) || typed.some(({ option, value }) => option.name === name && value !== '');
  const option = active?.option;
  return h(
    'div',
    { class: 'signature' },
    h(
      'p',
      { class: 'signature-line' },
      h('strong', {}, `/${entry.label}`),
      entry.options.map(({ name, required }) =>
        h(
          'span',
          { class: `signature-option${name === option?.name ? ' active' : ''}${has(name) ? ' given' : ''}` },
          name,
          required && !has(name) && h('span', { class: 'required', title: 'required' }, '*'),
        ),
      ),
    ),
    h(
      'p',
      { class: 'muted' },
      option === undefined ? entry.description : `${option.name}: ${option.description}${limitsOf(option)}`,
    ),
  );
}

/** @param {TypedOption['option']} option */
function limitsOf(option) {
  const least = 'min_value' in option ? option.min_value : undefined;
  const most = 'max_value' in option ? option.max_value : undefined;
  if (least !== undefined && most !== undefined) return ` (${least} to ${most})`;
  if (least !== undefined) return ` (${least} or more)`;
  return most === undefined ? '' : ` (${most} or less)`;
}
