import type { Insertable, Selectable } from 'kysely';
import { z } from 'zod';
import { type Generation, generation } from '../generation/record.ts';
import type { GenerationsTable } from './schema.ts';

/** A generation as it is when its member asks for it. */
export type NewGeneration = Omit<
  Generation,
  | 'state'
  | 'outcome'
  | 'erased'
  | 'painted'
  | 'failure'
  | 'messageId'
  | 'claims'
  | 'progressAt'
  | 'acknowledgedAt'
  | 'startedAt'
  | 'paintedAt'
  | 'finishedAt'
>;

const anything = z.looseObject({});
/** A column with an object in it; what the object holds is checked with the rest of the generation. */
const stored = z.string().transform((text) => anything.parse(JSON.parse(text)));

export function toRow(
  { request, ...made }: NewGeneration,
  queue: { lane: number; fairOrder: number },
): Insertable<GenerationsTable> {
  const { prompt, negativePrompt, ...rest } = request;
  return {
    id: made.id,
    parent_id: made.parentId ?? null,
    parent_index: made.parentIndex ?? null,
    kind: made.kind,
    state: 'queued',
    outcome: null,
    user_id: made.userId,
    guild_id: made.guildId ?? null,
    channel_id: made.channelId,
    application_id: made.applicationId,
    locale: made.locale,
    age_restricted: made.ageRestricted ? 1 : 0,
    ephemeral: made.ephemeral ? 1 : 0,
    attachment_size_limit: made.attachmentSizeLimit,
    app_permissions: made.appPermissions,
    sealed_token: made.sealedToken ?? null,
    request: JSON.stringify(rest),
    prompt: storable(prompt),
    negative_prompt: negativePrompt === undefined ? null : storable(negativePrompt),
    painted: null,
    failure: null,
    message_id: null,
    lane: queue.lane,
    fair_order: queue.fairOrder,
    available_at: made.createdAt,
    cancel_requested_at: null,
    progress_at: null,
    lease_owner: null,
    lease_expires_at: null,
    created_at: made.createdAt,
    acknowledged_at: null,
    started_at: null,
    painted_at: null,
    finished_at: null,
  };
}

/** PostgreSQL takes no NUL, and half of a surrogate pair is no Unicode anywhere. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/** Throws when a row is not what this version can read: broken, never missing. */
export function fromRow(row: Selectable<GenerationsTable>): Generation {
  return generation.parse({
    id: row.id,
    parentId: row.parent_id ?? undefined,
    parentIndex: row.parent_index ?? undefined,
    kind: row.kind,
    state: row.state,
    outcome: row.outcome ?? undefined,
    userId: row.user_id,
    guildId: row.guild_id ?? undefined,
    channelId: row.channel_id,
    applicationId: row.application_id,
    locale: row.locale,
    ageRestricted: row.age_restricted === 1,
    ephemeral: row.ephemeral === 1,
    attachmentSizeLimit: row.attachment_size_limit,
    appPermissions: row.app_permissions,
    sealedToken: row.sealed_token ?? undefined,
    request: {
      ...stored.parse(row.request),
      prompt: row.prompt ?? '',
      negativePrompt: row.negative_prompt ?? undefined,
    },
    erased: row.prompt === null,
    painted: row.painted === null ? undefined : stored.parse(row.painted),
    failure: row.failure === null ? undefined : stored.parse(row.failure),
    messageId: row.message_id ?? undefined,
    claims: row.claims,
    createdAt: row.created_at,
    progressAt: row.progress_at ?? undefined,
    acknowledgedAt: row.acknowledged_at ?? undefined,
    availableAt: row.available_at,
    startedAt: row.started_at ?? undefined,
    paintedAt: row.painted_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  });
}
