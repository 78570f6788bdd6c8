import { type FileHandle, open } from 'node:fs/promises';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabaseConnection, SqliteAdapter, SqliteDialect, type SqliteDialectConfig, SqliteDriver } from 'kysely';
import { createGroupSync } from './group-sync.ts';
import { isUnsynced } from './unsynced.ts';

/*
 * SQLite's primary result codes. Source: sqlite.org/rescode.html, 2026-11.
 */
export const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;

export interface SqliteOptions {
  /** The file must exist, and is only looked at. Default false. */
  readOnly?: boolean;
  /** Brings the write-ahead log to the disk. Default: fdatasync. */
  syncLog?: (log: FileHandle) => Promise<void>;
}

/**
 * The embedded engine: Kysely's SQLite dialect on Node's own `node:sqlite`.
 *
 * What was written survives a power cut: a write resolves once the write-ahead log is synced behind it. That is what
 * `synchronous=FULL` does, but there every commit holds the event loop until the disk has answered; here SQLite itself
 * syncs at checkpoints only (`NORMAL`), and each commit waits beside the loop for a sync it shares with others. Those
 * `withoutSync` leave it to the next one.
 *
 * Two processes may open one file; each waits up to 5 s for the other's writes, and its thread with it: one thread
 * opens a file once.
 */
export async function openSqlite(
  file: string,
  { readOnly = false, syncLog = (log) => log.datasync() }: SqliteOptions = {},
): Promise<SqliteDialect> {
  const database = new DatabaseSync(file, { timeout: 5_000, readOnly });
  try {
    if (!readOnly) {
      await switchToWal(database);
      // What a member deletes leaves no words behind in pages that are free.
      database.exec('pragma synchronous = normal; pragma secure_delete = on;');
    }
    // Reads the header, so that a file that is no database is found here and not at the first query.
    // Its default of 2 MB is soon full of indexes once there is a history, and each page is then read anew.
    database.exec('pragma foreign_keys = on; pragma cache_size = -16384; pragma user_version;');
  } catch (error) {
    database.close();
    throw error;
  }
  // A transaction that starts by reading and then writes would fail at the upgrade when another process
  // wrote in between; taking the write lock at once makes it wait instead.
  const begin = readOnly ? 'begin' : 'begin immediate';
  const statements = new Map<string, Prepared>();
  function prepare(text: string): Prepared {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    const prepared = {
      statement,
      reader: statement.columns().length > 0,
      writes: !/^\s*(select|begin|commit|rollback|savepoint|release|pragma)\b/i.test(text),
    };
    if (statements.size < 500) statements.set(text, prepared);
    return prepared;
  }

  let log: FileHandle | undefined;
  const sync = createGroupSync(async () => {
    try {
      // It is there from the first write on, for as long as the database is open.
      log ??= await open(`${file}-wal`, 'r+');
      await syncLog(log);
    } catch (cause) {
      throw Object.assign(new Error('the write-ahead log could not be synced', { cause }), { errcode: SQLITE_IOERR });
    }
  });
  let wrote = false;
  return new EmbeddedDialect(
    {
      database: {
        close() {
          statements.clear();
          database.close();
        },
        prepare(sql) {
          const { statement, reader, writes } = prepare(sql === 'begin' ? begin : sql);
          wrote ||= writes;
          return {
            reader,
            all: (parameters) => statement.all(...parameters.map(inputValue)),
            run(parameters) {
              // A full disk ends the transaction by itself; failing to end it again would hide why.
              if (sql === 'rollback' && !database.isTransaction) return { changes: 0, lastInsertRowid: 0 };
              return statement.run(...parameters.map(inputValue));
            },
            iterate: (parameters) => statement.iterate(...parameters.map(inputValue)),
          };
        },
      },
    },
    {
      async released() {
        if (!wrote) return;
        wrote = false;
        if (!isUnsynced()) await sync();
      },
      closing: async () => log?.close(),
    },
  );
}

interface Prepared {
  readonly statement: StatementSync;
  readonly reader: boolean;
  readonly writes: boolean;
}

/** Two processes that make the file at the same moment: SQLite answers "busy" to one of them without waiting. */
async function switchToWal(database: DatabaseSync): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return database.exec('pragma journal_mode = wal');
    } catch (error) {
      const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
      if (!isBusy || tries === 50) throw error;
      await delay(100);
    }
  }
}

interface Hooks {
  /** After each use of the connection, when the next one may begin; whoever used it waits for this. */
  released(): Promise<void>;
  closing(): Promise<void>;
}

class EmbeddedDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #hooks: Hooks;
  constructor(config: SqliteDialectConfig, hooks: Hooks) {
    super(config);
    this.#config = config;
    this.#hooks = hooks;
  }
  override createAdapter(): SqliteAdapter {
    return new EmbeddedAdapter();
  }
  override createDriver(): SqliteDriver {
    return new EmbeddedDriver(this.#config, this.#hooks);
  }
}

class EmbeddedAdapter extends SqliteAdapter {
  /** Kysely migrates SQLite without a transaction; in one, a crash leaves no half and two processes do it once. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  /** There is one; the driver takes turns by itself, because Kysely's turn ends only after `releaseConnection`. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** One connection, used in turns. */
class EmbeddedDriver extends SqliteDriver {
  readonly #hooks: Hooks;
  #turn: Promise<void> = Promise.resolve();
  #endTurn = () => {};
  constructor(config: SqliteDialectConfig, hooks: Hooks) {
    super(config);
    this.#hooks = hooks;
  }
  override async acquireConnection(): Promise<DatabaseConnection> {
    const turn = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await turn;
    this.#endTurn = resolve;
    return super.acquireConnection();
  }
  override async releaseConnection(): Promise<void> {
    const released = this.#hooks.released();
    this.#endTurn();
    await released;
  }
  override async destroy(): Promise<void> {
    await this.#hooks.closing();
    await super.destroy();
  }
}

function inputValue(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`node:sqlite cannot store a ${typeof value}`);
}
