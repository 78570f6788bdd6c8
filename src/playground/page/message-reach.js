// @ts-check
const LONG_PRESS_MS = 500;
/** A finger that rests still moves a little. */
const STILL_PX = 10;

/**
 * Reaches messages by right click, long press and keyboard: the arrow keys go from message to message, Shift+F10 and
 * the context menu key open the menu.
 * @param {HTMLElement} scroller
 * @param {(messageId: string, point: { x: number, y: number }) => void} onmenu
 */
export function reachMessages(scroller, onmenu) {
  const articleAt = (/** @type {EventTarget | null} */ target) => {
    const article = target instanceof Element ? target.closest('article.message') : null;
    return article instanceof HTMLElement ? article : undefined;
  };

  /**
   * @param {HTMLElement | undefined} article
   * @param {{ x: number, y: number }} point
   */
  function open(article, point) {
    if (article?.dataset.id !== undefined) onmenu(article.dataset.id, point);
  }

  /** @param {Element} element */
  function beside(element) {
    const { left, top } = element.getBoundingClientRect();
    return { x: left + 40, y: Math.max(top, scroller.getBoundingClientRect().top) + 20 };
  }

  scroller.addEventListener('contextmenu', (event) => {
    const article = articleAt(event.target);
    // With Shift the browser's own menu opens, as in Firefox everywhere.
    if (article === undefined || event.shiftKey) return;
    event.preventDefault();
    const byKeyboard = event.clientX === 0 && event.clientY === 0;
    open(article, byKeyboard ? beside(article) : { x: event.clientX, y: event.clientY });
  });

  // For browsers that send no contextmenu on a long press.
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let holding;
  let held = false;
  let down = { x: 0, y: 0 };
  scroller.addEventListener('pointerdown', ({ pointerType, target, clientX, clientY }) => {
    held = false;
    if (pointerType !== 'touch') return;
    down = { x: clientX, y: clientY };
    clearTimeout(holding);
    holding = setTimeout(() => {
      held = true;
      open(articleAt(target), down);
    }, LONG_PRESS_MS);
  });
  scroller.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (Math.hypot(clientX - down.x, clientY - down.y) > STILL_PX) clearTimeout(holding);
  });
  for (const end of ['pointerup', 'pointercancel', 'contextmenu']) {
    scroller.addEventListener(end, () => clearTimeout(holding));
  }
  // What the finger rested on is not meant to be pressed when it leaves.
  scroller.addEventListener(
    'click',
    (event) => {
      if (!held) return;
      held = false;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  scroller.addEventListener('keydown', (event) => {
    const article = articleAt(event.target);
    if (event.target !== scroller && event.target !== article) return;
    if (article !== undefined && ((event.key === 'F10' && event.shiftKey) || event.key === 'ContextMenu')) {
      event.preventDefault();
      open(article, beside(article));
      return;
    }
    const order = [...scroller.querySelectorAll('article.message')];
    const at = article === undefined ? order.length : order.indexOf(article);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: order.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = order[Math.max(0, Math.min(order.length - 1, to))];
    if (next instanceof HTMLElement) next.focus();
  });
}
