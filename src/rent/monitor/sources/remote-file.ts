// A log file of the machine as a source: from its start where that is short enough, and then as it grows.
import { createRemoteLog, type RemoteTarget } from '../../remote/index.ts';
import type { FoundSource, LinePiece, ReadLines } from './line-source.ts';

/** A log of more than this is begun at its end: nobody waits for a gigabyte before the first figure. */
export const READ_WHOLE_BYTES = 64 * 1024 * 1024;
const READ_END_BYTES = 8 * 1024 * 1024;

export interface RemoteFileOptions {
  readonly target: RemoteTarget;
  readonly path: string;
  readonly kind: FoundSource['kind'];
  readonly run: string;
}

export function remoteFile({ target, path, kind, run }: RemoteFileOptions): FoundSource {
  return {
    kind,
    from: path,
    run,
    shape: 'log',
    read: (options) => readFile(target, path, options),
    async tail(bytes) {
      await using shell = await target.open();
      const sizeBytes = (await shell.stat(path))?.sizeBytes ?? 0;
      const from = Math.max(0, sizeBytes - bytes);
      return await shell.read(path, from, sizeBytes - from);
    },
  };
}

async function* readFile(
  target: RemoteTarget,
  path: string,
  { from, onAnswer, signal }: ReadLines,
): AsyncGenerator<LinePiece, void> {
  const { sizeBytes, modifiedAtMs } = await lookAt(target, path, signal);
  const start = from ?? startOf(sizeBytes);
  // Where more stands there than we have, the answer is what comes.
  if (start >= sizeBytes) onAnswer();
  for await (const { offset, bytes, restarted } of createRemoteLog(target, { path }).read(start, {
    follow: true,
    signal,
  })) {
    onAnswer();
    const nowMs = target.clock.now();
    const isPast = restarted === undefined && offset + bytes.length <= sizeBytes;
    // The machine's clock may be ahead of ours.
    const writtenAtMs = isPast ? Math.min(nowMs, modifiedAtMs) : nowMs;
    yield { offset, bytes, writtenAtMs, isPast, ...(restarted && { restarted }) };
  }
}

export function startOf(sizeBytes: number): number {
  return sizeBytes <= READ_WHOLE_BYTES ? 0 : sizeBytes - READ_END_BYTES;
}

/** Nothing at all is there yet, or this. */
export async function lookAt(
  { open, clock }: RemoteTarget,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number; readonly modifiedAtMs: number }> {
  await using shell = await open({ signal });
  return (await shell.stat(path)) ?? { sizeBytes: 0, modifiedAtMs: clock.now() };
}
