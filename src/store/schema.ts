import type { Generated } from 'kysely';

/*
 * Types that both engines know: text, integer, bigint (milliseconds, micro-dollars), JSON as text, and one blob.
 * Booleans are 0 or 1.
 */

export type Engine = 'sqlite' | 'postgres';

export interface GenerationsTable {
  id: string;
  parent_id: string | null;
  parent_index: number | null;
  kind: string;
  state: string;
  outcome: string | null;
  user_id: string;
  guild_id: string | null;
  channel_id: string;
  application_id: string;
  locale: string;
  age_restricted: number;
  ephemeral: number;
  attachment_size_limit: number;
  app_permissions: string;
  sealed_token: string | null;
  /** Everything of the request but the two prompts. */
  request: string;
  /** Null once erased. */
  prompt: string | null;
  negative_prompt: string | null;
  painted: string | null;
  failure: string | null;
  message_id: string | null;
  claims: Generated<number>;
  /** Lower goes first. */
  lane: number;
  /** Start-time fair queueing: computed once, when the row is inserted. */
  fair_order: number;
  /** Not before this time: back-off after a failure. */
  available_at: number;
  /** The provider whose slots were all taken when it was tried: not claimed before one is free. */
  waits_for: Generated<string | null>;
  /** From then on it is claimed all the same: another provider may be asked. Null: none can. */
  waits_until: Generated<number | null>;
  /** The member wants it stopped; whoever holds the lease does it. */
  cancel_requested_at: number | null;
  /** When its waiting message was last edited; the final edit must not be overtaken by that one. */
  progress_at: number | null;
  lease_owner: string | null;
  lease_expires_at: number | null;
  created_at: number;
  acknowledged_at: number | null;
  started_at: number | null;
  painted_at: number | null;
  finished_at: number | null;
}

export interface AttemptsTable {
  generation_id: string;
  /** 0-based within the generation. */
  number: number;
  provider: string;
  model: string;
  /** open | succeeded | failed | unknown */
  state: string;
  started_at: number;
  sent_at: number | null;
  answered_at: number | null;
  /** The provider's own id of the job, recorded before its result is waited for. */
  reference: string | null;
  cost_micro_usd: Generated<number>;
  /** The failure's kind: `rate-limited`, `timeout`, … */
  failure: string | null;
  /** Of the pictures it was for, those a safety filter held back. */
  withheld: Generated<number>;
  /** Where its content was refused: the sentence for the member. */
  refusal: string | null;
  /** While open, one of the provider's slots is taken until then. */
  lease_expires_at: number;
}

export interface ImagesTable {
  generation_id: string;
  role: string;
  number: number;
  media_type: string;
  width: number;
  height: number;
  seed: number | null;
  byte_length: number;
  /** Null where they are in a file, and once the retention time is over. */
  bytes: Uint8Array | null;
  created_at: number;
  /** The file its bytes are in, beside the embedded database. */
  file: string | null;
}

/** What the processes that hold the keys can do, for those that only talk to Discord. */
export interface OffersTable {
  provider: string;
  model: string;
  offer: string;
  recorded_at: number;
}

/** What a modal was opened on, until it is submitted; a custom ID has no room for it. */
export interface DraftsTable {
  /** The interaction that opened the modal. */
  id: string;
  payload: string;
  created_at: number;
}

/** See `ledger.ts`. */
export interface LedgerTable {
  generation_id: string;
  /** The attempt's number; -1: held for attempts to come. */
  entry: number;
  guild_id: string | null;
  user_id: string;
  provider: string | null;
  /** reserved | settled | released | uncertain */
  state: string;
  amount_micro_usd: number;
  booked_at: number;
  changed_at: number;
}

/** See `health.ts`. */
export interface OfferHealthTable {
  provider: string;
  model: string;
  failures: number;
  failure: string | null;
  open_until: number;
  refusals: number;
  limited_until: number;
  slots: number | null;
  latencies: string;
  succeeded_at: number;
}

export interface CountersTable {
  name: string;
  value: number;
}

export interface Schema {
  generations: GenerationsTable;
  attempts: AttemptsTable;
  images: ImagesTable;
  offers: OffersTable;
  counters: CountersTable;
  drafts: DraftsTable;
  ledger: LedgerTable;
  offer_health: OfferHealthTable;
}
