// A log file of the machine as a source: from its start where that is short enough, and then as it grows.
import { createRemoteLog, type LogRestart, type RemoteTarget } from '../../remote/index.ts';
import { type FarFile, lookAtFile } from './far-file.ts';
import type { FoundSource, LinePiece, ReadLines } from './line-source.ts';
import { comparePrint, type LogPrint } from './log-print.ts';

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
  { from, print, onAnswer, signal }: ReadLines,
): AsyncGenerator<LinePiece, void> {
  const found = await lookAtFile(target, path, signal);
  const { inode, bornAtMs, sizeBytes, modifiedAtMs } = found;
  const file = { path, inode, bornAtMs };
  const other = print && (await compareWith(target, found, { print, signal }));
  const start = other ? startOf(sizeBytes) : (from ?? startOf(sizeBytes));
  let first: Pick<LinePiece, 'file'> = { file };
  if (other) {
    const writtenAtMs = Math.min(target.clock.now(), modifiedAtMs);
    yield { offset: start, bytes: new Uint8Array(), writtenAtMs, isPast: true, restarted: other, file };
    first = {};
  }
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
    yield { offset, bytes, writtenAtMs, isPast, ...(restarted && { restarted }), ...first };
    first = {};
  }
}

export function startOf(sizeBytes: number): number {
  return sizeBytes <= READ_WHOLE_BYTES ? 0 : sizeBytes - READ_END_BYTES;
}

/** How it is another log than the one that was read; undefined where it is the same, or not there at all. */
async function compareWith(
  { open }: Pick<RemoteTarget, 'open'>,
  file: FarFile,
  { print, signal }: { readonly print: LogPrint; readonly signal: AbortSignal },
): Promise<LogRestart | undefined> {
  // A machine that has lost its disk is no reason to read what we have once more.
  if (!file.isThere || file.path !== print.path) return undefined;
  await using shell = await open({ signal });
  const bytes = await shell.read(file.path, print.offset, print.length);
  return comparePrint(print, file, bytes) ?? undefined;
}
