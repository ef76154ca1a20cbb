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
      let inode: number | undefined;
      for (;;) {
        signal?.throwIfAborted();
        // Asked first: what was written before the end is there when it is looked for.
        const isLast = !follow || ((await isOver?.()) ?? false);
        const piece = await readPiece(file, position);
        const { sizeBytes, bytes } = piece;
        const isOther = inode !== undefined && piece.inode !== undefined && piece.inode !== inode;
        inode = piece.inode ?? inode;
        // A log that began anew may be as long as the one before by now.
        if (sizeBytes < position || (isOther && position > 0)) {
          position = 0;
          yield { offset: 0, bytes: new Uint8Array(), restarted: isOther ? 'replaced' : 'truncated' };
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
): Promise<{ readonly sizeBytes: number; readonly bytes: Uint8Array; readonly inode?: number }> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sizeBytes: 0, bytes: new Uint8Array() };
    throw error;
  }
  try {
    const { size, ino } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(0, size - position)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return { sizeBytes: size, bytes: buffer.subarray(0, bytesRead), inode: ino };
  } finally {
    await handle.close();
  }
}
