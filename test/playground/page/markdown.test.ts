import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, parseMarkdown } from '../../../src/playground/page/markdown.js';
import type { Inline } from '../../../src/playground/page/markdown-inline.js';

/** A tree as short text: `b(…)`. */
function show(node: Inline | Block): string {
  const inner = (children: readonly (Inline | Block)[]) => children.map(show).join('');
  switch (node.type) {
    case 'text':
      return node.text;
    case 'break':
      return '⏎';
    case 'code':
      return `code(${node.text})`;
    case 'link':
      return `link(${node.url}|${inner(node.children)})`;
    case 'time':
      return `time(${node.seconds},${node.style})`;
    case 'mention':
      return `${node.of}(${node.id || node.name})`;
    case 'paragraph':
      return `p[${inner(node.children)}]`;
    case 'small':
      return `small[${inner(node.children)}]`;
    case 'heading':
      return `h${node.level}[${inner(node.children)}]`;
    case 'quote':
      return `quote[${inner(node.children)}]`;
    case 'code-block':
      return `pre:${node.language}[${node.text}]`;
    case 'list':
      return `${node.ordered ? `ol${node.first}` : 'ul'}[${node.items.map((item) => `(${inner(item)})`).join('')}]`;
    default:
      return `${node.type}(${inner(node.children)})`;
  }
}
const parse = (text: string) => parseMarkdown(text).map(show).join('');

describe('markdown as Discord reads it', () => {
  it.each([
    ['plain', 'p[plain]'],
    ['**b** *i* _i_ __u__ ~~s~~ ||x||', 'p[bold(b) italic(i) italic(i) underline(u) strike(s) spoiler(x)]'],
    ['***both***', 'p[bold(italic(both))]'],
    ['**a *b* c**', 'p[bold(a italic(b) c)]'],
    ['snake_case_name and 2 * 3 * 4', 'p[snake_case_name and 2 * 3 * 4]'],
    ['**open', 'p[**open]'],
    ['\\*not\\* \\_it\\_', 'p[*not* _it_]'],
    ['`**x**` ``a`b``', 'p[code(**x**) code(a`b)]'],
    ['a\nb', 'p[a⏎b]'],
    ['# One\n## Two\n### Three\n#### Four\n#none', 'h1[One]h2[Two]h3[Three]p[#### Four⏎#none]'],
    ['-# sketch · free', 'small[sketch · free]'],
    ['> a\n> b\nc', 'quote[p[a⏎b]]p[c]'],
    ['>>> a\nb', 'quote[p[a⏎b]]'],
    ['> # t\n> - x', 'quote[h1[t]ul[(p[x])]]'],
    ['- a\n  - b\n- c', 'ul[(p[a]ul[(p[b])])(p[c])]'],
    ['3. a\n4. b\n- c', 'ol3[(p[a])(p[b])]ul[(p[c])]'],
    ['```js\nconst a = "*";\n```', 'pre:js[const a = "*";]'],
    ['see ```x``` there', 'p[see ]pre:[x]p[ there]'],
    ['```open', 'p[```open]'],
    ['https://a.example/x_y_z.', 'p[link(https://a.example/x_y_z|https://a.example/x_y_z).]'],
    ['<https://a.example>', 'p[link(https://a.example|https://a.example)]'],
    ['[text **b**](https://a.example/(x))', 'p[link(https://a.example/(x)|text bold(b))]'],
    ['[x](javascript:alert(1))', 'p[[x](javascript:alert(1))]'],
    [
      '<@1> <@!2> <#3> <@&4> </imagine:5> @everyone',
      'p[member(1) member(2) channel(3) role(4) command(5) everyone(everyone)]',
    ],
    ['<t:1700000000:R> <t:1>', 'p[time(1700000000,R) time(1,f)]'],
    ['<a:wave:123> <:x_y:1>', 'p[:wave: :x_y:]'],
    ['<script>alert(1)</script>', 'p[<script>alert(1)</script>]'],
    ['', ''],
  ])('reads %j', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it('never loses text that holds no markup', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ,;']{1,200}$/), (text) => {
        expect(parse(text)).toBe(`p[${text}]`);
      }),
    );
  });

  it('ends for any text, and links only to web addresses', () => {
    const markup = fc.array(
      fc.constantFrom('*', '_', '`', '|', '~', '>', '-', '# ', '\n', '[', '](', ')', '<', '\\', 'a', ' ', 'http://x'),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(markup, (parts) => {
        const json = JSON.stringify(parseMarkdown(parts.join('')));
        for (const [, url] of json.matchAll(/"url":"([^"]*)"/g)) expect(url).toMatch(/^https?:\/\//);
      }),
    );
  });

  it.each([
    '*'.repeat(4000),
    '`*'.repeat(2000),
    '[a]('.repeat(1000),
    '||a '.repeat(1000),
    '- '.repeat(2000),
    '>'.repeat(4000),
  ])(
    'is through with %# at once',
    (text) => {
      expect(JSON.stringify(parseMarkdown(text)).length).toBeGreaterThan(0);
    },
    5_000,
  );
});
