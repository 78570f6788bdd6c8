// @ts-check
import { h } from './dom.js';
import { icon } from './icons.js';
import { openLightbox } from './lightbox.js';

/**
 * @typedef {object} Picture
 * @property {string} url
 * @property {string} alt Empty when nothing is known about it.
 * @property {string} name Its file name.
 * @property {number} [width] Pixels.
 * @property {number} [height] Pixels.
 * @property {boolean} [spoiler]
 */

/** Files of the conversation have paths on this origin; anything else is not loaded, only linked. */
const FILES = '/playground/files/';
/** Of a picture that stands alone; media.css has it too. */
const HIGHEST_PX = 400;

/**
 * The last segment of an address.
 * @param {string} url
 */
export function fileName(url) {
  const segment = url.split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * @param {string | undefined} contentType
 * @param {string} name
 */
export function isPicture(contentType, name) {
  return contentType === undefined
    ? /\.(png|jpe?g|webp|gif)$/i.test(name)
    : /^image\/(png|jpeg|webp|gif)$/.test(contentType);
}

/**
 * Pictures laid out as Discord lays out a gallery of that many.
 * @param {readonly Picture[]} pictures
 */
export function viewGallery(pictures) {
  return h(
    'div',
    { class: `gallery gallery-${pictures.length}` },
    pictures.map((_picture, index) => viewPicture(pictures, index, pictures.length === 1)),
  );
}

/**
 * @param {readonly Picture[]} pictures The gallery it stands in
 * @param {number} index
 * @param {boolean} whole Shows it in its own shape instead of cutting it to its cell
 */
export function viewPicture(pictures, index, whole) {
  const picture = pictures[index];
  if (picture === undefined) return undefined;
  const { url, alt, name, width, height, spoiler = false } = picture;
  if (!url.startsWith(FILES)) return viewForeign(url, name);

  const image = h('img', {
    src: url,
    alt: alt === '' ? name : alt,
    width,
    height,
    loading: 'lazy',
    draggable: 'false',
  });
  const link = h('a', { class: 'picture', href: url, target: '_blank', title: alt === '' ? name : undefined }, image);
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openLightbox(pictures, index);
  });
  image.addEventListener('error', () =>
    link.replaceWith(h('p', { class: 'broken' }, icon('picture'), `${name} cannot be shown.`)),
  );
  // Its place is kept while it loads.
  if (whole && width !== undefined && height !== undefined) {
    link.style.aspectRatio = `${width} / ${height}`;
    link.style.width = `${Math.min(width, (HIGHEST_PX * width) / height)}px`;
  }
  return spoiler ? covered(link) : link;
}

/** @param {HTMLElement} content */
function covered(content) {
  content.setAttribute('inert', '');
  const cover = h('button', { class: 'picture-cover', onclick: reveal }, h('span', {}, 'Spoiler'));
  const whole = h('div', { class: 'picture-spoiler' }, content, cover);
  function reveal() {
    content.removeAttribute('inert');
    cover.remove();
    whole.classList.add('revealed');
  }
  return whole;
}

/**
 * The page loads nothing from elsewhere.
 * @param {string} url
 * @param {string} name
 */
function viewForeign(url, name) {
  if (!/^https?:\/\//.test(url)) return h('p', { class: 'broken' }, icon('picture'), `${name} cannot be shown.`);
  return h(
    'a',
    { class: 'broken', href: url, target: '_blank', rel: 'noopener noreferrer nofollow' },
    icon('external'),
    url,
  );
}

/**
 * A file that is not a picture.
 * @param {{ url: string, name: string, size?: number | undefined }} file
 */
export function viewFile({ url, name, size }) {
  return h(
    'div',
    { class: 'file' },
    icon('file'),
    h(
      'div',
      { class: 'file-text' },
      h('a', { href: url, download: name }, name),
      size !== undefined && h('span', { class: 'muted' }, sizeText(size)),
    ),
    h('a', { class: 'icon-button', href: url, download: name, 'aria-label': `Download ${name}` }, icon('download')),
  );
}

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MB`;
}
