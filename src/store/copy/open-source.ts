import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { DataError, explainFileError } from '../data-error.ts';
import { openPictureFiles } from '../picture-files.ts';
import { openSqlite } from '../sqlite.ts';
import { InlinePictures } from './inline-pictures.ts';

/** The embedded file with its pictures, to be read only. Throws `DataError` when it is missing or cannot be read. */
export async function openSource(dataDir: string): Promise<Kysely<unknown>> {
  const file = join(dataDir, 'easel.db');
  if (!existsSync(file)) throw new DataError(`There is no easel.db in DATA_DIR (${dataDir}): nothing to copy.`);
  try {
    return new Kysely<unknown>({
      dialect: await openSqlite(file, { readOnly: true }),
      plugins: [new InlinePictures(openPictureFiles(join(dataDir, 'pictures')))],
    });
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}
