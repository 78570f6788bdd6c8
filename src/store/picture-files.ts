import { type FileHandle, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createGroupSync } from './group-sync.ts';

/**
 * Picture bytes as files of their own beside the embedded database: written once and off the event loop, where SQLite
 * would write them twice and on it.
 */
export interface PictureFiles {
  /** Resolves once the bytes survive a power cut. A file of that name stays as it is. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` when there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
  /** Those that are gone already are left out. */
  remove(names: readonly string[]): Promise<void>;
  /** Names of the files that were last written longer ago than that. */
  listOlderThan(ageMs: number): Promise<string[]>;
  close(): Promise<void>;
}

/** @param folder made when the first picture comes */
export function openPictureFiles(folder: string): PictureFiles {
  let opened: Promise<FileHandle | undefined> | undefined;

  /** `undefined` on Windows, where folders cannot be opened, and need not be synced. */
  async function openFolder(): Promise<FileHandle | undefined> {
    await mkdir(folder, { recursive: true });
    return process.platform === 'win32' ? undefined : open(folder, 'r');
  }

  // A new file is there after a power cut once its folder is synced, too.
  const syncFolder = createGroupSync(async () => (await opened)?.sync());

  return {
    async write(name, bytes) {
      opened ??= openFolder();
      await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const path = join(folder, name);
      const file = await open(path, 'wx').catch(unlessCode('EEXIST'));
      if (file === undefined) return;
      try {
        await writeAll(file, bytes);
        // The disk takes both in one go.
        await Promise.all([file.datasync(), syncFolder()]);
      } catch (error) {
        await unlink(path).catch(unlessMissing);
        throw error;
      } finally {
        await file.close();
      }
    },

    async read(name) {
      return readFile(join(folder, name)).catch(unlessMissing);
    },

    async remove(names) {
      await Promise.all(names.map((name) => unlink(join(folder, name)).catch(unlessMissing)));
    },

    async listOlderThan(ageMs) {
      // By the clock that dates the files, whatever the store is told of the time.
      const before = Date.now() - ageMs;
      const names = (await readdir(folder).catch(unlessMissing)) ?? [];
      const old: string[] = [];
      for (const name of names) {
        const found = await stat(join(folder, name)).catch(unlessMissing);
        if (found !== undefined && found.mtimeMs < before) old.push(name);
      }
      return old;
    },

    async close() {
      await (await opened)?.close();
    },
  };
}

/** In one call where the system takes it: `writeFile` would cut it into pieces. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, from);
    from += bytesWritten;
  }
}

const unlessMissing = unlessCode('ENOENT');

function unlessCode(code: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  };
}
