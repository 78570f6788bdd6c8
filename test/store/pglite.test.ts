import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { useStoreWorld } from '../support/store-world.ts';
import { createPgliteDatabase } from '../support/stores.ts';
import { storeContract } from './contract/index.ts';

storeContract('PGlite', createPgliteDatabase);

const world = useStoreWorld(createPgliteDatabase);

it('stores a picture as it is, without trying to compress it', async () => {
  const bytes = Buffer.alloc(50_000);
  await world.store.images.keep(await world.enqueue(), 'init', {
    index: 0,
    mediaType: 'image/png',
    width: 1,
    height: 1,
    bytes,
  });
  const { rows } = await sql<{ stored: number }>`select pg_column_size(bytes) as stored from images`.execute(
    world.store.db,
  );
  expect(rows).toEqual([{ stored: bytes.byteLength }]);
});
