import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FolderInUseError } from './contract.ts';

const SQLITE_BUSY = 5;

/**
 * Holds the folder, which is made where it is missing, for this process alone until `release`. The lock is the
 * kernel's, on a file that SQLite keeps open: it ends with the process however that ends, and no process id can be
 * mistaken for another's.
 * Throws a `FolderInUseError`, or what kept the folder from being written.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  // SQLite would only say that it could not open it.
  closeSync(openSync(path, 'a'));
  const database = new DatabaseSync(path);
  try {
    database.exec('begin exclusive');
  } catch (cause) {
    database.close();
    const isHeld = cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
    throw isHeld ? new FolderInUseError(folder, { cause }) : cause;
  }
  return { release: () => database.close() };
}
