// @ts-check
import { parseInline } from './markdown-inline.js';

/** @import { Inline } from './markdown-inline.js' */

/**
 * Discord's markdown as a tree. It never holds HTML: the view makes text nodes of it.
 * @typedef {{ type: 'paragraph' | 'small', children: Inline[] }
 *   | { type: 'heading', level: 1 | 2 | 3, children: Inline[] }
 *   | { type: 'quote', children: Block[] }
 *   | { type: 'code-block', language: string, text: string }
 *   | { type: 'list', ordered: boolean, first: number, items: Block[][] }} Block
 */

const FENCE = /^```(?:([\w+-]{1,20})\n)?\n?([\s\S]*?)\n?```/;
const LIST_ITEM = /^( *)(?:([-*])|(\d{1,9})\.) +(.*)$/;
const DEPTH = 8;

/**
 * @param {string} text
 * @returns {Block[]}
 */
export function parseMarkdown(text) {
  return parseBlocks(text, 0);
}

/**
 * What the text says, on one line and without its markup.
 * @param {string} text
 */
export function plainText(text) {
  return parseMarkdown(text).map(wordsOf).join(' ').replace(/\s+/g, ' ').trim();
}

/**
 * @param {Block | Inline} node
 * @returns {string}
 */
function wordsOf(node) {
  switch (node.type) {
    case 'break':
      return ' ';
    case 'time':
      return '';
    case 'mention':
      return `@${node.name}`;
    case 'spoiler':
      return '▮▮▮';
    case 'list':
      return node.items.map((item) => item.map(wordsOf).join(' ')).join(' ');
    default:
      return 'text' in node ? node.text : node.children.map(wordsOf).join('');
  }
}

/**
 * @param {string} text
 * @param {number} depth
 * @returns {Block[]}
 */
function parseBlocks(text, depth) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  let paragraph = [];
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', children: parseInline(paragraph.join('\n')) });
    paragraph = [];
  };

  let rest = text;
  while (rest !== '') {
    const newline = rest.indexOf('\n');
    const line = newline === -1 ? rest : rest.slice(0, newline);
    const after = newline === -1 ? '' : rest.slice(newline + 1);

    // A fence may open in mid-line, as in Discord.
    const fence = line.indexOf('```');
    const code = fence === -1 ? null : FENCE.exec(rest.slice(fence));
    if (code !== null) {
      if (line.slice(0, fence).trim() !== '') paragraph.push(line.slice(0, fence));
      endParagraph();
      blocks.push({ type: 'code-block', language: code[1] ?? '', text: code[2] ?? '' });
      rest = rest.slice(fence + code[0].length).replace(/^\n/, '');
      continue;
    }

    const quoted = depth === 0 ? takeQuote(rest) : undefined;
    if (quoted !== undefined) {
      endParagraph();
      blocks.push({ type: 'quote', children: parseBlocks(quoted.text, depth + 1) });
      rest = quoted.rest;
      continue;
    }

    if (LIST_ITEM.test(line) && paragraph.length === 0) {
      const taken = takeList(rest, 0);
      blocks.push(taken.list);
      rest = taken.rest;
      continue;
    }

    const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
    const small = /^-# +(\S.*)$/.exec(line);
    if (heading !== null) {
      endParagraph();
      const level = heading[1]?.length;
      blocks.push({
        type: 'heading',
        level: level === 1 || level === 2 ? level : 3,
        children: parseInline(heading[2] ?? ''),
      });
    } else if (small !== null) {
      endParagraph();
      blocks.push({ type: 'small', children: parseInline(small[1] ?? '') });
    } else if (LIST_ITEM.test(line)) {
      endParagraph();
      continue;
    } else {
      paragraph.push(line);
    }
    rest = after;
  }
  endParagraph();
  return blocks;
}

/** @param {string} text */
function takeQuote(text) {
  if (text.startsWith('>>> ')) return { text: text.slice(4), rest: '' };
  const quoted = /^(?:> .*(?:\n|$)|>(?:\n|$))+/.exec(text)?.[0];
  if (quoted === undefined) return undefined;
  return { text: quoted.replace(/^> ?/gm, '').replace(/\n$/, ''), rest: text.slice(quoted.length) };
}

/**
 * @param {string} text
 * @param {number} depth
 * @returns {{ list: Block & { type: 'list' }, rest: string }}
 */
function takeList(text, depth) {
  const lines = text.split('\n');
  const first = LIST_ITEM.exec(lines[0] ?? '');
  const indent = first?.[1]?.length ?? 0;
  /** @type {Block[][]} */
  const items = [];
  let index = 0;
  for (; index < lines.length; ) {
    const match = LIST_ITEM.exec(lines[index] ?? '');
    if (match === null) break;
    const own = match[1]?.length ?? 0;
    const last = items.at(-1);
    if (last !== undefined && own > indent && depth < DEPTH) {
      const nested = takeList(lines.slice(index).join('\n'), depth + 1);
      last.push(nested.list);
      index = lines.length - (nested.rest === '' ? 0 : nested.rest.split('\n').length);
      continue;
    }
    if (own < indent || (match[3] === undefined) !== (first?.[3] === undefined)) break;
    items.push([{ type: 'paragraph', children: parseInline(match[4] ?? '') }]);
    index += 1;
  }
  const ordered = first?.[3] !== undefined;
  return {
    list: { type: 'list', ordered, first: ordered ? Number(first?.[3]) : 1, items },
    rest: lines.slice(index).join('\n'),
  };
}
