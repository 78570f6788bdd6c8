import { createPgliteDatabase } from '../support/stores.ts';
import { storeContract } from './contract/index.ts';

storeContract('PGlite', createPgliteDatabase);
