// Copying over SFTP alone, for where neither rsync nor scp is on both ends: files and folders, whole, one after another.
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoteWord, type RemoteShell } from '../../net/ssh/index.ts';
import { NotFoundError } from './errors.ts';

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number, path: string) => void;
}

/** As `scp -r` does: into the target where that is a folder, else to it. */
export async function copyUp(
  shell: RemoteShell,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const source = statSync(from, { throwIfNoEntry: false });
  if (!source) throw new NotFoundError(`There is no ${from} here`);
  const found = await shell.stat(to);
  const target = found?.kind === 'directory' ? posix.join(to, basename(from)) : to;
  await putTree(shell, from, target, options);
}

async function putTree(shell: RemoteShell, from: string, to: string, options: CopyOptions): Promise<void> {
  const { signal, onBytes } = options;
  signal.throwIfAborted();
  if (!statSync(from).isDirectory()) {
    await shell.upload(
      to,
      counted(createReadStream(from), (bytes) => onBytes(bytes, from)),
      { signal },
    );
    return;
  }
  const { code, stderr } = await shell.exec(`mkdir -p -- ${quoteWord(to)}`, { signal });
  if (code !== 0) throw new Error(`${to} could not be made: ${stderr.trim()}`);
  for (const { name } of readdirSync(from, { withFileTypes: true }).filter(
    (entry) => entry.isFile() || entry.isDirectory(),
  )) {
    await putTree(shell, join(from, name), posix.join(to, name), options);
  }
}

export async function copyDown(
  shell: RemoteShell,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const source = await shell.stat(from);
  if (!source) throw new NotFoundError(`There is no ${from} on the instance`);
  const isInto = statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  await getTree(shell, from, isInto ? join(to, posix.basename(from)) : to, options);
}

async function getTree(shell: RemoteShell, from: string, to: string, options: CopyOptions): Promise<void> {
  const { signal, onBytes } = options;
  signal.throwIfAborted();
  const source = await shell.stat(from);
  if (source?.kind === 'file') {
    const pieces = counted(shell.download(from, { signal }), (bytes) => onBytes(bytes, from));
    await pipeline(Readable.from(pieces), createWriteStream(to));
    return;
  }
  if (source?.kind !== 'directory') return;
  mkdirSync(to, { recursive: true });
  for (const { path } of await shell.list(from)) {
    const name = posix.basename(path);
    await getTree(shell, posix.join(from, name), join(to, name), options);
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    yield piece;
    onBytes(piece.length);
  }
}
