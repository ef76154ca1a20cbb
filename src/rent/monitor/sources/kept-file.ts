// The log of a job as it is kept on this computer, which is all there is once its machine is gone.
import { open, stat } from 'node:fs/promises';
import type { Clock } from '../../../base/std/index.ts';
import { createFileLog } from '../../remote/index.ts';
import type { FoundSource, LinePiece, ReadLines } from './line-source.ts';
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
  { from, onAnswer, signal }: ReadLines,
): AsyncGenerator<LinePiece, void> {
  const found = await lookAt(file);
  const { size = 0, mtimeMs = clock.now() } = found ?? {};
  const start = from ?? startOf(size);
  // Where more stands there than we have, the answer is what comes.
  if (start >= size) onAnswer();
  const log = createFileLog({ clock, file, pollMs });
  for await (const { offset, bytes, restarted } of log.read(start, { follow: true, signal })) {
    onAnswer();
    const isPast = restarted === undefined && offset + bytes.length <= size;
    const writtenAtMs = isPast ? Math.min(clock.now(), mtimeMs) : clock.now();
    yield { offset, bytes, writtenAtMs, isPast, ...(restarted && { restarted }) };
  }
}

async function lookAt(
  file: string,
): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readTail(file: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
