import { sql } from 'kysely';
import { openStore, type StoreOptions } from '../src/store/open-store.ts';
import { type NewGeneration, toRow } from '../src/store/rows.ts';

/** Rows written at once: PostgreSQL binds at most 65 535 values in a statement. */
const BATCH = 500;
const MEMBERS = 2_000;
const GUILDS = 100;
const EVERY_MS = 20_000;
/** Discord's epoch; ids carry the time since. Source: Discord docs, API Reference, Snowflakes, 2026-08. */
const EPOCH = 1_420_070_400_000;

/** Writes so many finished generations, each with its attempt, its booking and its picture's record; bytes have expired. */
export async function fillHistory(options: StoreOptions, count: number): Promise<void> {
  const store = await openStore(options);
  const now = Date.now();
  try {
    for (let from = 0; from < count; from += BATCH) {
      const made = Array.from({ length: Math.min(BATCH, count - from) }, (_, index) =>
        buildPast(from + index, now - (count - from - index) * EVERY_MS),
      );
      await store.db.transaction().execute(async (tx) => {
        await tx
          .insertInto('generations')
          .values(made.map(({ generation, end }) => ({ ...toRow(generation, { lane: 1, fairOrder: 0 }), ...end })))
          .execute();
        await tx
          .insertInto('attempts')
          .values(made.map(({ attempt }) => attempt))
          .execute();
        await tx
          .insertInto('ledger')
          .values(made.map(({ booking }) => booking))
          .execute();
        await tx
          .insertInto('images')
          .values(made.map(({ image }) => image))
          .execute();
      });
    }
    // What PostgreSQL does after so much was written, minutes later and beside what is measured then.
    if (store.engine === 'postgres')
      for (const end of ['vacuum analyze', 'checkpoint']) await sql.raw(end).execute(store.db);
  } finally {
    await store.close();
  }
}

function buildPast(number: number, at: number) {
  const id = ((BigInt(at - EPOCH) << 22n) + BigInt(number)).toString();
  const userId = String(5_000_000_000_000_000n + BigInt(number % MEMBERS));
  const guildId = String(6_000_000_000_000_000n + BigInt(number % GUILDS));
  const generation: NewGeneration = {
    id,
    kind: 'imagine',
    userId,
    guildId,
    channelId: guildId,
    applicationId: '1',
    locale: 'en-US',
    ageRestricted: false,
    ephemeral: false,
    attachmentSizeLimit: 10 * 1024 * 1024,
    appPermissions: '0',
    request: {
      prompt: `a lighthouse in a storm, oil on canvas, number ${number}`,
      model: 'flux-schnell',
      mode: 'text-to-image',
      aspect: '1:1',
      seed: 1 + number,
      seedGiven: false,
      count: 1,
    },
    createdAt: at,
  };
  const painted = {
    provider: 'fireworks',
    providerLabel: 'Fireworks',
    model: 'flux-schnell',
    width: 1024,
    height: 1024,
    inferenceSteps: 4,
    seeds: [1 + number],
    withheld: 0,
    missing: 0,
    costMicroUsd: 1_400,
    paintingMs: 1_000,
    notes: [],
  };
  return {
    generation,
    end: {
      state: 'done',
      outcome: 'done',
      painted: JSON.stringify(painted),
      message_id: id,
      claims: 1,
      acknowledged_at: at,
      started_at: at,
      painted_at: at + 1_000,
      finished_at: at + 1_100,
    },
    attempt: {
      generation_id: id,
      number: 0,
      provider: 'fireworks',
      model: 'flux-schnell',
      state: 'succeeded',
      started_at: at,
      sent_at: at,
      answered_at: at + 1_000,
      reference: null,
      cost_micro_usd: 1_400,
      failure: null,
      lease_expires_at: at + 30_000,
    },
    booking: {
      generation_id: id,
      entry: 0,
      guild_id: guildId,
      user_id: userId,
      provider: 'fireworks',
      state: 'settled',
      amount_micro_usd: 1_400,
      booked_at: at,
      changed_at: at,
    },
    image: {
      generation_id: id,
      role: 'output' as const,
      number: 0,
      media_type: 'image/png',
      width: 1024,
      height: 1024,
      seed: 1 + number,
      byte_length: 1_500_000,
      created_at: at,
      bytes: null,
      file: null,
    },
  };
}
