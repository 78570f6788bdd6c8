import { Kysely } from 'kysely';
import { explainFileError } from '../data-error.ts';
import { migrate } from '../migrate.ts';
import { createPostgresPool, postgresDialect } from '../postgres.ts';
import { type CopyOptions, type CopyReport, copyStore } from './copy-store.ts';
import { openSource } from './open-source.ts';
import { requireUnused } from './require-unused.ts';

interface CopyFileOptions extends Pick<CopyOptions, 'onProgress'> {
  /** The folder of the embedded file. */
  dataDir: string;
  databaseUrl: string;
}

/** Copies the embedded file to PostgreSQL; see `copyStore`. Throws `DataError` when there is no such file, or it is in use, too. */
export async function copyFile({ dataDir, databaseUrl, ...options }: CopyFileOptions): Promise<CopyReport> {
  requireUnused(dataDir);
  const source = await openSource(dataDir);
  const target = new Kysely<unknown>({ dialect: postgresDialect(createPostgresPool(databaseUrl, () => {})) });
  try {
    await migrate(target, 'postgres');
    return await copyStore({ source, target, ...options });
  } catch (error) {
    // What PostgreSQL has to say is not about the file.
    throw error instanceof Error && 'errcode' in error ? explainFileError(error, dataDir) : error;
  } finally {
    await source.destroy();
    await target.destroy();
  }
}
