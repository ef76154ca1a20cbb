// Opens journal.db: created when asked for, refused when it is not ours, newer than we are, or damaged.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { CorruptStoreError, NewerStoreError } from './errors.ts';
import { JOURNAL_DDL, STORE_FORMAT } from './schema.ts';
import { SQLITE_CANTOPEN, SQLITE_READONLY, sqliteCode, withFaults } from './sqlite-faults.ts';

export const JOURNAL_FILE = 'journal.db';

/** `PRAGMA application_id`: "vdj1". */
const APPLICATION_ID = 0x76646a31;

/** Long enough for another process's checkpoint; readers never hold the journal for longer. */
const BUSY_TIMEOUT_MS = 5_000;

/** A seal can grow the write-ahead log to the journal's size; afterwards it is cut back to this. */
const WAL_KEPT_BYTES = 8 * 2 ** 20;

/**
 * Moving the log into the journal takes longer than a poll's transaction, so the writer does it between polls
 * (`checkpoint`); SQLite does it by itself only for who never comes to that, when the log holds 16 MiB.
 */
const LARGEST_LOG_PAGES = 4096;

export interface DatabaseOptions {
  readonly mode: 'read' | 'write';
  /** Largest size of journal.db in pages of 4 KiB; none by default. */
  readonly maxPages?: number;
}

export function openDatabase(dir: string, { mode, maxPages }: DatabaseOptions): DatabaseSync {
  return withFaults(dir, () => {
    const path = join(dir, JOURNAL_FILE);
    const db =
      mode === 'read' ? openReadOnly(dir, path) : new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      if (mode === 'write') {
        db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
          PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}; PRAGMA wal_autocheckpoint = ${LARGEST_LOG_PAGES};
          PRAGMA cache_size = -16384;`);
        if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
        createWhenEmpty(db);
      }
      checkFormat(db, dir);
      // A damaged page may hold what nothing reads before the next seal; a writer finds it at once (50 ms for 30 MB).
      if (mode === 'write') checkPages(db, dir);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Moves what the log holds into journal.db; what a reader still needs of it stays, and nobody is waited for. */
export function checkpoint(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

/**
 * After a checkpoint the first transaction begins the log anew and flushes its head before itself, which a busy disk
 * makes 15 ms. This is that transaction, so that it is no poll's: it writes the format again.
 */
export function beginLog(db: DatabaseSync): void {
  db.exec(`PRAGMA user_version = ${STORE_FORMAT}`);
}

function openReadOnly(dir: string, path: string): DatabaseSync {
  if (!existsSync(path)) throw new CorruptStoreError(dir, `${JOURNAL_FILE} is not there`);
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    readNumber(db, 'PRAGMA user_version');
    return db;
  } catch (error) {
    db.close();
    // A WAL database on read-only media cannot be opened in the usual way. Without a log file nobody has
    // written since the last orderly end, and the file alone is the whole truth.
    const code = sqliteCode(error);
    if ((code !== SQLITE_CANTOPEN && code !== SQLITE_READONLY) || existsSync(`${path}-wal`)) throw error;
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, { readOnly: true });
  }
}

function createWhenEmpty(db: DatabaseSync): void {
  if (readNumber(db, 'SELECT count(*) FROM sqlite_schema') > 0) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const statement of JOURNAL_DDL) db.exec(statement);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STORE_FORMAT}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function checkFormat(db: DatabaseSync, dir: string): void {
  if (readNumber(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new CorruptStoreError(dir, `${JOURNAL_FILE} is not a market journal`);
  }
  const found = readNumber(db, 'PRAGMA user_version');
  if (found > STORE_FORMAT) throw new NewerStoreError(dir, { found, supported: STORE_FORMAT });
  if (found < 1) throw new CorruptStoreError(dir, `${JOURNAL_FILE} says format ${found}`);
}

function checkPages(db: DatabaseSync, dir: string): void {
  const row = db.prepare('PRAGMA quick_check(1)').get();
  const finding = row && Object.values(row)[0];
  if (finding !== 'ok')
    throw new CorruptStoreError(dir, `${JOURNAL_FILE}: ${String(finding).replaceAll('\n', ' ')}`);
}

/** The first column of the first row, which must be a number. */
export function readNumber(db: DatabaseSync, sql: string): number {
  const row = db.prepare(sql).get();
  const value = row === undefined ? undefined : Object.values(row)[0];
  if (typeof value !== 'number') throw new Error(`${sql} gave ${String(value)} and no number`);
  return value;
}
