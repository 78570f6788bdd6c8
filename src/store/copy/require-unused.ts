import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DataError } from '../data-error.ts';
import { SQLITE_BUSY } from '../sqlite.ts';

/**
 * Throws `DataError` while anyone has the embedded file open: who is painting would record it there after the copy, and
 * whoever starts on the copy would paint and pay for it again.
 */
export function requireUnused(dataDir: string): void {
  const file = join(dataDir, 'easel.db');
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file, { timeout: 500 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive; rollback;');
  } catch (error) {
    // Of anything else that is wrong with the file its reader says more.
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new DataError('Another Easel has that file open. Stop it, then run the same command again.');
  } finally {
    database.close();
  }
}
