// Whether what the job takes along is there and can be read.
import { access, constants, opendir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Job } from '../file/index.ts';
import type { Check } from './check.ts';

/** So many entries are looked at; a folder of more is sent all the same. */
const MOST_ENTRIES = 20_000;

/**
 * The work folder and each further file; paths are relative to `folder`. What is not there and would be in `cwd`, where the
 * person is, is told with what to write.
 */
export async function checkSources(
  job: Pick<Job, 'workdir' | 'files'>,
  folder: string,
  cwd?: string,
): Promise<readonly Check[]> {
  const { workdir, files } = job;
  const checks: Check[] = [];
  if (workdir?.kind === 'folder')
    checks.push(await checkPath('workdir', { path: workdir.path, folder, cwd, kind: 'folder' }));
  if (workdir?.kind === 'git') {
    const sentence = `workdir is ${workdir.url} at ${workdir.commit.slice(0, 12)}, which the instance will clone: whether it may is not known here`;
    checks.push({ name: 'workdir', verdict: 'unknown', sentence });
  }
  for (const [name, source] of Object.entries(files)) {
    if (source.kind === 'path')
      checks.push(await checkPath(name, { path: source.path, folder, cwd, kind: 'any' }));
  }
  return checks;
}

interface Place {
  readonly path: string;
  readonly folder: string;
  readonly cwd: string | undefined;
  readonly kind: 'folder' | 'any';
}

async function checkPath(name: string, given: Place): Promise<Check> {
  const { path, folder, kind } = given;
  const place = resolve(folder, path);
  try {
    const found = await stat(place);
    await access(place, constants.R_OK);
    if (found.isFile()) {
      if (kind === 'folder') return fault(name, `${name} is to be a folder, and ${place} is a file`);
      if (found.size === 0) return { name, verdict: 'warning', sentence: `${name}: ${place} is empty` };
      return { name, verdict: 'ok', sentence: `${name}: ${place} can be read, ${megabytes(found.size)}` };
    }
    if (!found.isDirectory()) return fault(name, `${name}: ${place} is neither a file nor a folder`);
    const { files, bytes, unreadable, isCut } = await walk(place);
    if (unreadable !== undefined) {
      const sentence = `${name}: ${unreadable} cannot be read; mend its permissions, or name it in .vastdeckignore`;
      return { name, verdict: 'warning', sentence };
    }
    if (files === 0) return { name, verdict: 'warning', sentence: `${name}: there is no file in ${place}` };
    const count = isCut ? `more than ${files} files` : files === 1 ? '1 file' : `${files} files`;
    return {
      name,
      verdict: 'ok',
      sentence: `${name}: ${place} can be read, ${count}, ${megabytes(bytes)} before ignore rules`,
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fault(name, `${name}: ${await notThere(given)}`);
    return fault(name, `${name}: ${place} cannot be read (${message})`);
  }
}

/** Paths are read from the file's own folder, and people often mean the one that they are in. */
async function notThere({ path, folder, cwd }: Place): Promise<string> {
  const place = resolve(folder, path);
  const meant = cwd === undefined ? place : resolve(cwd, path);
  const isThere = meant !== place && (await stat(meant).catch(() => undefined)) !== undefined;
  if (isAbsolute(path)) return `${place} is not there`;
  const looked = `${place} is not there (paths are relative to the job file's folder)`;
  if (!isThere) return looked;
  const way = relative(folder, meant);
  return `${looked}; ${meant} is: write ${way === '' ? '.' : way.startsWith('.') ? way : `./${way}`} in its place`;
}

interface Walked {
  readonly files: number;
  readonly bytes: number;
  readonly unreadable: string | undefined;
  readonly isCut: boolean;
}

async function walk(root: string): Promise<Walked> {
  const folders = [root];
  let files = 0;
  let bytes = 0;
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of await opendir(folder)) {
        seen += 1;
        if (seen > MOST_ENTRIES) return { files, bytes, unreadable: undefined, isCut: true };
        const path = join(folder, entry.name);
        // The history of a repository is not sent.
        if (entry.isDirectory() && entry.name !== '.git') folders.push(path);
        if (!entry.isFile()) continue;
        await access(path, constants.R_OK);
        files += 1;
        bytes += (await stat(path)).size;
      }
    } catch (error) {
      const { path = folder } = error as NodeJS.ErrnoException;
      return { files, bytes, unreadable: path, isCut: false };
    }
  }
  return { files, bytes, unreadable: undefined, isCut: false };
}

function fault(name: string, sentence: string): Check {
  return { name, verdict: 'fault', sentence };
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
