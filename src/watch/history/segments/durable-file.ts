// Files that are either wholly there or not at all, also after a power cut: written aside, flushed, renamed,
// and the folder flushed so that the new name itself survives.
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Ends the names of half-written files; whoever opens a store for writing removes them. */
export const UNFINISHED_SUFFIX = '.unfinished';

/** Replaces `path` by `data` in one step: a reader sees the old content or the new, never a mixture. */
export function replaceFile(path: string, data: string): void {
  const unfinished = path + UNFINISHED_SUFFIX;
  try {
    writeFileSync(unfinished, data);
    flush(unfinished);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

/** Flushes every file of a folder, the folder, and the folder it stands in. */
export function flushTree(folder: string): void {
  for (const name of readdirSync(folder)) flush(join(folder, name));
  flushFolder(folder);
  flushFolder(dirname(folder));
}

export function flushFolder(folder: string): void {
  // Windows cannot open a folder for flushing; its renames are journalled by the file system.
  if (process.platform !== 'win32') flush(folder);
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
