// @ts-check

/** Of this browser, or of this tab. @typedef {'localStorage' | 'sessionStorage'} Place */

/**
 * @param {string} key
 * @param {Place} [place]
 * @returns {string | undefined} Also when storage is switched off
 */
export function recall(key, place = 'localStorage') {
  try {
    return window[place].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} key
 * @param {string} value
 * @param {Place} [place]
 */
export function remember(key, value, place = 'localStorage') {
  try {
    window[place].setItem(key, value);
  } catch {
    // Forgotten at the next load, then.
  }
}
