// Names that came from a machine, made paths of ours only where they stay inside the folder they are for.
import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** A name that leads out of its folder; nothing was written for it. */
export class UnsafePathError extends Error {
  override name = 'UnsafePathError';
  readonly path: string;

  constructor(path: string, why: string) {
    super(`The machine names ${JSON.stringify(path)}, which ${why}; nothing is written there`);
    this.path = path;
  }
}

/** Whether the bytes of a name were UTF-8: what was not is lost in what we were told, and leads to no file. */
export function isWholeName(name: string): boolean {
  return !name.includes('\uFFFD');
}

/** The name without `./` and doubled slashes. Throws UnsafePathError for what is absolute, empty or climbs with `..`. */
export function safeName(path: string): string {
  if (path.startsWith('/')) throw new UnsafePathError(path, 'is absolute');
  if (path.includes('\0')) throw new UnsafePathError(path, 'holds a zero byte');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new UnsafePathError(path, 'climbs out of the folder');
  if (parts.length === 0) throw new UnsafePathError(path, 'names the folder itself');
  // A backslash or a drive letter is a name on one system and a way out on another.
  if (sep === '\\' && parts.some((part) => /[\\:]/.test(part)))
    throw new UnsafePathError(path, 'is another path on this system');
  return parts.join('/');
}

/** Where the name lies below `folder`, whose part that exists holds no link that leads out. */
export function safePath(folder: string, name: string): string {
  const path = join(folder, safeName(name));
  const root = realpathSync(folder);
  for (let at = dirname(path); at.length > folder.length; at = dirname(at)) {
    const real = realpathIfThere(at);
    if (real === undefined) continue;
    if (real !== root && !real.startsWith(root + sep))
      throw new UnsafePathError(name, `goes through a link to ${real}`);
    break;
  }
  return path;
}

function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
