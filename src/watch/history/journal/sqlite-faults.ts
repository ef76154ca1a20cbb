// Turns what SQLite and the file system report into the store's errors.
import { CorruptStoreError, StoreError, StoreFullError, StoreNotWritableError } from './errors.ts';

// Primary result codes, https://sqlite.org/rescode.html.
const SQLITE_PERM = 3;
export const SQLITE_BUSY = 5;
export const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
export const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** The primary result code of a SQLite error; undefined for any other. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** The error as the store's own where its cause is known; any other one unchanged. */
export function translateFault(error: unknown, dir: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const { message } = error;
  switch (sqliteCode(error)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new CorruptStoreError(dir, message, { cause: error });
    case SQLITE_FULL:
      return new StoreFullError(dir, message, { cause: error });
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return new StoreNotWritableError(dir, message, { cause: error });
    case SQLITE_IOERR:
      // A write over a quota or a file-size limit arrives as an I/O error, not as SQLITE_FULL.
      return new StoreFullError(dir, message, { cause: error });
    case undefined:
      return translateSystemFault(error, dir);
    default:
      return error;
  }
}

function translateSystemFault(error: Error, dir: string): unknown {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StoreFullError(dir, error.message, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new StoreNotWritableError(dir, error.message, { cause: error });
    default:
      return error;
  }
}

/** Runs `act`, with its failure translated. */
export function withFaults<T>(dir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw translateFault(error, dir);
  }
}
