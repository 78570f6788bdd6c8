// @ts-check
import { h } from './dom.js';
import { icon } from './icons.js';

/** @import { Channel } from '../wire.ts' */

/** @param {Channel} channel */
export function channelIcon({ kind, ageRestricted }) {
  if (kind === 'dm') return icon('at');
  if (kind === 'thread') return icon('thread');
  return icon(ageRestricted ? 'hashWarning' : 'hash');
}

/**
 * What stands at the beginning of a channel.
 * @param {Channel} channel
 * @param {readonly { label: string, line: string }[]} suggestions
 * @param {(line: string) => void} onsuggest
 */
export function viewWelcome(channel, suggestions, onsuggest) {
  const { kind, name, ageRestricted } = channel;
  return h(
    'div',
    { class: 'welcome' },
    h('span', { class: 'welcome-icon' }, channelIcon(channel)),
    h('p', { class: 'welcome-title' }, kind === 'dm' ? name : `Welcome to #${name}!`),
    h(
      'p',
      { class: 'muted' },
      kind === 'dm'
        ? `This is the beginning of your direct messages with ${name}.`
        : `This is the start of the ${ageRestricted ? 'age-restricted ' : ''}${kind === 'thread' ? 'thread' : 'channel'} #${name}. The bot is the real one; this computer plays Discord, so no account is needed.`,
    ),
    suggestions.length > 0 && h('p', { class: 'muted' }, 'Type / to see the commands, or begin with one of these:'),
    suggestions.length > 0 &&
      h(
        'div',
        { class: 'suggestions' },
        suggestions.map(({ label, line }) =>
          h('button', { class: 'suggestion', onclick: () => onsuggest(line) }, label),
        ),
      ),
  );
}
