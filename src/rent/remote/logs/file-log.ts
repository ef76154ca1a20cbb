// A local file as a LogStream: a log that another process keeps, or one whose machine is gone.
import { open } from 'node:fs/promises';
import type { Clock } from '../../../base/std/index.ts';
import type { LogStream } from '../log-stream.ts';

export interface FileLogOptions {
  readonly clock: Clock;
  /** Need not be there yet when it is followed; without, it is empty. */
  readonly file: string;
  /** As of a RemoteLog. Default never. */
  readonly isOver?: () => Promise<boolean>;
  /** How often a followed file is looked at; default 100 ms. */
  readonly pollMs?: number;
}

const POLL_MS = 100;
const PIECE_BYTES = 64 * 1024;

export function createFileLog({ clock, file, isOver, pollMs = POLL_MS }: FileLogOptions): LogStream {
  return {
    async *read(offset, { follow, signal }) {
      let position = offset;
      for (;;) {
        signal?.throwIfAborted();
        // Asked first: what was written before the end is there when it is looked for.
        const isLast = !follow || ((await isOver?.()) ?? false);
        const { sizeBytes, bytes } = await readPiece(file, position);
        if (sizeBytes < position) {
          position = 0;
          yield { offset: 0, bytes: new Uint8Array(), restarted: 'truncated' };
        } else if (bytes.length > 0) {
          const chunk = { offset: position, bytes };
          position += bytes.length;
          yield chunk;
        } else if (isLast) return;
        else await clock.sleep(pollMs, signal);
      }
    },
  };
}

async function readPiece(
  file: string,
  position: number,
): Promise<{ readonly sizeBytes: number; readonly bytes: Uint8Array }> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sizeBytes: 0, bytes: new Uint8Array() };
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(0, size - position)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return { sizeBytes: size, bytes: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}
