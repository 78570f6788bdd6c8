import { z } from 'zod';

const WITHIN_MS = 20_000;
const entry = z.record(z.string(), z.unknown());
type Entry = z.output<typeof entry>;

/** What a bot logs, for those who wait for a line. */
export interface LogBook {
  readonly lines: readonly string[];
  write(line: string): void;
  /** The first entry, written already or yet to come, that has all these values. */
  find(values: Entry): Promise<Entry>;
}

export function createLogBook(): LogBook {
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  return {
    lines,
    write(line) {
      lines.push(line);
      for (const look of waiting) look(line);
    },
    find(values) {
      const { promise, resolve, reject } = Promise.withResolvers<Entry>();
      const giveUp = setTimeout(() => reject(new Error(`nothing logged with ${JSON.stringify(values)}`)), WITHIN_MS);
      const look = (line: string) => {
        const parsed = entry.parse(JSON.parse(line));
        if (Object.entries(values).every(([key, value]) => parsed[key] === value)) resolve(parsed);
      };
      waiting.add(look);
      for (const line of lines) look(line);
      return promise.finally(() => {
        clearTimeout(giveUp);
        waiting.delete(look);
      });
    },
  };
}
