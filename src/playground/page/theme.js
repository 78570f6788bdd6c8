// @ts-check
// A classic script in the head, so that the page is never drawn in the wrong colours first.
{
  let stored = null;
  try {
    stored = localStorage.getItem('theme');
  } catch {
    // Storage is switched off: the system's preference holds.
  }
  if (stored === 'dark' || stored === 'light') document.documentElement.dataset.theme = stored;
}
