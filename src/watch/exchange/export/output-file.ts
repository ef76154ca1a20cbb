// Files are written under another name beside their place and renamed when they are whole and on the disk: a
// full disk, an error or a kill leaves no half file under the asked name.
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ExportTargetError } from '../errors.ts';

export interface OutputFile {
  readonly out: string;
  /** Whether a file that is there already may be replaced. */
  readonly overwrite: boolean;
}

/**
 * Calls `write` with the name of a file to make, and gives that file its asked name. Returns its size in bytes.
 * Throws ExportTargetError when the asked name is taken or the place cannot hold the file.
 */
export async function writeWhole(
  { out, overwrite }: OutputFile,
  write: (partial: string) => Promise<void>,
): Promise<number> {
  const path = resolve(out);
  if (existsSync(path)) {
    if (statSync(path).isDirectory())
      throw new ExportTargetError(out, `${out} is a folder; give the name of a file`);
    if (!overwrite) throw new ExportTargetError(out, existsSentence(out));
  }
  if (!existsSync(dirname(path))) {
    throw new ExportTargetError(
      out,
      `The folder ${dirname(path)} does not exist; make it or give another place`,
    );
  }
  removeStale(path);
  const partial = join(dirname(path), `.${basename(path)}.partial-${process.pid}`);
  try {
    await write(partial);
    flush(partial);
    const { size } = statSync(partial);
    publish({ partial, path, out, overwrite });
    flush(dirname(path));
    return size;
  } catch (error) {
    throw placeError(out, error);
  } finally {
    rmSync(partial, { force: true });
    // SQLite's own companion, when it was stopped in the middle.
    rmSync(`${partial}-journal`, { force: true });
  }
}

/** What a failed write means for the person who asked for the file. */
export function placeError(out: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ExportTargetError) return error;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  const sqlite = typeof errcode === 'number' ? errcode & 0xff : undefined;
  const options = { cause: error };
  if (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    sqlite === 13 ||
    /No space left on device/i.test(error.message)
  ) {
    return new ExportTargetError(
      out,
      `The disk of ${out} is full; nothing was left there: free some space, or export a shorter time with --since`,
      options,
    );
  }
  if (code === 'EFBIG' || /File too large/i.test(error.message)) {
    return new ExportTargetError(
      out,
      `${out} would be larger than files may be there; nothing was left: export a shorter time with --since`,
      options,
    );
  }
  if (
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'EPERM' ||
    sqlite === 8 ||
    sqlite === 14 ||
    /Permission denied|Read-only file system/i.test(error.message)
  ) {
    return new ExportTargetError(
      out,
      `${out} cannot be written there (${error.message.split('\n')[0]}); check the folder's rights or give another place`,
      options,
    );
  }
  return error;
}

function publish(file: {
  readonly partial: string;
  readonly path: string;
  readonly out: string;
  readonly overwrite: boolean;
}): void {
  if (!file.overwrite) {
    try {
      // A link, unlike a rename, does not replace what somebody else put there meanwhile.
      linkSync(file.partial, file.path);
      unlinkSync(file.partial);
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'EEXIST')
        throw new ExportTargetError(file.out, existsSentence(file.out));
      // File systems without links: the check at the start has to do.
    }
  }
  renameSync(file.partial, file.path);
}

function existsSentence(out: string): string {
  return `${out} exists already; give another name, or --overwrite to replace it`;
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Removes what exports of this very file left behind when they were killed. */
function removeStale(path: string): void {
  const prefix = `.${basename(path)}.partial-`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (Number.isSafeInteger(pid) && !isAlive(pid)) {
      rmSync(join(dirname(path), name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
