// What of a local folder is to be sent: everything but what its ignore files leave out.
import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asBytes, type IgnorePattern, parseIgnoreFile } from './ignore-pattern.ts';
import { isWholeName } from './safe-path.ts';

/** In the order in which they count: the later ones may take back what the earlier ones ignore. */
export const IGNORE_FILES = ['.gitignore', '.vastdeckignore'] as const;

export interface TreeEntry {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly sizeBytes: number;
  /** Whole seconds, since no protocol carries more. */
  readonly modifiedAtMs: number;
  readonly isExecutable: boolean;
  /** Where a link points, as it stands there. */
  readonly target?: string;
}

interface Rules {
  /** The folder of the ignore file, as bytes, with a slash at its end unless it is the top. */
  readonly base: string;
  readonly patterns: readonly IgnorePattern[];
}

export interface ListLocalTree {
  /** Leave out what ignore files say, and `.git`; default true. */
  readonly ignore?: boolean;
  /** Hears what cannot be sent: neither file, folder nor link, or a name that is no UTF-8. */
  readonly onSkipped?: (path: string) => void;
}

/** All but what is ignored and what is skipped, by path. What vanishes meanwhile was not there. */
export async function listLocalTree(
  folder: string,
  { ignore = true, onSkipped = () => {} }: ListLocalTree = {},
): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const walk = async (inside: string, above: readonly Rules[]): Promise<void> => {
    const names = (await readdir(join(folder, inside))).sort();
    const rules = ignore ? [...above, ...(await rulesOf(folder, inside, names))] : above;
    for (const name of names) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const stats = await lstatIfThere(join(folder, path));
      if (!stats) {
        if (!isWholeName(name)) onSkipped(path);
        continue;
      }
      const isFolder = stats.isDirectory();
      if (ignore && (name === '.git' || isIgnored(asBytes(path), isFolder, rules))) continue;
      const kind = isFolder
        ? 'folder'
        : stats.isFile()
          ? 'file'
          : stats.isSymbolicLink()
            ? 'link'
            : undefined;
      if (!kind) {
        onSkipped(path);
        continue;
      }
      entries.push(
        describe(path, kind, stats, kind === 'link' ? await readlink(join(folder, path)) : undefined),
      );
      if (isFolder) await walk(path, rules);
    }
  };
  await walk('', []);
  return entries;
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The last pattern that matches decides; a deeper file's come after a higher one's. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { base, patterns } of rules.toReversed()) {
    const inside = path.slice(base.length);
    const found = patterns.findLast((one) => (isFolder || !one.isFolderOnly) && one.matches(inside));
    if (found) return !found.isNegated;
  }
  return false;
}

async function rulesOf(folder: string, inside: string, names: readonly string[]): Promise<readonly Rules[]> {
  const rules: Rules[] = [];
  for (const name of IGNORE_FILES.filter((one) => names.includes(one))) {
    const path = join(folder, inside, name);
    // git follows no link here either.
    if (!(await lstat(path)).isFile()) continue;
    rules.push({
      base: inside === '' ? '' : `${asBytes(inside)}/`,
      patterns: parseIgnoreFile(await readFile(path, 'utf8')),
    });
  }
  return rules;
}

function describe(
  path: string,
  kind: TreeEntry['kind'],
  stats: Stats,
  target: string | undefined,
): TreeEntry {
  return {
    path,
    kind,
    sizeBytes: kind === 'file' ? stats.size : 0,
    modifiedAtMs: Math.floor(stats.mtimeMs / 1000) * 1000,
    isExecutable: kind === 'file' && (stats.mode & 0o100) !== 0,
    ...(target !== undefined && { target }),
  };
}
