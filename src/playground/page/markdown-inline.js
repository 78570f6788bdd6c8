// @ts-check
/**
 * What stands within a line.
 * @typedef {{ type: 'text', text: string }
 *   | { type: 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler', children: Inline[] }
 *   | { type: 'code', text: string }
 *   | { type: 'link', url: string, children: Inline[] }
 *   | { type: 'time', seconds: number, style: string }
 *   | { type: 'mention', of: 'member' | 'channel' | 'role' | 'everyone' | 'command', id: string, name: string }
 *   | { type: 'break' }} Inline
 */

const DEPTH = 8;

/** Longest first, so that `**` is not taken for two `*`. */
const PAIRS = /** @type {const} */ ([
  ['**', 'bold'],
  ['__', 'underline'],
  ['~~', 'strike'],
  ['||', 'spoiler'],
  ['*', 'italic'],
  ['_', 'italic'],
]);

/** What begins something, so that plain text between is taken in one step. */
const SPECIAL = /[\\*_~|`[<\n@]|https?:\/\//g;
const URL_TEXT = /^https?:\/\/[^\s<>]+[^\s<>.,:;"'\])]/;
const MASKED_LINK =
  /^\[((?:\\.|[^\\[\]\n]){1,400})\]\(<?(https?:\/\/[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: "[^"\n]*")?\)/;
const ANGLE =
  /^<(?:(@[!&]?|#)(\d{1,20})|\/([^:>\n]{1,100}):(\d{1,20})|a?:(\w{2,32}):\d{1,20}|t:(-?\d{1,13})(?::([tTdDfFRsS]))?|(https?:\/\/[^\s<>]+))>/;

/**
 * @param {string} text
 * @param {number} [depth]
 * @returns {Inline[]}
 */
export function parseInline(text, depth = 0) {
  /** @type {Inline[]} */
  const nodes = [];
  let plain = '';
  const add = (/** @type {Inline} */ node) => {
    if (plain !== '') nodes.push({ type: 'text', text: plain });
    plain = '';
    nodes.push(node);
  };

  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text);
    if (next === null) {
      plain += text.slice(at);
      break;
    }
    plain += text.slice(at, next.index);
    at = next.index;
    const found = readSpecial(text, at, depth);
    if (found === undefined) {
      plain += next[0];
      at += next[0].length;
    } else if (typeof found.node === 'string') {
      plain += found.node;
      at = found.end;
    } else {
      add(found.node);
      at = found.end;
    }
  }
  if (plain !== '') nodes.push({ type: 'text', text: plain });
  return nodes;
}

/**
 * What begins at `at`: a node, or a string of plain text; `undefined` when it is only a character.
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 * @returns {{ node: Inline | string, end: number } | undefined}
 */
function readSpecial(text, at, depth) {
  const character = text[at] ?? '';
  if (character === '\n') return { node: { type: 'break' }, end: at + 1 };
  if (character === '\\') {
    const escaped = text[at + 1] ?? '';
    return /[!-/:-@[-`{-~]/.test(escaped) ? { node: escaped, end: at + 2 } : undefined;
  }
  if (character === '`') return readCode(text, at);
  if (character === 'h') {
    const url = URL_TEXT.exec(text.slice(at))?.[0];
    return url === undefined ? undefined : { node: linkTo(url, [{ type: 'text', text: url }]), end: at + url.length };
  }
  if (character === '@') {
    const everyone = /^@(everyone|here)\b/.exec(text.slice(at));
    if (everyone === null) return undefined;
    const name = everyone[1] ?? '';
    return { node: { type: 'mention', of: 'everyone', id: '', name }, end: at + everyone[0].length };
  }
  if (character === '<') return readAngle(text, at);
  if (character === '[') {
    const masked = MASKED_LINK.exec(text.slice(at));
    if (masked === null) return undefined;
    return { node: linkTo(masked[2] ?? '', parseInline(masked[1] ?? '', depth + 1)), end: at + masked[0].length };
  }
  return depth < DEPTH ? readPair(text, at, depth) : undefined;
}

/**
 * @param {string} text
 * @param {number} at
 */
function readCode(text, at) {
  const ticks = /^`+/.exec(text.slice(at))?.[0] ?? '`';
  for (let end = text.indexOf(ticks, at + ticks.length); end !== -1; end = text.indexOf(ticks, end + 1)) {
    if (text[end + ticks.length] === '`' || text[end - 1] === '`') continue;
    const code = text.slice(at + ticks.length, end);
    return {
      node: { type: /** @type {const} */ ('code'), text: code.replace(/^ (`.*`) $/, '$1') },
      end: end + ticks.length,
    };
  }
  return { node: ticks, end: at + ticks.length };
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{ node: Inline, end: number } | undefined}
 */
function readAngle(text, at) {
  const match = ANGLE.exec(text.slice(at));
  if (match === null) return undefined;
  const [whole, sign, id = '', command, commandId = '', emoji, seconds, style = 'f', url] = match;
  const end = at + whole.length;
  if (url !== undefined) return { node: linkTo(url, [{ type: 'text', text: url }]), end };
  if (seconds !== undefined) return { node: { type: 'time', seconds: Number(seconds), style }, end };
  if (emoji !== undefined) return { node: { type: 'text', text: `:${emoji}:` }, end };
  if (command !== undefined) return { node: { type: 'mention', of: 'command', id: commandId, name: command }, end };
  const of = sign === '#' ? 'channel' : sign === '@&' ? 'role' : 'member';
  return { node: { type: 'mention', of, id, name: '' }, end };
}

/**
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 * @returns {{ node: Inline, end: number } | undefined}
 */
function readPair(text, at, depth) {
  for (const [mark, type] of PAIRS) {
    if (!text.startsWith(mark, at)) continue;
    if (mark === '_' && /\w/.test(text[at - 1] ?? '')) continue;
    const inner = at + mark.length;
    // `* a*` is not italic.
    if (type === 'italic' && /\s/.test(text[inner] ?? ' ')) continue;
    const end = findClosing(text, inner, mark);
    if (end === -1) continue;
    return { node: { type, children: parseInline(text.slice(inner, end), depth + 1) }, end: end + mark.length };
  }
  return undefined;
}

/**
 * @param {string} text
 * @param {number} from
 * @param {string} mark
 */
function findClosing(text, from, mark) {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') {
      at += 1;
    } else if (text[at] === '`') {
      at = readCode(text, at).end - 1;
    } else if (text.startsWith(mark, at) && at > from) {
      if (mark.length === 2) {
        // In `***a***` the last two close, not the first.
        while (text.startsWith(mark, at + 1)) at += 1;
        return at;
      }
      const doubled = text[at + 1] === mark;
      if (!doubled && !/\s/.test(text[at - 1] ?? '') && !(mark === '_' && /\w/.test(text[at + 1] ?? ''))) return at;
      if (doubled) at += 1;
    }
  }
  return -1;
}

/**
 * @param {string} url
 * @param {Inline[]} children
 * @returns {Inline}
 */
function linkTo(url, children) {
  return { type: 'link', url, children };
}
