import type { Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NewerDataError } from '../../../src/store/data-error.ts';
import type { StoreWorld } from '../../support/store-world.ts';

export function opening(world: StoreWorld): void {
  describe('opening', () => {
    it('finds everything as the last one left it', async () => {
      const id = await world.enqueue();
      await world.store.close();
      const again = await world.open();
      expect(await again.generations.find(id)).toMatchObject({ id, state: 'queued' });
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
