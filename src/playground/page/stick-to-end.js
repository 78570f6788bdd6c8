// @ts-check
/** So near the end, a reader wants to stay there. */
const AT_END_PX = 80;

/**
 * Keeps a scrolled view at its end while what it holds grows, until its reader scrolls up.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} content
 * @param {{ jumpToEnd: HTMLButtonElement, news: HTMLElement }} signs The button is shown while the view is elsewhere; it
 *   and the live region `news` say what came at the end meanwhile
 */
export function stickToEnd(scroller, content, { jumpToEnd, news }) {
  let atEnd = true;
  let lastTop = 0;
  /** Ids of messages that came while the reader was elsewhere. @type {Set<string>} */
  const unseen = new Set();

  /** @param {number} top */
  function scrollTo(top) {
    scroller.scrollTop = top;
    lastTop = scroller.scrollTop;
  }

  /** @param {boolean} here */
  function setAtEnd(here) {
    atEnd = here;
    if (here) unseen.clear();
    const { size } = unseen;
    const text = size === 0 ? '' : size === 1 ? '1 new message' : `${size} new messages`;
    jumpToEnd.hidden = here;
    jumpToEnd.classList.toggle('news', size > 0);
    jumpToEnd.textContent = size === 0 ? 'Jump to present' : `${text} · Jump to present`;
    if (news.textContent !== text) news.textContent = text;
  }

  function toEnd() {
    setAtEnd(true);
    scrollTo(scroller.scrollHeight);
  }

  scroller.addEventListener('scroll', () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    // Pictures that load push the end away; only who scrolls up leaves it.
    if (scrollHeight - scrollTop - clientHeight < AT_END_PX) setAtEnd(true);
    else if (scrollTop < lastTop) setAtEnd(false);
    lastTop = scrollTop;
  });
  const observer = new ResizeObserver(() => {
    if (atEnd) toEnd();
  });
  observer.observe(content);
  observer.observe(scroller);
  jumpToEnd.addEventListener('click', toEnd);

  return {
    toEnd,
    /** @param {string} id A message that came at the end */
    came(id) {
      if (!atEnd) unseen.add(id);
      setAtEnd(atEnd);
    },
    /** @param {string} id A message that is gone */
    went(id) {
      unseen.delete(id);
      setAtEnd(atEnd);
    },
    /**
     * Replaces the content; a reader elsewhere keeps their place, counted from the end.
     * @param {() => void} change
     */
    keepPlace(change) {
      const fromEnd = scroller.scrollHeight - scroller.scrollTop;
      change();
      if (atEnd) toEnd();
      else scrollTo(scroller.scrollHeight - fromEnd);
    },
  };
}
