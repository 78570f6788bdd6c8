// @ts-check
import { byId } from './dom.js';
import { icon } from './icons.js';
import { remember } from './storage.js';

/** The button that goes from dark to light and back; until it is pressed the system's preference holds. */
export function startThemeSwitch() {
  const button = byId('toggle-theme', HTMLButtonElement);
  const system = window.matchMedia('(prefers-color-scheme: light)');
  const isLight = () => (document.documentElement.dataset.theme ?? (system.matches ? 'light' : 'dark')) === 'light';
  const show = () => {
    const label = isLight() ? 'Dark theme' : 'Light theme';
    button.setAttribute('aria-label', label);
    button.title = label;
    button.replaceChildren(icon(isLight() ? 'moon' : 'sun'));
  };
  button.addEventListener('click', () => {
    const theme = isLight() ? 'dark' : 'light';
    document.documentElement.dataset.theme = theme;
    remember('theme', theme);
    show();
  });
  system.addEventListener('change', show);
  show();
}
