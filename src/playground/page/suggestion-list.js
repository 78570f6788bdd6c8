// @ts-check
import { byId, h } from './dom.js';
import { icon } from './icons.js';

/** @import { Suggestion, Suggestions } from './suggestions.js' */

/**
 * The list above the message box. The focus stays in the box, which points at the row in question.
 * @param {HTMLTextAreaElement} input
 * @param {(suggestion: Suggestion) => void} onpick
 */
export function createSuggestionList(input, onpick) {
  const panel = byId('suggestions', HTMLDivElement);
  /** @type {readonly Suggestion[]} */
  let items = [];
  /** @type {Suggestions['kind']} */
  let kind = 'none';
  let active = -1;

  function mark() {
    const rows = [...panel.querySelectorAll('[role=option]')];
    for (const [index, row] of rows.entries()) row.setAttribute('aria-selected', String(index === active));
    if (active === -1) {
      input.removeAttribute('aria-activedescendant');
    } else {
      input.setAttribute('aria-activedescendant', `suggestion-${active}`);
      rows[active]?.scrollIntoView({ block: 'nearest' });
    }
  }

  return {
    /**
     * @param {Suggestions} suggestions
     * @param {Node | undefined} header What is known about the line as it is
     */
    show({ kind: freshKind, title, items: fresh }, header) {
      const same = fresh.length === items.length && fresh.every(({ label }, index) => label === items[index]?.label);
      items = fresh;
      kind = freshKind;
      if (!same) active = -1;
      panel.hidden = items.length === 0 && header === undefined;
      panel.replaceChildren(
        ...(header === undefined ? [] : [header]),
        ...(items.length === 0
          ? []
          : [
              h('p', { class: 'suggestions-title', 'aria-hidden': 'true' }, title),
              h(
                'div',
                { role: 'listbox', id: 'suggestion-list', class: 'suggestion-rows', 'aria-label': title },
                items.map(({ label, description, file }, index) =>
                  h(
                    'div',
                    {
                      role: 'option',
                      id: `suggestion-${index}`,
                      class: 'suggestion-row',
                      // The box keeps the focus.
                      onmousedown: (/** @type {MouseEvent} */ event) => {
                        event.preventDefault();
                        onpick(items[index] ?? { label, description });
                      },
                    },
                    h('span', { class: 'suggestion-label' }, file && icon('picture'), label),
                    h('span', { class: 'muted' }, description),
                  ),
                ),
              ),
            ]),
      );
      mark();
    },
    hide() {
      items = [];
      kind = 'none';
      active = -1;
      panel.hidden = true;
      panel.replaceChildren();
      mark();
    },
    /** Who types on no longer means the row they had gone to. */
    unchoose() {
      active = -1;
      mark();
    },
    get open() {
      return items.length > 0;
    },
    /** The row the arrow keys went to; without one `undefined`. */
    get chosen() {
      return items[active];
    },
    get first() {
      return items[0];
    },
    get kind() {
      return kind;
    },
    /** @param {1 | -1} step */
    move(step) {
      active = active === -1 && step === -1 ? items.length - 1 : (active + step + items.length) % items.length;
      mark();
    },
  };
}
