// @ts-check
import { h } from './dom.js';
import { parseMarkdown } from './markdown.js';
import { stampText } from './time.js';

/** @import { Block } from './markdown.js' */
/** @import { Inline } from './markdown-inline.js' */

/**
 * Says who and what a mention means.
 * @typedef {{ member(id: string): string | undefined, channel(id: string): string | undefined }} Names
 */

/**
 * @param {string} text
 * @param {Names} names
 */
export function viewMarkdown(text, names) {
  return h(
    'div',
    { class: 'markdown' },
    parseMarkdown(text).map((block) => viewBlock(block, names)),
  );
}

/**
 * @param {Block} block
 * @param {Names} names
 * @returns {HTMLElement}
 */
function viewBlock(block, names) {
  switch (block.type) {
    case 'paragraph':
      return h('p', {}, viewInline(block.children, names));
    case 'small':
      return h('p', { class: 'subtext' }, viewInline(block.children, names));
    case 'heading':
      // One rank for all: a message is no chapter, and may well begin with the smallest.
      return h('h2', { class: `heading-${block.level}` }, viewInline(block.children, names));
    case 'quote':
      return h(
        'blockquote',
        {},
        block.children.map((child) => viewBlock(child, names)),
      );
    case 'code-block':
      return h('pre', { tabindex: 0, role: 'group', 'aria-label': 'Code' }, h('code', {}, block.text));
    case 'list': {
      const items = block.items.map((item) =>
        h(
          'li',
          {},
          item.map((child) => viewBlock(child, names)),
        ),
      );
      return block.ordered ? h('ol', { start: block.first }, items) : h('ul', {}, items);
    }
  }
}

/**
 * @param {readonly Inline[]} nodes
 * @param {Names} names
 * @returns {(Node | string)[]}
 */
function viewInline(nodes, names) {
  return nodes.map((node) => viewNode(node, names));
}

const TAGS = /** @type {const} */ ({ bold: 'strong', italic: 'em', underline: 'u', strike: 's' });

/**
 * @param {Inline} node
 * @param {Names} names
 * @returns {Node | string}
 */
function viewNode(node, names) {
  switch (node.type) {
    case 'text':
      return node.text;
    case 'break':
      return h('br');
    case 'bold':
    case 'italic':
    case 'underline':
    case 'strike':
      return h(TAGS[node.type], {}, viewInline(node.children, names));
    case 'spoiler':
      return viewSpoiler(viewInline(node.children, names));
    case 'code':
      return h('code', {}, node.text);
    case 'link':
      return h(
        'a',
        { href: node.url, target: '_blank', rel: 'noopener noreferrer nofollow', title: node.url },
        viewInline(node.children, names),
      );
    case 'time': {
      const date = new Date(node.seconds * 1000);
      if (Number.isNaN(date.getTime())) return 'Invalid Date';
      return h(
        'time',
        { class: 'stamp', datetime: date.toISOString(), title: stampText(date, 'F') },
        stampText(date, node.style),
      );
    }
    case 'mention':
      return h('span', { class: 'mention' }, mentionText(node, names));
  }
}

/**
 * @param {Inline & { type: 'mention' }} mention
 * @param {Names} names
 */
function mentionText({ of, id, name }, names) {
  switch (of) {
    case 'member':
      return `@${names.member(id) ?? 'unknown-user'}`;
    case 'channel':
      return `#${names.channel(id) ?? 'unknown'}`;
    case 'role':
      return '@unknown-role';
    case 'command':
      return `/${name}`;
    case 'everyone':
      return `@${name}`;
  }
}

/** @param {(Node | string)[]} content */
function viewSpoiler(content) {
  const hidden = h('span', { class: 'spoiler-content', inert: true }, content);
  const spoiler = h('span', { class: 'spoiler' }, hidden);
  const cover = h('button', { class: 'spoiler-cover', 'aria-label': 'Show spoiler', onclick: reveal });
  spoiler.append(cover);
  function reveal() {
    hidden.removeAttribute('inert');
    cover.remove();
    spoiler.classList.add('revealed');
  }
  return spoiler;
}
