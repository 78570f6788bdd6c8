// @ts-check
import { h } from './dom.js';

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * @param {unknown} value
 * @param {string} label
 */
export function viewJson(value, label) {
  const text = value === undefined ? '(nothing)' : JSON.stringify(value, null, 2);
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(at, match.index));
    const [whole, string, colon] = match;
    at = match.index + whole.length;
    if (string !== undefined && colon !== undefined) parts.push(h('span', { class: 'json-key' }, string), colon);
    else parts.push(h('span', { class: string === undefined ? 'json-atom' : 'json-string' }, whole));
  }
  parts.push(text.slice(at));
  return h('pre', { class: 'json', tabindex: 0, role: 'group', 'aria-label': label }, parts);
}
