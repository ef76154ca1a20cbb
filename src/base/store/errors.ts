// What can be wrong with the state store, as sentences: each says what happened and what to do next.

/** The root: `location` is the file, or the address without its password. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly location: string;

  constructor(message: string, location: string, cause?: unknown) {
    super(message, { cause });
    this.location = location;
  }
}

/** The store was written by a version that knows migrations which this one does not. */
export class NewerStoreError extends StoreError {
  override name = 'NewerStoreError';
  readonly unknownMigrations: readonly string[];

  constructor(location: string, unknownMigrations: readonly string[]) {
    super(
      `${location} was written by a newer vastdeck (it has ${unknownMigrations.join(', ')}, which this version does not know); update vastdeck, or name another VASTDECK_HOME`,
      location,
    );
    this.unknownMigrations = unknownMigrations;
  }
}

export class CorruptStoreError extends StoreError {
  override name = 'CorruptStoreError';
}

export class StoreNotWritableError extends StoreError {
  override name = 'StoreNotWritableError';
}

export class StoreFullError extends StoreError {
  override name = 'StoreFullError';
}

/** Another process kept the store locked for longer than a writer waits. */
export class StoreBusyError extends StoreError {
  override name = 'StoreBusyError';
}

/** The database server does not answer, or does not let us in. */
export class StoreUnreachableError extends StoreError {
  override name = 'StoreUnreachableError';
}

/** Turns what SQLite says about the file into ours; what a query did wrong passes unchanged. */
export function fromSqlite(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  // The low byte is the primary result code (sqlite.org/rescode.html).
  switch (Number(error.errcode) & 0xff) {
    case 5:
      return new StoreBusyError(
        `${path} has been locked by another process for longer than a writer waits; try again, or end the process that holds it`,
        path,
        error,
      );
    case 8:
    case 14:
      return new StoreNotWritableError(
        `${path} cannot be written (${error.message}); make its folder writable, or name another VASTDECK_HOME`,
        path,
        error,
      );
    case 10:
      return new StoreNotWritableError(
        `${path} could not be read or written (${error.message}); check the disk, nothing of the unfinished change was kept`,
        path,
        error,
      );
    case 13:
      return new StoreFullError(
        `The disk of ${path} is full; free some space, nothing of the unfinished change was kept`,
        path,
        error,
      );
    case 11:
    case 26:
      return new CorruptStoreError(
        `${path} is damaged or not a vastdeck store (${error.message}); move it away and restore a copy, or start afresh with another VASTDECK_HOME`,
        path,
        error,
      );
    default:
      return error;
  }
}

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
]);

/** The same for PostgreSQL: SQLSTATE classes and the codes of a failed connection. */
export function fromPostgres(error: unknown, location: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // 57P: the server stops; 28: it refuses the user; 3D: no such database; 08: the connection broke.
  if (UNREACHABLE_CODES.has(code) || /^(08|28|3D|57P)/.test(code) || isLostConnection(error)) {
    return new StoreUnreachableError(
      `The database at ${location} cannot be used (${error.message || code}); check VASTDECK_DATABASE_URL and that the server runs`,
      location,
      error,
    );
  }
  if (code === '53100') {
    return new StoreFullError(
      `The disk of the database at ${location} is full; free some space, nothing of the unfinished change was kept`,
      location,
      error,
    );
  }
  if (code === '25006' || code === '42501') {
    return new StoreNotWritableError(
      `The database at ${location} cannot be written (${error.message}); give the user the right to create and write tables`,
      location,
      error,
    );
  }
  return error;
}

/** pg gives these no code. */
function isLostConnection(error: Error): boolean {
  return /^(Connection terminated|timeout (expired|exceeded) when trying to connect)/i.test(error.message);
}
