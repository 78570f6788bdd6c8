import type { Events } from './events.ts';

/** What the page and whoever is at the terminal should know, as plain sentences. */
export interface Notices {
  readonly all: readonly string[];
  add(sentence: string): void;
  /** What is wrong with something now; `undefined`: nothing, or no longer. */
  set(subject: string, sentence: string | undefined): void;
}

export function createNotices(events: Pick<Events, 'emit'>): Notices {
  const sentences = new Map<string, string>();
  function set(subject: string, sentence: string | undefined): void {
    if (sentences.get(subject) === sentence) return;
    if (sentence === undefined) sentences.delete(subject);
    else sentences.set(subject, sentence);
    events.emit({ type: 'notices-changed' });
  }
  return {
    get all() {
      return [...sentences.values()];
    },
    add: (sentence) => set(sentence, sentence),
    set,
  };
}
