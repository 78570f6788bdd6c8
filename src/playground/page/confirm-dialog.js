// @ts-check
import { freshId, h } from './dom.js';

/**
 * Asks before something that cannot be undone.
 * @param {{ title: string, text: string, confirm: string }} words
 * @param {() => void} onconfirm
 */
export function confirmFirst({ title, text, confirm }, onconfirm) {
  const ids = { title: freshId(), text: freshId() };
  const dialog = h(
    'dialog',
    { class: 'modal small', 'aria-labelledby': ids.title, 'aria-describedby': ids.text },
    h('header', { class: 'modal-head' }, h('h2', { id: ids.title }, title)),
    h('div', { class: 'modal-body' }, h('p', { id: ids.text }, text)),
    h(
      'footer',
      { class: 'modal-foot' },
      h('button', { class: 'button secondary', onclick: () => dialog.close() }, 'Cancel'),
      h(
        'button',
        {
          class: 'button danger',
          onclick: () => {
            dialog.close();
            onconfirm();
          },
        },
        confirm,
      ),
    ),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
