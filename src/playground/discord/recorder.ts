import type { RecordedRequest } from './contract.ts';
import type { StoredMessage } from './records.ts';

/** What tests and the page may look back on; it does not outlive the process. */
export interface Recorder {
  /** The latest, oldest first. */
  readonly requests: readonly RecordedRequest[];
  add(request: RecordedRequest): void;
  callbacksOf(interactionId: string): readonly RecordedRequest[];
  /** The message an interaction was first answered with, before any edit. */
  rememberFirst(interactionId: string, message: StoredMessage): void;
  firstOf(interactionId: string): StoredMessage | undefined;
  forget(interactionId: string): void;
  clear(): void;
}

export function createRecorder(mostRequests: number): Recorder {
  const requests: RecordedRequest[] = [];
  const callbacks = new Map<string, RecordedRequest[]>();
  const firsts = new Map<string, StoredMessage>();
  return {
    requests,
    add(request) {
      requests.push(request);
      if (requests.length > mostRequests) requests.shift();
      if (request.interactionId === undefined) return;
      const ofInteraction = callbacks.get(request.interactionId);
      if (ofInteraction) ofInteraction.push(request);
      else callbacks.set(request.interactionId, [request]);
    },
    callbacksOf: (interactionId) => callbacks.get(interactionId) ?? [],
    rememberFirst: (interactionId, message) => void firsts.set(interactionId, message),
    firstOf: (interactionId) => firsts.get(interactionId),
    forget(interactionId) {
      callbacks.delete(interactionId);
      firsts.delete(interactionId);
    },
    clear() {
      requests.length = 0;
      callbacks.clear();
      firsts.clear();
    },
  };
}
