import { z } from 'zod';
import type { Sentence } from '../language/index.ts';
import { generationRequest, type Size } from './request.ts';

/** How a generation came about; `regenerate` and later ones have a parent. */
const GENERATION_KINDS = ['imagine', 'regenerate', 'variation', 'edit', 'inpaint', 'upscale'] as const;
export type GenerationKind = (typeof GENERATION_KINDS)[number];

/** How it ends. `unknown`: a provider was asked and its answer was lost, so asking again might pay twice. */
export const OUTCOMES = ['done', 'failed', 'cancelled', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * queued: waits for a worker. running: a worker holds its lease. delivering: the outcome is settled and stored,
 * and the member has yet to see it. The outcomes are final.
 */
export const STATES = ['queued', 'running', 'delivering', ...OUTCOMES] as const;
export type State = (typeof STATES)[number];

/** Which state may follow which; every change is checked against it. */
export const NEXT_STATES: Readonly<Record<State, readonly State[]>> = {
  queued: ['running', 'delivering', 'cancelled'],
  // Back to `queued`: handed back or taken over before a provider was asked.
  running: ['queued', 'delivering'],
  delivering: ['done', 'failed', 'cancelled', 'unknown'],
  done: [],
  failed: [],
  cancelled: [],
  unknown: [],
};

const keyed = z.object({ key: z.string() });
export const sentence = z.custom<Sentence>((value) => keyed.safeParse(value).success);

/** What the result line shows, recorded when the pictures are there. */
export const painted = z.object({
  provider: z.string(),
  providerLabel: z.string(),
  model: z.string(),
  width: z.int(),
  height: z.int(),
  inferenceSteps: z.int().optional(),
  /** One entry a picture; `null` where the provider keeps its seed to itself. */
  seeds: z.array(z.number().nullable()),
  /** Asked for but held back by a safety filter. */
  withheld: z.int(),
  /** Asked for but failed. */
  missing: z.int(),
  costMicroUsd: z.number(),
  /** From the first call to the last byte, milliseconds. */
  paintingMs: z.number(),
  /** What the offer could not do as asked; shown small. */
  notes: z.array(sentence),
  /** Why this offer, for Info. */
  reason: sentence.optional(),
});
export type Painted = z.output<typeof painted>;

/** Why there is no picture, in words a member can be told. */
export const failure = z.object({
  code: z.string(),
  sentence: sentence,
});
export type Failure = z.output<typeof failure>;

/**
 * One request of one member: the job, the history and the audit record in one row. `id` is the snowflake of the
 * interaction that asked (so a repeated interaction is one generation), or one minted alike.
 */
export const generation = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  /** 0-based index of the parent's picture it came from. */
  parentIndex: z.int().optional(),
  kind: z.enum(GENERATION_KINDS),
  state: z.enum(STATES),
  /** Set from `delivering` on. */
  outcome: z.enum(OUTCOMES).optional(),
  userId: z.string(),
  guildId: z.string().optional(),
  channelId: z.string(),
  applicationId: z.string(),
  locale: z.string(),
  ageRestricted: z.boolean(),
  /** Only the member sees the result. */
  ephemeral: z.boolean(),
  /** Bytes a file of the answer may have, as the interaction said. */
  attachmentSizeLimit: z.int(),
  /** The app's permissions where the request was made, as Discord's decimal bit set. */
  appPermissions: z.string(),
  /** The interaction token, encrypted; gone once used or expired. */
  sealedToken: z.string().optional(),
  request: generationRequest,
  /** The prompt was erased at a member's wish; `request.prompt` is then empty. */
  erased: z.boolean(),
  painted: painted.optional(),
  failure: failure.optional(),
  messageId: z.string().optional(),
  /** How often a worker has claimed it. */
  claims: z.int(),
  /** When its waiting message was last edited. */
  progressAt: z.number().optional(),
  /** All times are milliseconds since 1970. */
  createdAt: z.number(),
  /** Discord accepted our first answer: only then may a worker take it. */
  acknowledgedAt: z.number().optional(),
  /** Not claimed before then: handed back to be tried again. */
  availableAt: z.number().optional(),
  startedAt: z.number().optional(),
  paintedAt: z.number().optional(),
  finishedAt: z.number().optional(),
});
export type Generation = z.output<typeof generation>;

/** One stored picture of a generation. */
export interface StoredImage extends Size {
  readonly generationId: string;
  /** 0-based among its role. */
  readonly index: number;
  /** `init`: the init image; `mask`: its mask; `output`: a result. */
  readonly role: 'output' | 'init' | 'mask';
  readonly mediaType: string;
  readonly seed?: number;
  readonly byteLength: number;
}
