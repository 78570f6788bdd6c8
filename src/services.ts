import type { BudgetSettings } from './generation/budgets.ts';
import type { OfferRecord } from './generation/offer-record.ts';
import type { Generation } from './generation/record.ts';
import type { Submission } from './generation/submit.ts';
import type { Store } from './store/open-store.ts';

/** What `bot.ts` builds for commands, buttons and modals; each names the slice it takes. */
export interface Services {
  store: Store;
  /** What can be painted here now, by any process with provider keys. */
  offers: () => readonly OfferRecord[];
  /** Admits and stores a request; see `generation/submit.ts`. `duplicate`: this interaction was accepted before. */
  submit: (submission: Submission) => Promise<'accepted' | 'duplicate'>;
  /** The pictures of a finished generation, from the store or from its message; none when both are gone. */
  readPictures: (generation: Generation, signal: AbortSignal) => Promise<{ index: number; bytes: Buffer }[]>;
  /** Whether the file at this address is one that can be read: Discord's. */
  canRead: (address: string) => boolean;
  /** Deletes a public message of ours with the bot token; see `discord/delete-message.ts`. */
  deleteMessage: (message: { channelId: string; messageId: string }) => Promise<void>;
  /** Encrypts an interaction token for the store. */
  sealToken: (token: string) => string;
  /** The variable to look at when a provider refuses how it is set up here; `undefined`: it is not about that. */
  variableOf: (provider: string, failure: string) => string | undefined;
  /** What members and servers may spend here. */
  budgets: BudgetSettings;
  /** Milliseconds since 1970. */
  now: () => number;
  /** 1 … 4294967295. */
  drawSeed: () => number;
}
