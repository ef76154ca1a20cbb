// The last step of a transfer to here: what lies whole in a staging folder takes its place, by renaming alone.
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { safePath } from './safe-path.ts';

/** The place is taken by something of another kind. */
export class PlaceTakenError extends Error {
  override name = 'PlaceTakenError';
  readonly path: string;

  constructor(path: string, what: string) {
    super(`${path} is there and is ${what}; move it away or fetch to another place`);
    this.path = path;
  }
}

/** One file. */
export async function publishFile(part: string, to: string): Promise<void> {
  const there = await look(to);
  if (there?.isDirectory()) throw new PlaceTakenError(to, 'a folder');
  await rename(part, to);
}

/**
 * A whole folder at once where nothing has its name, else file by file into the one that is there, whose other files
 * stay. The staging folder is gone afterwards.
 */
export async function publishFolder(
  staging: string,
  to: string,
  { files, folders }: { readonly files: readonly string[]; readonly folders: readonly string[] },
): Promise<void> {
  const there = await look(to);
  if (!there) {
    for (const folder of folders) await mkdir(safePath(staging, folder), { recursive: true });
    await rename(staging, to);
    return;
  }
  if (!there.isDirectory()) throw new PlaceTakenError(to, 'no folder');
  for (const folder of folders) await mkdir(safePath(to, folder), { recursive: true });
  const made = new Set<string>();
  for (const file of files) {
    const path = safePath(to, file);
    if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
    made.add(dirname(path));
    if ((await look(path))?.isDirectory()) throw new PlaceTakenError(path, 'a folder');
    await rename(join(staging, file), path);
  }
  await rm(staging, { recursive: true, force: true });
}

async function look(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
