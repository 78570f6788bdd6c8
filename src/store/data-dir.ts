import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DataError, explainFileError } from './data-error.ts';

/** Makes the folder where it is missing, and those it stands in. Throws `DataError` where that cannot be. */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(resolve(dataDir));
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

/** Private prompts and pictures are in there: it is its owner's alone. */
const MODE = 0o700;

/** Node's own recursive `mkdir` never returns where nobody may make folders, such as in `/proc`. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, MODE);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') {
      if (statSync(folder).isDirectory()) return;
      throw new DataError(`DATA_DIR: ${folder} is not a folder. Set DATA_DIR to one, or to where one can be made.`);
    }
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    makeFolder(parent);
    mkdirSync(folder, MODE);
  }
}
