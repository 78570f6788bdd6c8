// @ts-check
const SVG = 'http://www.w3.org/2000/svg';

/** Drawn for this page, 24 × 24, strokes of two. */
const STROKES = {
  hash: 'M9 4 7 20M17 4l-2 16M4 9h17M3 15h17',
  hashWarning: 'M8 6 6 20M15 12l-1 8M4 10h9M3 15h14M18.5 3v5M18.5 11v.1',
  thread: 'M8 4v9a4 4 0 0 0 4 4h8M16 13l4 4-4 4M4 4h4',
  at: 'M16 12a4 4 0 1 0-1.2 2.8M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-4 7.5',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6 6 18',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  chevronDown: 'M6 9.5l6 6 6-6',
  chevronLeft: 'M14.5 6l-6 6 6 6',
  chevronRight: 'M9.5 6l6 6-6 6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  reset: 'M4 5v5h5M5 15a8 8 0 1 0 .5-7L4 10',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  reply: 'M10 7l-5 5 5 5M5.5 12H14a6 6 0 0 1 6 6v1',
  trash: 'M5 7h14M10 4h4M7 7l1 13h8l1-13',
  copy: 'M9 9h10v11H9ZM5 15V4h10v2',
  file: 'M6 3h8l4 4v14H6ZM14 3v4h4',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  external: 'M9 5H5v14h14v-4M13 4h7v7M20 4l-9 9',
  picture: 'M4 5h16v14H4ZM4 16l4.5-4.5L13 16l3-3 4 4M15.5 9v.1',
  app: 'M5 5h5v5H5ZM14 5h5v5h-5ZM5 14h5v5H5ZM14 14h5v5h-5Z',
  warning: 'M12 4 2.5 20h19ZM12 10v5M12 17.5v.1',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14a6.5 6.5 0 0 1 3.5 6',
};

/**
 * An icon that says nothing to a screen reader: what carries it has a label.
 * @param {keyof typeof STROKES} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', STROKES[name]);
  svg.append(path);
  return svg;
}
