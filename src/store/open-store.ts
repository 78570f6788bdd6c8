import { join } from 'node:path';
import { type Dialect, Kysely } from 'kysely';
import { createAttemptStore } from './attempts.ts';
import { type Clock, followDatabaseClock } from './clock.ts';
import { findCopy } from './copy/marker.ts';
import { makeDataDir } from './data-dir.ts';
import { DataError, explainFileError, UnfinishedCopyError } from './data-error.ts';
import { createDraftStore } from './drafts.ts';
import { createGenerationStore } from './generations.ts';
import { createHealthStore } from './health.ts';
import { createImageStore } from './images.ts';
import { createLedgerStore } from './ledger.ts';
import type { Db } from './locks.ts';
import { migrate } from './migrate.ts';
import { createOfferStore } from './offers.ts';
import { openPictureFiles, type PictureFiles } from './picture-files.ts';
import { explainPostgresFailure } from './postgres-failure.ts';
import type { Engine, Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import type { OnTransition } from './transitions.ts';
import { createTurnStore } from './turns.ts';
import { createLocalWakeUps, type WakeUps } from './wake-ups.ts';

export interface StoreOptions {
  /** PostgreSQL; absent: the embedded file in `dataDir`. */
  databaseUrl?: string;
  dataDir: string;
  /** The clock all rows are written with. Default: the database's own on PostgreSQL, else this machine's. */
  now?: (() => number) | undefined;
  onTransition?: OnTransition;
  /** PostgreSQL: this machine's clock is more than two seconds ahead of the database's; negative: behind. */
  onClockApart?: (aheadMs: number) => void;
  /** A connection broke while nobody was using it; the next query opens another. */
  onConnectionError?: (error: Error) => void;
}

export type Store = Awaited<ReturnType<typeof buildStore>>;

/**
 * Opens the data and brings its tables up to date. The only place that knows which engine it is.
 *
 * Throws `DataError` when the data cannot be used, before anything of it was changed.
 */
export async function openStore({
  databaseUrl,
  dataDir,
  onConnectionError = () => {},
  ...rest
}: StoreOptions): Promise<Store> {
  if (databaseUrl === undefined) {
    makeDataDir(dataDir);
    try {
      const dialect = await openSqlite(join(dataDir, 'easel.db'));
      const files = openPictureFiles(join(dataDir, 'pictures'));
      return await buildStore({ ...rest, engine: 'sqlite', dialect, files, wakeUps: createLocalWakeUps() });
    } catch (error) {
      throw explainFileError(error, dataDir);
    }
  }
  // Most bots run on the embedded file and never need it.
  const { openPostgres } = await import('./postgres.ts');
  try {
    return await buildStore({ ...rest, engine: 'postgres', ...openPostgres(databaseUrl, onConnectionError) });
  } catch (error) {
    const why = explainPostgresFailure(error);
    throw why === undefined ? error : new DataError(`DATABASE_URL: ${why}`, { cause: error });
  }
}

interface BuildOptions extends Pick<StoreOptions, 'now' | 'onTransition' | 'onClockApart'> {
  engine: Engine;
  dialect: Dialect;
  /** Where picture bytes go. Absent: into the database. */
  files?: PictureFiles;
  wakeUps: WakeUps;
}

/** The store on a given engine. */
export async function buildStore({
  engine,
  dialect,
  files,
  wakeUps,
  now: ownNow,
  onTransition,
  onClockApart = () => {},
}: BuildOptions) {
  const db: Db = new Kysely<Schema>({ dialect });
  let clock: Clock | undefined;
  const close = async () => {
    clock?.stop();
    await wakeUps.close();
    await files?.close();
    await db.destroy();
  };
  try {
    if (engine === 'postgres' && (await findCopy(db)) !== undefined) throw new UnfinishedCopyError();
    await migrate(db, engine);
    if (engine === 'postgres' && ownNow === undefined) clock = await followDatabaseClock(db, onClockApart);
  } catch (error) {
    await close();
    throw error;
  }
  const now = ownNow ?? clock?.now ?? Date.now;
  return {
    engine,
    db,
    wakeUps,
    /** The clock of all that compares with its rows. */
    now,
    generations: createGenerationStore({ db, engine, files, now, onTransition }),
    attempts: createAttemptStore({ db, engine, files, now }),
    images: createImageStore({ db, files, now }),
    offers: createOfferStore({ db, engine, now }),
    ledger: createLedgerStore({ db }),
    health: createHealthStore({ db }),
    drafts: createDraftStore({ db, now }),
    turns: createTurnStore({ db, engine, now }),
    close,
  };
}
