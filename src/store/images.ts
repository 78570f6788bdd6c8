import { randomBytes } from 'node:crypto';
import type { StoredImage } from '../generation/record.ts';
import type { Db, Tx } from './locks.ts';
import type { PictureFiles } from './picture-files.ts';
import { type Given, prepare } from './prepared.ts';
import type { ImagesTable } from './schema.ts';

/** A file nobody refers to after so long was left by a crash. */
const LEFT_BEHIND_MS = 3_600_000;
/** Files looked up in one query. */
const SWEPT_AT_ONCE = 500;

export interface NewImage {
  /** 0-based among its role. */
  readonly index: number;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly seed?: number;
  readonly bytes: Buffer;
}

const insertImage = prepare((db, given: Given<ImagesTable>) =>
  db
    .insertInto('images')
    .values({
      generation_id: given('generation_id'),
      role: given('role'),
      number: given('number'),
      media_type: given('media_type'),
      width: given('width'),
      height: given('height'),
      seed: given('seed'),
      byte_length: given('byte_length'),
      bytes: given('bytes'),
      file: given('file'),
      created_at: given('created_at'),
    })
    .onConflict((conflict) => conflict.columns(['generation_id', 'role', 'number']).doNothing()),
);

const described = prepare((db, given: Given<{ generationId: string; role: string }>) =>
  db
    .selectFrom('images')
    .select(['number', 'media_type', 'width', 'height', 'seed', 'byte_length'])
    .where('generation_id', '=', given('generationId'))
    .where('role', '=', given('role'))
    .orderBy('number'),
);

export type ImageRole = StoredImage['role'];
/** Image bytes, kept from the provider's answer until Discord has them and the retention time is over. */
export function createImageStore({ db, files, now }: { db: Db; files: PictureFiles | undefined; now: () => number }) {
  return {
    /** Stores the picture a request starts from; a second time changes nothing. */
    async keep(generationId: string, role: 'init' | 'mask', image: NewImage): Promise<void> {
      const placed = await placeImages(files, `${generationId}-${role}-${randomBytes(4).toString('hex')}`, [image]);
      await insertImages(db, generationId, role, placed, now());
    },

    /** What is known of a generation's pictures without reading their bytes, in order. */
    async list(generationId: string, role: ImageRole): Promise<StoredImage[]> {
      const rows = await described.all(db, { generationId, role });
      return rows.map((row) => describe(generationId, role, row));
    },

    /** In order; those whose bytes are gone are left out. */
    async read(generationId: string, role: ImageRole): Promise<(StoredImage & { readonly bytes: Buffer })[]> {
      const rows = await db
        .selectFrom('images')
        .selectAll()
        .where('generation_id', '=', generationId)
        .where('role', '=', role)
        .orderBy('number')
        .execute();
      const found = await Promise.all(
        rows.map(async (row) => {
          const bytes = row.file === null ? row.bytes : await files?.read(row.file);
          if (bytes == null) return [];
          // A view on the same memory, not a copy.
          const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          return [{ ...describe(generationId, role, row), bytes: view }];
        }),
      );
      return found.flat();
    },

    /** Deletes files that a crash left between their writing and their record, or their record's end and their own. */
    async sweep(): Promise<void> {
      const old = (await files?.listOlderThan(LEFT_BEHIND_MS)) ?? [];
      for (let from = 0; from < old.length; from += SWEPT_AT_ONCE) {
        const names = old.slice(from, from + SWEPT_AT_ONCE);
        const recorded = await db
          .selectFrom('images')
          .select('file')
          .where(
            'generation_id',
            'in',
            names.map((name) => name.split('-', 1)[0] ?? ''),
          )
          .where('file', 'is not', null)
          .execute();
        const known = new Set(recorded.map(({ file }) => file));
        await files?.remove(names.filter((name) => !known.has(name)));
      }
    },
  };
}

function describe(
  generationId: string,
  role: ImageRole,
  row: { number: number; media_type: string; width: number; height: number; seed: number | null; byte_length: number },
): StoredImage {
  return {
    generationId,
    role,
    index: row.number,
    mediaType: row.media_type,
    width: row.width,
    height: row.height,
    ...(row.seed === null ? {} : { seed: row.seed }),
    byteLength: row.byte_length,
  };
}

/** A picture whose bytes are where they stay: in its row, or in a file. */
export interface PlacedImage extends Omit<NewImage, 'bytes'> {
  readonly byteLength: number;
  readonly bytes: Buffer | null;
  readonly file: string | null;
}

/**
 * Writes the bytes to files where there are any, before the transaction that records them; without, they go with it.
 * @param name begins with the generation's id; no two pictures share it, and a repeated call finds its own files
 */
export async function placeImages(
  files: PictureFiles | undefined,
  name: string,
  images: readonly NewImage[],
): Promise<PlacedImage[]> {
  return Promise.all(
    images.map(async ({ bytes, ...image }) => {
      const byteLength = bytes.length;
      if (files === undefined) return { ...image, byteLength, bytes, file: null };
      const file = `${name}-${image.index}`;
      await files.write(file, bytes);
      return { ...image, byteLength, bytes: null, file };
    }),
  );
}

export async function insertImages(
  db: Db | Tx,
  generationId: string,
  role: ImageRole,
  images: readonly PlacedImage[],
  createdAt: number,
): Promise<void> {
  for (const { index, mediaType, width, height, seed = null, byteLength, bytes, file } of images) {
    await insertImage.run(db, {
      generation_id: generationId,
      role,
      number: index,
      media_type: mediaType,
      width,
      height,
      seed,
      byte_length: byteLength,
      bytes,
      file,
      created_at: createdAt,
    });
  }
}

/** Erases the bytes of these generations' pictures. @returns the files to delete once the transaction is through */
export async function eraseBytes(tx: Tx, generationIds: readonly string[]): Promise<string[]> {
  if (generationIds.length === 0) return [];
  const rows = await tx
    .selectFrom('images')
    .select('file')
    .where('generation_id', 'in', generationIds)
    .where('file', 'is not', null)
    .execute();
  await tx.updateTable('images').set({ bytes: null, file: null }).where('generation_id', 'in', generationIds).execute();
  return rows.flatMap(({ file }) => file ?? []);
}
