import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes behind attachments, by attachment id. */
export interface Files {
  put(id: string, bytes: Uint8Array): void;
  /** `undefined` when there are none (any more). */
  get(id: string): Uint8Array | undefined;
  remove(id: string): void;
  /** Drops what no id in the set names, or moves it to `files` in the folder `aside`. */
  retain(ids: ReadonlySet<string>, aside?: string): void;
}

export function createMemoryFiles(): Files {
  const files = new Map<string, Uint8Array>();
  return {
    put: (id, bytes) => void files.set(id, bytes),
    get: (id) => files.get(id),
    remove: (id) => void files.delete(id),
    retain(ids) {
      for (const id of files.keys()) if (!ids.has(id)) files.delete(id);
    },
  };
}

/**
 * One file per attachment, named by its id alone: names members gave never reach the disk. `onTrouble` hears why the
 * last one could not be saved, which `put` throws as well, and of `undefined` once one could.
 */
export function openFiles(folder: string, onTrouble: (sentence: string | undefined) => void = () => {}): Files {
  mkdirSync(folder, { recursive: true });
  return {
    put(id, bytes) {
      const path = join(folder, id);
      try {
        writeFileSync(`${path}.new`, bytes);
        renameSync(`${path}.new`, path);
        onTrouble(undefined);
      } catch (error) {
        rmSync(`${path}.new`, { force: true });
        onTrouble(`A file could not be saved in ${folder} (${error instanceof Error ? error.message : error}).`);
        throw error;
      }
    },
    get(id) {
      try {
        return readFileSync(join(folder, id));
      } catch {
        return undefined;
      }
    },
    remove: (id) => rmSync(join(folder, id), { force: true }),
    retain(ids, aside) {
      const left = readdirSync(folder).filter((name) => !ids.has(name));
      if (aside !== undefined) mkdirSync(join(aside, 'files'), { recursive: true });
      for (const name of left) {
        if (aside === undefined) rmSync(join(folder, name), { force: true });
        else renameSync(join(folder, name), join(aside, 'files', name));
      }
    },
  };
}

export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
