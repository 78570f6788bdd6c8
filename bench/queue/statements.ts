import type { CompiledQuery, DatabaseConnection, Dialect, Driver, TransactionSettings } from 'kysely';

/** One statement as it went to the database. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A dialect that writes down what is run through it while it is told to, transactions included. */
export function recordStatements(dialect: Dialect) {
  let recorded: Statement[] | undefined;

  function note({ sql, parameters }: CompiledQuery): void {
    recorded?.push({ sql, parameters });
  }

  const watched = new WeakSet<DatabaseConnection>();
  function watch(connection: DatabaseConnection): DatabaseConnection {
    if (watched.has(connection)) return connection;
    watched.add(connection);
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = (query, options) => {
      note(query);
      return execute(query, options);
    };
    return connection;
  }

  function wrap(driver: Driver): Driver {
    return {
      init: (options) => driver.init(options),
      acquireConnection: async (options) => watch(await driver.acquireConnection(options)),
      beginTransaction: (connection, settings: TransactionSettings) => driver.beginTransaction(connection, settings),
      commitTransaction: (connection) => driver.commitTransaction(connection),
      rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
      releaseConnection: (connection, options) => driver.releaseConnection(connection, options),
      destroy: (options) => driver.destroy(options),
    };
  }

  return {
    dialect: {
      createDriver: () => wrap(dialect.createDriver()),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
    } satisfies Dialect,
    /** The statements of one piece of work. */
    async during(work: () => Promise<unknown>): Promise<readonly Statement[]> {
      const list: Statement[] = [];
      recorded = list;
      await work();
      recorded = undefined;
      return list;
    },
  };
}

/** The same statements for another request: `values` says which parameter becomes which. */
export function withParameters(statements: readonly Statement[], values: ReadonlyMap<unknown, unknown>): Statement[] {
  return statements.map(({ sql, parameters }) => ({
    sql,
    parameters: parameters.map((parameter) => (values.has(parameter) ? values.get(parameter) : parameter)),
  }));
}
