// A kept log from where somebody stopped reading it.
import { open } from 'node:fs/promises';

const PIECE_BYTES = 64 * 1024;

export interface LogPiece {
  readonly bytes: Buffer;
  /** The log was begun anew: what was read of it before is of another one. */
  readonly isAnew: boolean;
}

/** Everything that is there after `offset`, in pieces; nothing where there is no file yet. */
export async function* readLog(file: string, offset: number): AsyncGenerator<LogPiece, void> {
  let at = offset;
  let isAnew = false;
  try {
    await using handle = await open(file, 'r');
    if ((await handle.stat()).size < at) {
      at = 0;
      isAnew = true;
    }
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield { bytes: buffer.subarray(0, bytesRead), isAnew };
      isAnew = false;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
