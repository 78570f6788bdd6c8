import { createSqliteDatabase } from '../support/stores.ts';
import { storeContract } from './contract/index.ts';

storeContract('the embedded file', createSqliteDatabase);
