// @ts-check
import { freshId, h } from './dom.js';
import { icon } from './icons.js';

/** @typedef {{ value: string, label: string, description?: string | undefined, emoji?: string | undefined }} Choice */

/**
 * @typedef {object} SelectOptions
 * @property {string} label What it is called, for those who cannot see where it stands
 * @property {readonly Choice[]} choices
 * @property {string} placeholder
 * @property {readonly string[]} chosen Values
 * @property {number} least
 * @property {number} most
 * @property {boolean} [disabled]
 * @property {boolean} [busy] What was chosen is on its way; unlike a disabled one it keeps the focus
 * @property {string} [focusKey] Finds it again after a redraw
 * @property {(values: string[]) => void} onchange One choice is made at once; several when the list closes
 */

/**
 * Discord's select: a button that opens a list, one choice or several.
 * @param {SelectOptions} options
 */
export function selectMenu(options) {
  const {
    label,
    choices,
    placeholder,
    chosen,
    least,
    most,
    disabled = false,
    busy = false,
    focusKey,
    onchange,
  } = options;
  const several = most > 1;
  const listId = freshId();
  const values = new Set(chosen);
  let before = '';
  let active = 0;

  const text = h('span', { class: 'select-text' });
  const button = h(
    'button',
    {
      type: 'button',
      class: 'select',
      role: 'combobox',
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      'aria-controls': listId,
      'aria-label': label,
      disabled,
      'aria-disabled': busy && 'true',
      'data-focus': focusKey,
      onclick: () => (isOpen() ? close() : open()),
      onkeydown,
      onblur: () => close(),
    },
    text,
    icon('chevronDown'),
  );
  const rows = choices.map((choice, index) =>
    h(
      'div',
      {
        role: 'option',
        id: `${listId}-${index}`,
        class: 'select-option',
        // Before the button loses the focus, which would close the list.
        onmousedown: (/** @type {MouseEvent} */ event) => {
          event.preventDefault();
          pick(index);
        },
      },
      choice.emoji !== undefined && h('span', { class: 'emoji' }, choice.emoji),
      h(
        'span',
        { class: 'select-option-text' },
        h('span', {}, choice.label),
        choice.description !== undefined && h('span', { class: 'muted' }, choice.description),
      ),
      icon('check'),
    ),
  );
  const list = h(
    'div',
    {
      role: 'listbox',
      id: listId,
      class: 'select-list',
      popover: 'manual',
      'aria-label': label,
      'aria-multiselectable': several && 'true',
    },
    rows,
  );

  const isOpen = () => list.matches(':popover-open');

  function open() {
    if (disabled || busy || choices.length === 0) return;
    before = [...values].join('\n');
    list.showPopover();
    place();
    button.setAttribute('aria-expanded', 'true');
    active = Math.max(
      0,
      choices.findIndex(({ value }) => values.has(value)),
    );
    show();
  }

  function place() {
    const { left, top, bottom, width } = button.getBoundingClientRect();
    list.style.left = `${left}px`;
    list.style.width = `${width}px`;
    const below = window.innerHeight - bottom - 8;
    const upwards = below < Math.min(list.scrollHeight, 240) && top > below;
    list.style.maxHeight = `${Math.min(320, upwards ? top - 12 : below)}px`;
    list.style.top = upwards ? '' : `${bottom + 4}px`;
    list.style.bottom = upwards ? `${window.innerHeight - top + 4}px` : '';
  }

  function close() {
    if (!isOpen()) return;
    list.hidePopover();
    button.setAttribute('aria-expanded', 'false');
    button.removeAttribute('aria-activedescendant');
    const now = [...values].join('\n');
    if (several && now !== before && values.size >= least) onchange([...values]);
  }

  /** @param {number} index */
  function pick(index) {
    const value = choices[index]?.value;
    if (value === undefined) return;
    active = index;
    if (!several) {
      const unchosen = least === 0 && values.has(value);
      values.clear();
      if (!unchosen) values.add(value);
      show();
      close();
      onchange([...values]);
      return;
    }
    if (values.has(value)) values.delete(value);
    else if (values.size < most) values.add(value);
    show();
  }

  function show() {
    const labels = choices.filter(({ value }) => values.has(value)).map((choice) => choice.label);
    text.textContent = labels.length === 0 ? placeholder : labels.join(', ');
    text.classList.toggle('muted', labels.length === 0);
    for (const [index, row] of rows.entries()) {
      row.setAttribute('aria-selected', String(values.has(choices[index]?.value ?? '')));
      row.classList.toggle('active', isOpen() && index === active);
    }
    if (!isOpen()) return;
    button.setAttribute('aria-activedescendant', `${listId}-${active}`);
    rows[active]?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity })[
      event.key
    ];
    if (step !== undefined) {
      if (isOpen()) {
        active = Math.max(0, Math.min(choices.length - 1, active + step));
        show();
      } else {
        open();
      }
    } else if ((event.key === 'Enter' || event.key === ' ') && isOpen()) {
      pick(active);
    } else if (event.key === 'Escape' && isOpen()) {
      close();
    } else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      if (!isOpen()) open();
      const found = choices.findIndex((choice) => choice.label.toLowerCase().startsWith(event.key.toLowerCase()));
      if (found !== -1) active = found;
      show();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  show();
  return h('div', { class: 'select-wrap' }, button, list);
}
