import { AsyncLocalStorage } from 'node:async_hooks';

/** Whether anything of a call to a provider or to Discord has left this process. Whoever makes its requests says so. */
export interface SentMark {
  /** A request is about to be made. */
  preparing(): void;
  /** Some of a request may have left: from here on the call may be billed. */
  sent(): void;
  /** It is known that nothing left. Not so where nobody said anything: a provider may have other ways to send. */
  isUnsent(): boolean;
}

export function createSentMark(): SentMark {
  let state: 'unknown' | 'preparing' | 'sent' = 'unknown';
  return {
    preparing() {
      if (state === 'unknown') state = 'preparing';
    },
    sent() {
      state = 'sent';
    },
    isUnsent: () => state === 'preparing',
  };
}

const current = new AsyncLocalStorage<SentMark>();

/** The mark of the call this runs for, whichever vendor's code it is in; `undefined` outside of any. */
export function currentSentMark(): SentMark | undefined {
  return current.getStore();
}

export function runMarked<Answer>(mark: SentMark, call: () => Promise<Answer>): Promise<Answer> {
  return current.run(mark, call);
}
