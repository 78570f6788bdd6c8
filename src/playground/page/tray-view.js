// @ts-check
import { h } from './dom.js';
import { icon } from './icons.js';
import { isPicture, sizeText } from './picture-view.js';

/** @type {WeakMap<File, string>} */
const previews = new WeakMap();

/**
 * The files waiting to be sent, and the options they will fill.
 * @param {readonly File[]} files
 * @param {ReadonlyMap<string, File>} assigned By option
 * @param {(file: File) => void} onremove
 */
export function viewTray(files, assigned, onremove) {
  return files.map((file) => {
    const option = [...assigned].find(([, taken]) => taken === file)?.[0];
    return h(
      'div',
      { class: 'tray-file', role: 'group', 'aria-label': file.name },
      isPicture(file.type || undefined, file.name) ? h('img', { src: previewOf(file), alt: '' }) : icon('file'),
      h('p', {}, option !== undefined && h('strong', {}, `${option}: `), file.name),
      h('p', { class: 'muted' }, sizeText(file.size)),
      h(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': `Remove ${file.name}`, onclick: () => onremove(file) },
        icon('trash'),
      ),
    );
  });
}

/** @param {File} file */
function previewOf(file) {
  const known = previews.get(file);
  if (known !== undefined) return known;
  // Never revoked: it lives as long as the page, and a page sees few of them.
  const url = URL.createObjectURL(file);
  previews.set(file, url);
  return url;
}
