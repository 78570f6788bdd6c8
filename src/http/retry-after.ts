/**
 * How long `Retry-After` asks to wait, in milliseconds from `now` (epoch milliseconds): a number of seconds or an
 * HTTP date (RFC 9110, section 10.2.3). `undefined` when it is absent or neither; 0 when the date has passed.
 */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // All three date forms begin with the name of a day; `Date.parse` alone would take far more for a date.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun).* \d\d:\d\d:\d\d/.test(text)) return undefined;
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
