import { type Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NewerDataError } from '../../../src/store/data-error.ts';
import { makeRequest } from '../../support/offers.ts';
import type { StoreWorld } from '../../support/store-world.ts';

const PIXEL = Buffer.from('a picture');

export function opening(world: StoreWorld): void {
  describe('opening', () => {
    it('finds everything as the last one left it', async () => {
      const id = await world.enqueue();
      await world.store.close();
      const again = await world.open();
      expect(await again.generations.find(id)).toMatchObject({ id, state: 'queued' });
    });

    it('finds the pictures that requests start from under the name they have now', async () => {
      const initImage = { url: 'https://cdn.discordapp.com/a.png', initImageOf: 'another' };
      const prompt = 'a sign that reads "inputOf": nothing';
      const id = await world.enqueue({ request: makeRequest({ mode: 'image-to-image', initImage, prompt }) });
      await world.store.images.keep(id, 'init', {
        index: 0,
        mediaType: 'image/png',
        width: 1,
        height: 1,
        bytes: PIXEL,
      });
      // As a version left it that called it an input.
      await sql`update images set role = 'input'`.execute(world.store.db);
      await sql`update generations set request = replace(request, '"initImageOf":', '"inputOf":')`.execute(
        world.store.db,
      );
      await migrationsOf(world).deleteFrom('kysely_migration').where('name', '>=', '0007-init-images').execute();
      const again = await world.open();
      expect((await again.generations.find(id))?.request).toMatchObject({ initImage, prompt });
      expect(await again.images.read(id, 'init')).toMatchObject([{ bytes: PIXEL }]);
    });

    it('refuses data of a newer version, and leaves it as it is', async () => {
      const id = await world.enqueue();
      await migrationsOf(world)
        .insertInto('kysely_migration')
        .values({ name: '9999-later', timestamp: '2030-01-01T00:00:00.000Z' })
        .execute();
      const names = await migrationNames(world);
      await expect(world.open()).rejects.toThrow(NewerDataError);
      await expect(world.open()).rejects.toThrow(/newer version of Easel/);
      expect(await migrationNames(world)).toEqual(names);
      expect(await world.store.generations.find(id)).toMatchObject({ id, state: 'queued' });
    });
  });
}

/** The same data, seen as the migrator sees it. */
function migrationsOf({ store }: StoreWorld) {
  return store.db as unknown as Kysely<{ kysely_migration: { name: string; timestamp: string } }>;
}

async function migrationNames(world: StoreWorld): Promise<string[]> {
  const rows = await migrationsOf(world).selectFrom('kysely_migration').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}
