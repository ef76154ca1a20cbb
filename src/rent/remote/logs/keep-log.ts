// A log kept in a local file while it is read: whoever reads it next goes on where the file ends.
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assert, makeFolder } from '../../../base/std/index.ts';
import type { LogChunk, LogRestart, LogStream } from '../log-stream.ts';

export interface KeepLogOptions {
  readonly log: LogStream;
  /** Holds the log byte by byte. A log that began anew moves it aside to `FILE.1`, `FILE.2` and so on. */
  readonly file: string;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** As many bytes of the file's end have to be in the log at the same place, or the log is another one. */
const OVERLAP_BYTES = 4096;

/**
 * Yields what was not in the file yet, once it is written there. Several may keep the same file: they write the same
 * bytes to the same places.
 */
export async function* keepLog({
  log,
  file,
  follow,
  signal,
}: KeepLogOptions): AsyncGenerator<LogChunk, void> {
  makeFolder(dirname(file));
  let handle = await openToWrite(file);
  try {
    let size = (await handle.stat()).size;
    const overlap = Buffer.alloc(Math.min(size, OVERLAP_BYTES));
    await handle.read(overlap, 0, overlap.length, size - overlap.length);
    let compared = 0;
    let restarted: LogRestart | undefined;
    const anew = async (why: LogRestart) => {
      restarted = why;
      size = 0;
      compared = overlap.length;
      await handle.close();
      await setAside(file);
      handle = await openToWrite(file);
    };
    let reading = log.read(size - overlap.length, { follow, ...(signal && { signal }) });
    for (let isDone = false; !isDone; ) {
      isDone = true;
      for await (const chunk of reading) {
        if (chunk.restarted) await anew(chunk.restarted);
        let { bytes } = chunk;
        if (compared < overlap.length) {
          const same = Math.min(bytes.length, overlap.length - compared);
          if (!overlap.subarray(compared, compared + same).equals(bytes.subarray(0, same))) {
            await anew('replaced');
            reading = log.read(0, { follow, ...(signal && { signal }) });
            isDone = false;
            break;
          }
          compared += same;
          bytes = bytes.subarray(same);
        }
        if (bytes.length === 0 && !restarted) continue;
        const offset = chunk.offset + chunk.bytes.length - bytes.length;
        assert(offset === size, `The log goes on at ${offset} and ${file} ends at ${size}`);
        await writeAll(handle, bytes, offset);
        size += bytes.length;
        yield restarted ? { offset, bytes, restarted } : { offset, bytes };
        restarted = undefined;
      }
    }
  } finally {
    await handle.close();
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

/** Makes it, private to this user, and keeps what it holds. */
function openToWrite(file: string): Promise<Handle> {
  return open(file, 'a+', 0o600).then(async (made) => {
    await made.close();
    return await open(file, 'r+');
  });
}

async function writeAll(handle: Handle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

async function setAside(file: string): Promise<void> {
  for (let number = 1; ; number += 1) {
    try {
      // Taken first, so that no other reader's is overwritten.
      await (await open(`${file}.${number}`, 'wx', 0o600)).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    return await rename(file, `${file}.${number}`);
  }
}
