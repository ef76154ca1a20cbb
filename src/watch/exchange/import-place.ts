// What a failed write beside or into the store means for the person who imports: full, or not to be written.
import { StoreError, StoreFullError, StoreNotWritableError } from '../history/index.ts';
import { ImportProofError, ImportSourceError } from './errors.ts';

/** The store's error for what the system or DuckDB says; other errors as they are. */
export function placeError(dir: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  if (error instanceof ImportProofError) return error;
  // DuckDB's words are in the cause of a source's error, when it was our spool that it could not write.
  const isSource = error instanceof ImportSourceError;
  const said = isSource && error.cause instanceof Error ? error.cause : error;
  const code = isSource ? undefined : (error as { code?: unknown }).code;
  const firstLine = said.message.split('\n')[0] ?? '';
  if (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left on device|failed to offload|max_temp_directory_size/i.test(said.message)
  ) {
    return new StoreFullError(dir, firstLine, { cause: error });
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new StoreNotWritableError(dir, firstLine, { cause: error });
  }
  return error;
}
