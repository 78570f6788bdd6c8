import { describe } from 'vitest';
import { createPostgresDatabase, TEST_DATABASE_URL } from '../support/stores.ts';
import { storeContract } from './contract/index.ts';

describe.runIf(TEST_DATABASE_URL !== undefined)('with TEST_DATABASE_URL', () => {
  storeContract('PostgreSQL', createPostgresDatabase);
});
