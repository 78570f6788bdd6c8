import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { NewerDataError } from './data-error.ts';
import { generations } from './migrations/0001-generations.ts';
import { moneyAndHealth } from './migrations/0002-money-and-health.ts';
import { slotWaits } from './migrations/0003-slot-waits.ts';
import { withheld } from './migrations/0004-withheld.ts';
import { slotWaitEnds } from './migrations/0005-slot-wait-ends.ts';
import { unpainted } from './migrations/0006-unpainted.ts';
import { initImages } from './migrations/0007-init-images.ts';
import { uncompressedPictures } from './migrations/0008-uncompressed-pictures.ts';
import type { Engine } from './schema.ts';

/** In order; a merged one is never edited. */
function migrations(engine: Engine): Record<string, Migration> {
  return {
    '0001-generations': generations(engine),
    '0002-money-and-health': moneyAndHealth,
    '0003-slot-waits': slotWaits,
    '0004-withheld': withheld,
    '0005-slot-wait-ends': slotWaitEnds,
    '0006-unpainted': unpainted,
    '0007-init-images': initImages,
    '0008-uncompressed-pictures': uncompressedPictures(engine),
  };
}

/** Brings the tables up to date; harmless to run twice, and in several processes at once. */
export async function migrate<Tables>(db: Kysely<Tables>, engine: Engine): Promise<void> {
  const all = migrations(engine);
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(all) } });
  if (await hasUnknown(db, new Set(Object.keys(all)))) throw new NewerDataError();
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function hasUnknown<Tables>(db: Kysely<Tables>, known: ReadonlySet<string>): Promise<boolean> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.some((row) => !known.has(row.name));
}
