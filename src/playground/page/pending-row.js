// @ts-check
import { h } from './dom.js';
import { icon } from './icons.js';
import { dots, viewUsed } from './message-view.js';

/** @import { Member } from '../wire.ts' */

/**
 * @typedef {object} PendingRow
 * @property {HTMLElement} element
 * @property {() => void} remove
 * @property {(reason: string) => void} fail Stays until it is dismissed
 */

/**
 * A command that was sent and has no answer yet: only this page knows it.
 * @param {{ member: Member, position: number, command: string, applicationName: string, onremove: () => void }} options
 * @returns {PendingRow}
 */
export function viewPendingRow({ member, position, command, applicationName, onremove }) {
  const text = h('p', { class: 'thinking' }, dots(), 'Sending command…');
  const element = h(
    'div',
    { class: 'message head' },
    viewUsed(member.name, position, command),
    h('img', { class: 'avatar', src: '/playground/page/easel.svg', alt: '' }),
    h(
      'div',
      { class: 'message-body' },
      h(
        'div',
        { class: 'message-head' },
        h('span', { class: 'author' }, applicationName),
        h('span', { class: 'app-tag' }, 'APP'),
      ),
      text,
    ),
  );
  function remove() {
    element.remove();
    onremove();
  }
  return {
    element,
    remove,
    fail(reason) {
      text.replaceWith(
        h('p', { class: 'failure' }, icon('warning'), reason),
        h(
          'p',
          { class: 'ephemeral-note' },
          icon('eye'),
          'Only you can see this • ',
          h('button', { class: 'link', onclick: remove }, 'Dismiss message'),
        ),
      );
    },
  };
}
