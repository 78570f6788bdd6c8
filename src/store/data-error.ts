/** The stored data cannot be used; `message` says why, and what to do, to the person who runs the bot. */
export class DataError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The data was written by a newer Easel, so this one must not touch it. */
export class NewerDataError extends DataError {
  constructor() {
    super('The stored data was written by a newer version of Easel. Update Easel, or point it at other data.');
  }
}

/** A copy into this database was interrupted, so it may have holes. */
export class UnfinishedCopyError extends DataError {
  constructor() {
    super(
      'This database holds an unfinished copy of other data. Run the same `npm run db:copy` again, then start Easel.',
    );
  }
}

const CANNOT_WRITE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT']);

/*
 * SQLite's primary result codes. Source: sqlite.org/rescode.html, 2026-11.
 */
const SQLITE_CANNOT_WRITE = new Set([3, 8, 14]);
const SQLITE_BUSY = new Set([5, 6]);
const SQLITE_FULL = 13;
const SQLITE_DAMAGED = new Set([11, 26]);

/** Why the embedded file in `dataDir` could not be opened, in plain words; other errors as they are. */
export function explainFileError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error)) return error;
  const cause = { cause: error };
  if ('errcode' in error && typeof error.errcode === 'number') {
    const code = error.errcode & 0xff;
    if (SQLITE_CANNOT_WRITE.has(code)) return cannotWrite(dataDir, cause);
    if (SQLITE_BUSY.has(code)) {
      return new DataError(`Another program holds easel.db in ${dataDir} locked. Stop it and start again.`, cause);
    }
    if (code === SQLITE_FULL) return diskFull(dataDir, cause);
    if (SQLITE_DAMAGED.has(code)) {
      return new DataError(
        `easel.db in ${dataDir} is damaged, or is not Easel's. It was left as it is: restore it from a backup, or move it away to start with empty data.`,
        cause,
      );
    }
  }
  if (!('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'ENOSPC') return diskFull(dataDir, cause);
  if (CANNOT_WRITE.has(error.code)) return cannotWrite(dataDir, cause);
  return error;
}

function diskFull(dataDir: string, cause: ErrorOptions): DataError {
  return new DataError(`The disk of DATA_DIR (${dataDir}) is full. Make room and start again.`, cause);
}

function cannotWrite(dataDir: string, cause: ErrorOptions): DataError {
  return new DataError(
    `DATA_DIR (${dataDir}) cannot be written. Give this user the right to write there, or set DATA_DIR to another folder.`,
    cause,
  );
}
