import { type Kysely, sql } from 'kysely';
import type { Engine } from '../schema.ts';

export function generations(engine: Engine) {
  const blob = engine === 'postgres' ? sql`bytea` : sql`blob`;
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('generations')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('parent_id', 'text')
        .addColumn('parent_index', 'integer')
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text')
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('guild_id', 'text')
        .addColumn('channel_id', 'text', (column) => column.notNull())
        .addColumn('application_id', 'text', (column) => column.notNull())
        .addColumn('locale', 'text', (column) => column.notNull())
        .addColumn('age_restricted', 'integer', (column) => column.notNull())
        .addColumn('ephemeral', 'integer', (column) => column.notNull())
        .addColumn('attachment_size_limit', 'integer', (column) => column.notNull())
        .addColumn('app_permissions', 'text', (column) => column.notNull())
        .addColumn('sealed_token', 'text')
        .addColumn('request', 'text', (column) => column.notNull())
        .addColumn('prompt', 'text')
        .addColumn('negative_prompt', 'text')
        .addColumn('painted', 'text')
        .addColumn('failure', 'text')
        .addColumn('message_id', 'text')
        .addColumn('claims', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('lane', 'integer', (column) => column.notNull())
        .addColumn('fair_order', 'bigint', (column) => column.notNull())
        .addColumn('available_at', 'bigint', (column) => column.notNull())
        .addColumn('cancel_requested_at', 'bigint')
        .addColumn('progress_at', 'bigint')
        .addColumn('lease_owner', 'text')
        .addColumn('lease_expires_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('acknowledged_at', 'bigint')
        .addColumn('started_at', 'bigint')
        .addColumn('painted_at', 'bigint')
        .addColumn('finished_at', 'bigint')
        .execute();
      await db.schema
        .createTable('attempts')
        .addColumn('generation_id', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('sent_at', 'bigint')
        .addColumn('answered_at', 'bigint')
        .addColumn('reference', 'text')
        .addColumn('cost_micro_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('failure', 'text')
        .addColumn('lease_expires_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('attempts_key', ['generation_id', 'number'])
        .execute();
      await db.schema
        .createTable('images')
        .addColumn('generation_id', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('media_type', 'text', (column) => column.notNull())
        .addColumn('width', 'integer', (column) => column.notNull())
        .addColumn('height', 'integer', (column) => column.notNull())
        .addColumn('seed', 'bigint')
        .addColumn('byte_length', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        // Last, so that reading the other columns never walks through the bytes.
        .addColumn('bytes', blob)
        .addColumn('file', 'text')
        .addPrimaryKeyConstraint('images_key', ['generation_id', 'role', 'number'])
        .execute();
      await db.schema
        .createTable('offers')
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('offer', 'text', (column) => column.notNull())
        .addColumn('recorded_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('offers_key', ['provider', 'model'])
        .execute();
      await db.schema
        .createTable('drafts')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('counters')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'bigint', (column) => column.notNull())
        .execute();

      // The queue is read through partial indexes: they stay as small as the queue, however long the history grows.
      await sql`create index generations_in_line on generations (lane, fair_order, id) where state = 'queued' and acknowledged_at is not null`.execute(
        db,
      );
      await sql`create index generations_unacknowledged on generations (created_at) where state = 'queued' and acknowledged_at is null`.execute(
        db,
      );
      await sql`create index generations_running on generations (user_id) where state = 'running'`.execute(db);
      await sql`create index generations_active on generations (user_id, state) where finished_at is null`.execute(db);
      await sql`create index generations_leased on generations (lease_expires_at) where state in ('running', 'delivering')`.execute(
        db,
      );
      await db.schema
        .createIndex('generations_by_user')
        .on('generations')
        .columns(['user_id', 'created_at', 'id'])
        .execute();
      await sql`create index generations_done on generations (finished_at) where outcome = 'done'`.execute(db);
      await sql`create index generations_tokens on generations (created_at) where sealed_token is not null`.execute(db);
      await db.schema.createIndex('generations_by_parent').on('generations').columns(['parent_id']).execute();
      await sql`create index attempts_open on attempts (provider) where state = 'open'`.execute(db);
      await sql`create index images_kept on images (created_at) where bytes is not null or file is not null`.execute(
        db,
      );
    },
  };
}
