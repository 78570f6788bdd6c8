// @ts-check

/**
 * Closes what lies over the conversation on Escape, wherever the focus is. What was opened above it closes first.
 * @param {() => boolean} isOver
 * @param {() => void} close
 */
export function closeOnEscape(isOver, close) {
  document.addEventListener('keydown', ({ key, defaultPrevented }) => {
    if (key !== 'Escape' || defaultPrevented || document.querySelector('dialog[open]') !== null) return;
    if (isOver()) close();
  });
}
