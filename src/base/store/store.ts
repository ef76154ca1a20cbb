// Opens the state store: a SQLite file, or PostgreSQL by URL, migrated to what this version knows.
import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import { assert, type Clock, type Log, makeFolder } from '../std/index.ts';
import { fromPostgres, StoreBusyError, StoreNotWritableError } from './errors.ts';
import { migrate, type StoreMigration } from './migrations.ts';
import { openPostgres } from './postgres.ts';
import { type Processes, systemProcesses } from './processes.ts';
import { storeMigrations } from './schema.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import type { StoreDb, StoreDialect, StoreTables, StoreTransaction } from './tables.ts';

export interface StoreOptions {
  /** `postgres://…`, a file path, or `:memory:` for a store that ends with the process. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Those of the other folders; this folder's own always run. Default none. */
  readonly migrations?: readonly StoreMigration[];
  /** Default those of this computer. */
  readonly processes?: Processes;
}

export interface Store extends AsyncDisposable {
  readonly db: StoreDb;
  readonly dialect: StoreDialect;
  /** The file, or the address without its password. */
  readonly location: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Who writes, and whose terms nobody has to wait for. */
  readonly processes: Processes;
  /**
   * Runs `fn` in one transaction, and again from the start when the database broke a deadlock by ending it: `fn`
   * does nothing but read and write through `trx`. On SQLite a query on `db` inside it waits for ever.
   */
  readonly transaction: <T>(fn: (trx: StoreTransaction) => Promise<T>) => Promise<T>;
  close(): Promise<void>;
}

/** Tries of a transaction that lost a deadlock; the winner has gone on meanwhile, so the second nearly always passes. */
const TRANSACTION_TRIES = 5;

/** While several processes create one file, turning WAL on can fail at once instead of waiting. */
const OPEN_TRIES = 50;
const OPEN_RETRY_MS = 20;

/**
 * Opens and migrates. Throws NewerStoreError, CorruptStoreError, StoreNotWritableError, StoreFullError,
 * StoreBusyError or StoreUnreachableError.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, clock, log, migrations = [], processes = systemProcesses() } = options;
  const isPostgres = /^postgres(ql)?:\/\//i.test(url);
  const { db, location, close } = isPostgres ? await openServer(url, log) : await openFile(url, clock);
  const engine: StoreDialect = isPostgres ? 'postgres' : 'sqlite';
  const translate = (error: unknown) => (isPostgres ? fromPostgres(error, location) : error);
  try {
    await migrate(db, { dialect: engine, location, migrations: [...storeMigrations, ...migrations] });
  } catch (error) {
    await close();
    throw translate(error);
  }
  return {
    db,
    dialect: engine,
    location,
    clock,
    log,
    processes,
    transaction: async (fn) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await db.transaction().execute(fn);
        } catch (error) {
          if (attempt >= TRANSACTION_TRIES || !lostDeadlock(error)) throw translate(error);
        }
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface OpenDatabase {
  readonly db: StoreDb;
  readonly location: string;
  readonly close: () => Promise<void>;
}

async function openServer(url: string, log: Log): Promise<OpenDatabase> {
  const { dialect, location } = await openPostgres(url, log);
  const db = new Kysely<StoreTables>({ dialect });
  return { db, location, close: () => db.destroy() };
}

/**
 * The files that this thread has open, by device and inode, with the number of stores on each. SQLite waits for a
 * lock by blocking the thread, so two connections of one thread would wait for each other until both give up:
 * stores on the same file share one.
 */
const openFiles = new Map<string, { readonly db: StoreDb; users: number }>();

async function openFile(path: string, clock: Clock): Promise<OpenDatabase> {
  if (path === ':memory:') {
    const db = new Kysely<StoreTables>({ dialect: sqliteDialect(openSqlite(path)) });
    return { db, location: path, close: () => db.destroy() };
  }
  createPrivately(path);
  const { dev, ino } = statSync(path);
  const file = `${dev}:${ino}`;
  for (let attempt = 1; !openFiles.has(file); attempt += 1) {
    try {
      openFiles.set(file, {
        db: new Kysely<StoreTables>({ dialect: sqliteDialect(openSqlite(path)) }),
        users: 0,
      });
    } catch (error) {
      if (attempt >= OPEN_TRIES || !(error instanceof StoreBusyError)) throw error;
      await clock.sleep(OPEN_RETRY_MS);
    }
  }
  const shared = openFiles.get(file);
  assert(shared, `${path} is open`);
  shared.users += 1;
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    shared.users -= 1;
    if (shared.users > 0) return;
    openFiles.delete(file);
    await shared.db.destroy();
  };
  return { db: shared.db, location: path, close };
}

/**
 * The state tells what somebody rents and spends: for the owner's eyes only. A file that is there is not opened: to close it again
 * would take from this whole process the locks that SQLite has on it (POSIX gives them to a process, not to a descriptor), and
 * the next process to end would take itself for the last one and remove the write-ahead log under us.
 */
function createPrivately(path: string): void {
  try {
    makeFolder(dirname(path));
    if (existsSync(path)) accessSync(path, constants.W_OK);
    else closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new StoreNotWritableError(
      `${path} cannot be written (${error instanceof Error ? error.message : String(error)}); make its folder writable, or name another VASTDECK_HOME`,
      path,
      error,
    );
  }
}

/** PostgreSQL's deadlock_detected and serialization_failure. */
function lostDeadlock(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001');
}
