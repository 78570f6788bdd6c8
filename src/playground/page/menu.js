// @ts-check
import { byId, h } from './dom.js';
import { markFocus } from './focus.js';
import { icon } from './icons.js';

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {Parameters<typeof icon>[0]} [icon]
 * @property {boolean} [danger]
 * @property {string} [group] Items of one group stand under its heading
 * @property {() => void} onpick
 */

/** Closes the menu that is open. */
let closeOpenMenu = () => {};

/**
 * Opens a menu at a point of the window; the arrow keys move in it, Escape closes it and gives the focus back.
 * @param {readonly MenuItem[]} items
 * @param {{ x: number, y: number, label: string }} where
 */
export function openMenu(items, { x, y, label }) {
  closeOpenMenu();
  const restoreFocus = markFocus();
  const buttons = items.map((item) =>
    h(
      'button',
      {
        role: 'menuitem',
        class: item.danger ? 'menu-item danger' : 'menu-item',
        tabindex: -1,
        onclick: () => {
          close();
          item.onpick();
        },
        onpointerenter: (/** @type {PointerEvent} */ event) => {
          if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
        },
      },
      item.label,
      item.icon && icon(item.icon),
    ),
  );
  const groups = [...Map.groupBy(items, ({ group = '' }) => group)];
  const menu = h(
    'div',
    { role: 'menu', class: 'menu', 'aria-label': label, popover: 'manual', onkeydown },
    groups.map(([group, members]) =>
      h(
        'div',
        { role: 'group', class: 'menu-group', 'aria-label': group === '' ? undefined : group },
        group !== '' && h('div', { class: 'menu-heading', 'aria-hidden': 'true' }, group),
        members.map((item) => buttons[items.indexOf(item)]),
      ),
    ),
  );

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const focused = document.activeElement;
    const at = focused instanceof HTMLButtonElement ? buttons.indexOf(focused) : -1;
    const target = /** @type {Record<string, number>} */ ({
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: -1,
    })[event.key];
    if (target !== undefined) {
      buttons.at(target % buttons.length)?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Event} event */
  function onoutside(event) {
    if (event.target instanceof Node && !menu.contains(event.target)) close();
  }

  function close() {
    if (!menu.isConnected) return;
    document.removeEventListener('pointerdown', onoutside, true);
    window.removeEventListener('blur', close);
    window.removeEventListener('resize', close);
    menu.remove();
    restoreFocus();
  }

  byId('chat', HTMLElement).append(menu);
  menu.showPopover();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, window.innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, window.innerHeight - height - 8))}px`;
  closeOpenMenu = close;
  buttons[0]?.focus();
  document.addEventListener('pointerdown', onoutside, true);
  window.addEventListener('blur', close);
  window.addEventListener('resize', close);
}
