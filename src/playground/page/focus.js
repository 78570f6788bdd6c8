// @ts-check
const CONTROLS = 'a[href], button, input, textarea';

/**
 * Remembers what has the focus, in terms that outlive a redraw of its message: the control's key, else its place
 * among the message's controls. What comes back gives the focus back; where that is gone, to the message box.
 */
export function markFocus() {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused === document.body) return () => {};
  const article = focused.closest('article.message');
  const key = focused.getAttribute('data-focus');
  const position = controlsOf(article).indexOf(focused);

  /** @returns {Element | null} */
  function findAgain() {
    if (focused?.isConnected) return focused;
    const id = article?.getAttribute('data-id') ?? '';
    const redrawn = document.querySelector(`article.message[data-id="${CSS.escape(id)}"]`);
    const named = key === null ? null : redrawn?.querySelector(`[data-focus="${CSS.escape(key)}"]`);
    return named ?? controlsOf(redrawn)[position] ?? redrawn ?? document.getElementById('message');
  }

  return () => {
    const again = findAgain();
    if (again !== document.activeElement && again instanceof HTMLElement) again.focus({ preventScroll: true });
  };
}

/** @param {Element | null} article */
function controlsOf(article) {
  return [...(article?.querySelectorAll(CONTROLS) ?? [])];
}
