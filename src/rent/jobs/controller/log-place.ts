// How far whoever drives or watches a job has seen its log, over changes between the two: nothing twice, nothing left out.
import { open } from 'node:fs/promises';
import type { LogChunk } from '../../remote/index.ts';
import type { JobObserver } from './jobs-api.ts';
import type { KeptFiles } from './kept-files.ts';

export interface LogPlace {
  /** Passes on what a leader in this process has just kept. */
  readonly onLog: (chunk: LogChunk, attempt: number) => void;
  /** Passes on what stands in the kept file beyond the place, as others wrote it. */
  catchUp(attempt: number): Promise<void>;
}

/** Begins at the end of what is kept now: what was there before can be read in the file. */
export async function startLogPlace(
  {
    kept,
    jobId,
    attempt: first,
  }: { readonly kept: KeptFiles; readonly jobId: string; readonly attempt: number },
  tell: NonNullable<JobObserver['onLog']>,
): Promise<LogPlace> {
  let attempt = first;
  let position = (await readFrom(kept.logFile(jobId, first), Number.POSITIVE_INFINITY)).size;
  return {
    onLog(chunk, of) {
      attempt = of;
      position = chunk.offset + chunk.bytes.length;
      tell(chunk, of);
    },
    async catchUp(of) {
      if (of !== attempt) [attempt, position] = [of, 0];
      for (;;) {
        const { bytes } = await readFrom(kept.logFile(jobId, of), position);
        if (bytes.length === 0) return;
        const offset = position;
        position += bytes.length;
        tell({ offset, bytes }, of);
      }
    },
  };
}

/** Of a long log, in one look. */
const AT_ONCE_BYTES = 4 * 1024 * 1024;

async function readFrom(
  file: string,
  offset: number,
): Promise<{ readonly size: number; readonly bytes: Uint8Array }> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(Math.max(0, size - offset), AT_ONCE_BYTES));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, Math.min(offset, size));
    return { size, bytes: bytes.subarray(0, bytesRead) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { size: 0, bytes: new Uint8Array() };
    throw error;
  }
}
