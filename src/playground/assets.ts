import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { PlaygroundPage } from './guard.ts';

const FOLDER = new URL('./page/', import.meta.url);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A line of index.html that names a style sheet. */
const SHEET = /<link rel="stylesheet" href="\/playground\/page\/([\w-]+\.css)" \/>\s*/g;

/** The page's own files, read once. */
export async function pageAssets(): Promise<PlaygroundPage[]> {
  const names = (await readdir(FOLDER)).filter((name) => extname(name) in CONTENT_TYPES);
  const assets = await Promise.all(names.map(async (name) => ({ name, body: await readFile(new URL(name, FOLDER)) })));
  // Named up front, the modules load side by side instead of one import after the other.
  const preloads = names
    .filter((name) => extname(name) === '.js' && name !== 'theme.js')
    .map((name) => `<link rel="modulepreload" href="/playground/page/${name}" />`)
    .join('');
  // Nothing is drawn before the style sheets are there: they come as one, in the order index.html names them.
  const sources = new Map(assets.map(({ name, body }) => [name, body.toString()]));
  const html = sources.get('index.html') ?? '';
  const sheet = [...html.matchAll(SHEET)].map(([, name = '']) => sources.get(name)).join('\n');
  const page = html
    .replace(SHEET, '')
    .replace('</head>', `<link rel="stylesheet" href="/playground/page/joined.css" />${preloads}</head>`);
  const own = assets.flatMap(({ name, body: source }) => {
    const body = name === 'index.html' ? Buffer.from(page) : source;
    const paths = [`/playground/page/${name}`];
    if (name === 'index.html') paths.push('/');
    // Browsers ask for it whatever the page says.
    if (name === 'easel.svg') paths.push('/favicon.ico');
    return paths.map((path) => asset(path, body, CONTENT_TYPES[extname(name)] ?? ''));
  });
  return [...own, asset('/playground/page/joined.css', Buffer.from(sheet), CONTENT_TYPES['.css'] ?? '')];
}

function asset(path: string, body: Buffer<ArrayBuffer>, contentType: string): PlaygroundPage {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { 'content-type': contentType, 'cache-control': 'no-cache', etag };
  return {
    method: 'GET',
    path,
    handle: (request) =>
      request.headers.get('if-none-match') === etag
        ? new Response(null, { status: 304, headers })
        : new Response(body, { headers }),
  };
}
