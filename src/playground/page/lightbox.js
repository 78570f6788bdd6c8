// @ts-check
import { h } from './dom.js';
import { markFocus } from './focus.js';
import { icon } from './icons.js';

/** @import { Picture } from './picture-view.js' */

/**
 * Shows a picture as large as the window allows; the arrow keys leaf through its gallery.
 * @param {readonly Picture[]} pictures
 * @param {number} start
 */
export function openLightbox(pictures, start) {
  let at = start;
  const image = h('img', {});
  const caption = h('p', { class: 'lightbox-caption' });
  const original = h('a', { target: '_blank', class: 'lightbox-action' }, icon('external'), 'Open original');
  const save = h('a', { class: 'lightbox-action' }, icon('download'), 'Save');
  const close = h(
    'button',
    { class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() },
    icon('close'),
  );
  const several = pictures.length > 1;
  const dialog = h(
    'dialog',
    { class: 'lightbox', 'aria-label': 'Picture' },
    h('div', { class: 'lightbox-bar' }, original, save, close),
    several && turn(-1, 'Previous picture', 'chevronLeft'),
    image,
    several && turn(1, 'Next picture', 'chevronRight'),
    caption,
  );

  /**
   * @param {number} by
   * @param {string} label
   * @param {'chevronLeft' | 'chevronRight'} name
   */
  function turn(by, label, name) {
    return h(
      'button',
      { class: `lightbox-turn lightbox-${name}`, 'aria-label': label, onclick: () => go(by) },
      icon(name),
    );
  }

  /** @param {number} by */
  function go(by) {
    at = (at + by + pictures.length) % pictures.length;
    show();
  }

  function show() {
    const picture = pictures[at];
    if (picture === undefined) return;
    image.src = picture.url;
    image.alt = picture.alt === '' ? picture.name : picture.alt;
    if (picture.width !== undefined && picture.height !== undefined) {
      image.width = picture.width;
      image.height = picture.height;
    }
    caption.textContent = several ? `${at + 1} of ${pictures.length} · ${picture.alt}` : picture.alt;
    original.href = picture.url;
    save.href = picture.url;
    save.download = picture.name;
  }

  dialog.addEventListener('keydown', (event) => {
    if (several && event.key === 'ArrowLeft') go(-1);
    if (several && event.key === 'ArrowRight') go(1);
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  const restoreFocus = markFocus();
  dialog.addEventListener('close', () => {
    dialog.remove();
    restoreFocus();
  });
  show();
  document.body.append(dialog);
  dialog.showModal();
}
