// Kysely over Node's own SQLite: the shape that Kysely's dialect expects, and the pragmas we rely on.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from 'kysely';
import { fromSqlite } from './errors.ts';

/** How long a writer waits for another process's transaction. Ours take milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Compiled statements kept: the program has some hundred different ones, and compiling takes longer than running. */
const STATEMENTS_MAX = 256;

/**
 * Opens the file with WAL and synchronous=FULL: what is committed survives a power cut, readers never wait.
 * Throws the errors of `errors.ts`.
 */
export function openSqlite(path: string): SqliteDatabase {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    return shim(database, path);
  } catch (error) {
    if (database?.isOpen) database.close();
    throw fromSqlite(error, path);
  }
}

export function sqliteDialect(database: SqliteDatabase): Dialect {
  const dialect = new SqliteDialect({ database });
  return {
    createDriver: () => dialect.createDriver(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createAdapter: () => new TransactionalSqliteAdapter(),
  };
}

/**
 * SQLite runs DDL in transactions well; the library's adapter says it does not, and would then migrate without
 * one. With it, BEGIN IMMEDIATE is the lock between processes and a migration that fails leaves nothing.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function shim(database: DatabaseSync, path: string): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  const attempt = <T>(fn: () => T): T => {
    try {
      return fn();
    } catch (error) {
      throw fromSqlite(error, path);
    }
  };
  const wrap = (statement: StatementSync): SqliteStatement => ({
    reader: statement.columns().length > 0,
    all: (values) => attempt(() => statement.all(...values.map(bound))),
    run: (values) => attempt(() => statement.run(...values.map(bound))),
    iterate: (values) => attempt(() => statement.iterate(...values.map(bound))),
  });
  // A full disk ends the transaction by itself; the library's rollback must not hide that by failing.
  const rollback: SqliteStatement = {
    reader: false,
    all: () => [],
    run: () => {
      if (database.isTransaction) attempt(() => database.exec('rollback'));
      return { changes: 0, lastInsertRowid: 0 };
    },
    iterate: () => [].values(),
  };
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known) return known;
      // A deferred transaction that reads first and then writes fails at once when another process wrote in
      // between; taking the write lock at the start makes it wait instead.
      const text = sql === 'begin' ? 'begin immediate' : sql;
      const made = sql === 'rollback' ? rollback : attempt(() => wrap(database.prepare(text)));
      if (statements.size >= STATEMENTS_MAX) statements.clear();
      statements.set(sql, made);
      return made;
    },
  };
}

/** SQLite has neither booleans nor dates: they become 0 or 1, and epoch milliseconds. */
function bound(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  if (value === undefined) return null;
  return value as SQLInputValue;
}
