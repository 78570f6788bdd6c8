import { createHash } from 'node:crypto';
import type { Row, Table } from './tables.ts';

/** SHA-256 over a row's values, each with its kind and length, so that no two different rows read alike. */
export function digestRow({ columns }: Pick<Table, 'columns'>, row: Row): string {
  const hash = createHash('sha256');
  for (const column of columns) {
    const value = row[column] ?? null;
    if (value === null) hash.update('null;');
    else if (typeof value === 'number') hash.update(`number:${value};`);
    else {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      hash.update(`${typeof value}:${bytes.length}:`).update(bytes);
    }
  }
  return hash.digest('hex');
}

/** What names a row among its table's. */
export function nameRow({ key }: Pick<Table, 'key'>, row: Row): string {
  return JSON.stringify(key.map((column) => row[column]));
}
