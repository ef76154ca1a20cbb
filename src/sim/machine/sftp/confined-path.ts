// Paths inside a folder that nothing leads out of: `..` stops at the top, links are followed by hand, and an absolute
// one begins at the top again. Names are Latin-1 strings, one character a byte, so that any file name passes through.
import { lstatSync, readlinkSync } from 'node:fs';

/** The kernel's own limit. */
const LINKS_MAX = 40;
const NAME_BYTES_MAX = 255;

export interface Confinement {
  /** The folder, as Latin-1 and without a slash at its end. */
  readonly root: string;
  readonly home: string;
  /** Another name for `root`, which may stand before a path. */
  readonly alias: string | undefined;
  /** Folders of elsewhere that stand in it; left out, none. */
  readonly mounts?: readonly Mounted[];
}

/** Both Latin-1 and without a slash at the end. */
export interface Mounted {
  /** As clients see it: absolute, without `.` or `..`. */
  readonly at: string;
  readonly root: string;
}

/** What becomes of a link that is the path's last name. */
export type LastLink = 'follow' | 'keep';

export interface ConfinedPath {
  /** As clients see it: absolute, without `.`, `..`, or links that were followed. */
  readonly shown: string;
  /** On the host, below the root and free of links, except perhaps the last name with `keep`. */
  readonly real: string;
}

/** Throws ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG; the last name alone need not exist. */
export function confinePath(path: string, confinement: Confinement, last: LastLink): ConfinedPath {
  const { home, alias } = confinement;
  if (path.includes('\0')) throw pathError('EINVAL', path);
  const unaliased =
    alias !== undefined && `${path}/`.startsWith(`${alias}/`) ? path.slice(alias.length) || '/' : path;
  const start = unaliased.startsWith('/') ? unaliased : `${home}/${unaliased}`;
  const waiting = start.split('/').reverse();
  // `d/` means what the link `d` points to, also where links are kept.
  const keepsLast = last === 'keep' && !/\/\.?$/.test(start);
  const names: string[] = [];
  let links = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      names.pop();
      continue;
    }
    if (name.length > NAME_BYTES_MAX) throw pathError('ENAMETOOLONG', path);
    const shown = `/${[...names, name].join('/')}`;
    // Whatever is under it in the folder itself is not seen.
    if (isMountPoint(shown, confinement)) {
      names.push(name);
      continue;
    }
    const at = realOf(shown, confinement);
    const isLast = waiting.every((later) => later === '' || later === '.');
    const stats = lstatSync(bytesOf(at), { throwIfNoEntry: false });
    if (!stats && !isLast) throw pathError('ENOENT', path);
    if (stats?.isSymbolicLink() && !(isLast && keepsLast)) {
      links += 1;
      if (links > LINKS_MAX) throw pathError('ELOOP', path);
      const target = readlinkSync(bytesOf(at), { encoding: 'latin1' });
      if (target.startsWith('/')) names.length = 0;
      waiting.push(...target.split('/').reverse());
      continue;
    }
    if (stats && !stats.isDirectory() && !isLast) throw pathError('ENOTDIR', path);
    names.push(name);
  }
  const shown = `/${names.join('/')}`;
  return { shown, real: realOf(shown, confinement) };
}

export function isMountPoint(shown: string, { mounts = [] }: Confinement): boolean {
  return mounts.some(({ at }) => at === shown);
}

function realOf(shown: string, { root, mounts = [] }: Confinement): string {
  let [from, to] = ['', root];
  for (const { at, root: mounted } of mounts) {
    if (at.length > from.length && `${shown}/`.startsWith(`${at}/`)) [from, to] = [at, mounted];
  }
  const rest = shown.slice(from.length);
  return rest === '/' ? to : to + rest;
}

/** For calls of node:fs, which would write a string as UTF-8. */
export function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

const SENTENCES = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EINVAL: 'Invalid argument',
} as const;

function pathError(code: keyof typeof SENTENCES, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${SENTENCES[code]}: ${path}`), { code });
}
