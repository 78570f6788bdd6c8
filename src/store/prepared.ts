import type { Compilable, CompiledQuery, Insertable } from 'kysely';
import type { Db } from './locks.ts';
import type { Schema } from './schema.ts';

/** Names a value that a statement is given at each run. */
export type Given<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

/** A statement that was built once and is run with other values each time. */
export interface Prepared<Values, Row> {
  all(on: Db, values: Values): Promise<Row[]>;
  first(on: Db, values: Values): Promise<Row | undefined>;
  /** For a statement that always has a row. Throws when it has none. */
  one(on: Db, values: Values): Promise<Row>;
  /** @returns how many rows it changed */
  run(on: Db, values: Values): Promise<number>;
}

/**
 * Prepares a statement of Kysely's: it is built and compiled at its first run on a database only, which takes longer
 * than running it. For what runs for every picture.
 */
export function prepare<Values extends object, Row>(
  build: (db: Db, given: Given<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  /** By the adapter, of which every database has one that its transactions share. */
  const compiled = new WeakMap<object, CompiledQuery<Row>>();

  function compile(db: Db): CompiledQuery<Row> {
    const { adapter } = db.getExecutor();
    const known = compiled.get(adapter);
    if (known !== undefined) return known;
    // Whatever Kysely is given as a value ends up among the parameters as it is.
    const query = build(db, (name) => new Placeholder(name) as never).compile();
    compiled.set(adapter, query);
    return query;
  }

  function execute(db: Db, values: Values) {
    const query = compile(db);
    const parameters = query.parameters.map((value) =>
      value instanceof Placeholder ? Reflect.get(values, value.name) : value,
    );
    return db.executeQuery<Row>({ ...query, parameters });
  }

  return {
    all: async (db, values) => (await execute(db, values)).rows,
    first: async (db, values) => (await execute(db, values)).rows[0],
    async one(db, values) {
      const [row] = (await execute(db, values)).rows;
      if (row === undefined) throw new Error('a statement that always has a row had none');
      return row;
    },
    run: async (db, values) => Number((await execute(db, values)).numAffectedRows ?? 0),
  };
}

/** An insert of one row into a table; every row has the same columns as the first. */
export function prepareInsert<Table extends keyof Schema>(table: Table) {
  let insert: Prepared<Record<string, unknown>, unknown> | undefined;
  return async (db: Db, row: Insertable<Schema[Table]>): Promise<void> => {
    const columns = Object.keys(row);
    insert ??= prepare((on, given: Given<Record<string, never>>) =>
      on.insertInto(table).values(Object.fromEntries(columns.map((column) => [column, given(column)])) as never),
    );
    await insert.run(db, { ...row });
  };
}

class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
