// @ts-check
import { h } from './dom.js';

/**
 * Decoration: the name always stands beside it.
 * @param {{ name: string, bot: boolean, position: number }} who `position` in the member list picks the colour
 */
export function avatar({ name, bot, position }) {
  if (bot) return h('img', { class: 'avatar', src: '/playground/page/easel.svg', alt: '' });
  return h('span', { class: `avatar avatar-${position % 6}`, 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase());
}
