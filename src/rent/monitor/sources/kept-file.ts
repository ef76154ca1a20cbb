// The log of a job as it is kept on this computer, which is all there is once its machine is gone.
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Clock } from '../../../base/std/index.ts';
import { createFileLog } from '../../remote/index.ts';
import type { FoundSource, LinePiece, ReadLines } from './line-source.ts';
import { comparePrint, type LogFile } from './log-print.ts';
import { startOf } from './remote-file.ts';

export interface KeptFileOptions {
  readonly clock: Clock;
  readonly file: string;
  readonly run: string;
  /** Default 250 ms. */
  readonly pollMs?: number;
}

const POLL_MS = 250;

/** Undefined where nothing is kept. */
export async function findKeptFile(options: KeptFileOptions): Promise<FoundSource | undefined> {
  const { file, run } = options;
  if (!(await lookAt(file))) return undefined;
  return {
    kind: 'job',
    from: file,
    run,
    shape: 'log',
    read: (asked) => readFile(options, asked),
    tail: (bytes) => readTail(file, bytes),
  };
}

async function* readFile(
  { clock, file, pollMs = POLL_MS }: KeptFileOptions,
  { from, print, onAnswer, signal }: ReadLines,
): AsyncGenerator<LinePiece, void> {
  const found = await lookAt(file);
  const { size = 0, mtimeMs = clock.now(), ino = null, birthtimeMs = 0 } = found ?? {};
  const known: LogFile = {
    path: file,
    inode: ino === null ? null : String(ino),
    // 0 is what it says where the file system does not know.
    bornAtMs: birthtimeMs > 0 ? birthtimeMs : null,
  };
  let other: LinePiece['restarted'] | null = null;
  if (print && found && print.path === file) {
    other = comparePrint(
      print,
      { ...known, sizeBytes: size },
      await readAt(file, print.offset, print.length),
    );
  }
  const start = other ? startOf(size) : (from ?? startOf(size));
  let first: Pick<LinePiece, 'file'> = { file: known };
  if (other) {
    const writtenAtMs = Math.min(clock.now(), mtimeMs);
    yield {
      offset: start,
      bytes: new Uint8Array(),
      writtenAtMs,
      isPast: true,
      restarted: other,
      file: known,
    };
    first = {};
  }
  // Where more stands there than we have, the answer is what comes.
  if (start >= size) onAnswer();
  const log = createFileLog({ clock, file, pollMs });
  for await (const { offset, bytes, restarted } of log.read(start, { follow: true, signal })) {
    onAnswer();
    const isPast = restarted === undefined && offset + bytes.length <= size;
    const writtenAtMs = isPast ? Math.min(clock.now(), mtimeMs) : clock.now();
    yield { offset, bytes, writtenAtMs, isPast, ...(restarted && { restarted }), ...first };
    first = {};
  }
}

async function lookAt(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readTail(file: string, bytes: number): Promise<Uint8Array> {
  const { size } = await stat(file);
  const length = Math.min(bytes, size);
  return await readAt(file, size - length, length);
}

async function readAt(file: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
