// @ts-check
import { h } from './dom.js';

/**
 * Whether the caret is on the first and the last line as they are shown, wrapped ones counted.
 * @param {HTMLElement} mirror Lays a text out as the box does; what it holds stays in it
 * @param {string} text
 * @param {number} caret
 */
export function findCaretLine(mirror, text, caret) {
  const held = [...mirror.childNodes];
  const start = h('span');
  const here = h('span');
  // A last line without text is laid out only if something stands in it.
  const end = h('span', {}, '\u200b');
  mirror.replaceChildren(start, text.slice(0, caret), here, text.slice(caret), end);
  const place = { first: here.offsetTop === start.offsetTop, last: here.offsetTop === end.offsetTop };
  mirror.replaceChildren(...held);
  return place;
}
