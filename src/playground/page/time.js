// @ts-check
const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const shortDate = new Intl.DateTimeFormat('en', { day: '2-digit', month: '2-digit', year: 'numeric' });
const longDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' });
const weekday = new Intl.DateTimeFormat('en', { weekday: 'long' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** @param {Date} date */
export const clockTime = (date) => clock.format(date);

/** @param {Date} date */
export const dayName = (date) => longDate.format(date);

/**
 * As Discord dates a message: `Today at 8:07 AM`, `11/21/2026 8:07 AM`.
 * @param {Date} date
 * @param {Date} [now]
 */
export function messageTime(date, now = new Date()) {
  if (isSameDay(date, now)) return `Today at ${clock.format(date)}`;
  if (isSameDay(date, new Date(now.getTime() - DAY_MS))) return `Yesterday at ${clock.format(date)}`;
  return `${shortDate.format(date)} ${clock.format(date)}`;
}

/**
 * @param {Date} one
 * @param {Date} other
 */
export function isSameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

/**
 * A `<t:…:style>` timestamp in words.
 * @param {Date} date
 * @param {string} style
 */
export function stampText(date, style) {
  switch (style) {
    case 't':
      return clock.format(date);
    case 'T':
      return clockWithSeconds.format(date);
    case 'd':
      return shortDate.format(date);
    case 'D':
      return longDate.format(date);
    case 'F':
      return `${weekday.format(date)}, ${longDate.format(date)} ${clock.format(date)}`;
    case 'R':
      return relativeText(date.getTime() - Date.now());
    default:
      return `${longDate.format(date)} ${clock.format(date)}`;
  }
}

/** @type {readonly [Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** @param {number} ms */
function relativeText(ms) {
  for (const [unit, length] of UNITS) {
    if (Math.abs(ms) >= length) return relative.format(Math.round(ms / length), unit);
  }
  return relative.format(Math.round(ms / 1000), 'second');
}

/**
 * A duration for people: `84 ms`, `1.2 s`, `2 min 3 s`.
 * @param {number} ms
 */
export function durationText(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
