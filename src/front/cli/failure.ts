// From an error to the sentence and the exit code. Errors are known by name, not by class: those of a worker
// thread arrive as plain data, and the commands' own code is loaded only when it runs.
import { EXIT_CODES } from './errors.ts';

const CODE_BY_NAME: Readonly<Record<string, number>> = {
  UsageError: EXIT_CODES.usage,
  RangeError: EXIT_CODES.usage,
  QuerySyntaxError: EXIT_CODES.usage,
  ReportOptionError: EXIT_CODES.usage,
  SqlError: EXIT_CODES.usage,
  IntervalTooShortError: EXIT_CODES.usage,
  ExportTargetError: EXIT_CODES.failed,
  NotFoundError: EXIT_CODES.notFound,
  StoreMissingError: EXIT_CODES.notFound,
  UnknownGpuError: EXIT_CODES.notFound,
  InvalidRequestError: EXIT_CODES.usage,
  UnauthorizedError: EXIT_CODES.api,
  UnavailableError: EXIT_CODES.api,
  UnreachableError: EXIT_CODES.api,
  RateLimitedError: EXIT_CODES.api,
  MalformedAnswerError: EXIT_CODES.api,
  SecondFactorError: EXIT_CODES.api,
  AccountUnknownError: EXIT_CODES.api,
  OutcomeUnknownError: EXIT_CODES.api,
  DeniedError: EXIT_CODES.denied,
  InsufficientCreditError: EXIT_CODES.denied,
  UnreadableLimitError: EXIT_CODES.denied,
  NoOfferError: EXIT_CODES.noCapacity,
  NoCapacityError: EXIT_CODES.noCapacity,
  OfferGoneError: EXIT_CODES.noCapacity,
  NoSuchInstanceError: EXIT_CODES.notFound,
  NoSuchTargetError: EXIT_CODES.notFound,
  AmbiguousTargetError: EXIT_CODES.usage,
  UnknownChannelError: EXIT_CODES.notFound,
  NeedError: EXIT_CODES.usage,
  JobNameTakenError: EXIT_CODES.usage,
  DaemonUnreachableError: EXIT_CODES.api,
};

/** Of an answer of the routes whose error has no name here. */
const CODE_BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT_CODES.usage,
  401: EXIT_CODES.api,
  403: EXIT_CODES.denied,
  404: EXIT_CODES.notFound,
  502: EXIT_CODES.api,
  503: EXIT_CODES.api,
};

export interface Failure {
  /** Empty when there is nothing to say: the person ended it. */
  readonly sentence: string;
  readonly code: number;
}

export function describeFailure(error: unknown): Failure {
  // Something that was open could not be closed either: the first error is the one to tell.
  if (error instanceof SuppressedError) return describeFailure(error.suppressed);
  if (!(error instanceof Error)) return { sentence: String(error), code: EXIT_CODES.failed };
  if (error.name === 'Interrupted' || error.name === 'AbortError')
    return { sentence: '', code: EXIT_CODES.interrupted };
  const known = codeOf(error);
  // A mistake in query text is shown under the text, with a caret.
  if ('format' in error && typeof error.format === 'function') {
    return { sentence: String(error.format()), code: known ?? EXIT_CODES.usage };
  }
  if (known !== undefined) return { sentence: error.message, code: known };
  const system = systemSentence(error as NodeJS.ErrnoException);
  return { sentence: system ?? withCause(error), code: EXIT_CODES.failed };
}

/** What the routes answered keeps the code of the error behind it, wherever that was thrown. */
function codeOf(error: Error & { readonly kind?: unknown; readonly status?: unknown }): number | undefined {
  if (error.name !== 'DaemonAnswerError') return CODE_BY_NAME[error.name];
  const { kind, status } = error;
  const code = typeof kind === 'string' && kind !== '' ? CODE_BY_NAME[kind] : CODE_BY_STATUS[Number(status)];
  return code ?? EXIT_CODES.failed;
}

/** Faults of disk and files in words; the path is in Node's own message. */
function systemSentence(error: NodeJS.ErrnoException): string | undefined {
  switch (error.code) {
    case 'ENOSPC':
      return `The disk is full (${error.message}); nothing that was stored before is lost: free some space and start again.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `No permission to write ${error.path ?? 'there'} (${error.code}); choose another folder with VASTDECK_HOME or VW_DB.`;
    case 'ENOENT':
    case 'ENOTDIR':
      // Of a folder that lets nobody make anything, as /proc does; a file that is missing is told by its command.
      if (error.syscall !== 'mkdir') return undefined;
      return `${error.path} cannot be made (${error.message}); choose another folder with VASTDECK_HOME or VW_DB.`;
    case 'ERR_SQLITE_ERROR':
      return sqliteSentence(error);
    case 'EADDRINUSE':
      return `The port is taken (${error.message}); choose another with --port, or 0 for any free one.`;
    default:
      return undefined;
  }
}

/** What a store has not put into words of its own; the low byte is the primary result code of SQLite. */
function sqliteSentence(error: NodeJS.ErrnoException & { errcode?: number }): string | undefined {
  switch (Number(error.errcode) & 0xff) {
    case 11:
    case 26:
      return `A store is damaged (${error.message}): run "vastdeck market check", restore the folder from a backup, or move it away to begin a new one.`;
    case 13:
      return `The disk is full (${error.message}); nothing that was stored before is lost: free some space and start again.`;
    default:
      return undefined;
  }
}

function withCause(error: Error): string {
  // Our own errors say in their sentence what matters of the cause.
  if (error.name !== 'Error') return error.message;
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${error.message.includes(cause.slice(2, -1)) ? '' : cause}`;
}
