// The packed result of a training, verified when it came, put where its configuration wants it.
import { constants } from 'node:fs';
import { copyFile, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { makeFolder } from '../../../base/std/index.ts';
import { AdapterNotFoundError, type ArtifactUnit } from '../../remote/index.ts';
import type { Jobs } from '../controller/jobs-api.ts';
import type { JobRecord } from '../records/index.ts';
import type { TrainingConfig } from '../training-config/index.ts';

export interface FetchAdapter {
  readonly jobs: Pick<Jobs, 'artifactsFolder'>;
  /** Undefined: the result stays where artifacts are. */
  readonly config: TrainingConfig | undefined;
}

/** How the job's patterns call what it packs; a job of another kind may name several. */
const PACKED = /^[^*?[\]!]+\.tar\.gz$/;

/**
 * Where the result is. A file is at its place among the artifacts only once its SHA-256 was compared with the machine's.
 * Rejects with AdapterNotFoundError, whose cause says how the job stands.
 */
export async function fetchAdapter(record: JobRecord, { jobs, config }: FetchAdapter): Promise<string> {
  const root = jobs.artifactsFolder(record.id);
  const packed = record.job.artifacts.filter((pattern) => PACKED.test(pattern));
  for (const path of packed) {
    const found = join(root, path);
    const size = await sizeIfThere(found);
    if (size === undefined) continue;
    return config === undefined ? found : await putInto(outputFolder(record, config), found, size);
  }
  const error = new AdapterNotFoundError({ root, globs: record.job.artifacts }, await present(root));
  error.cause = new Error(`${record.id} is ${record.status}: ${record.reason}`);
  throw error;
}

/** A folder for each job, so that no result replaces an earlier one. */
function outputFolder({ id, job, folder }: JobRecord, { outputDir }: TrainingConfig): string {
  return resolve(folder, outputDir, job.name, id);
}

async function putInto(folder: string, from: string, sizeBytes: number): Promise<string> {
  const to = join(folder, from.slice(dirname(from).length + 1));
  if ((await sizeIfThere(to)) === sizeBytes) return to;
  makeFolder(folder);
  await copyFile(from, `${to}.part`, constants.COPYFILE_FICLONE);
  await rename(`${to}.part`, to);
  return to;
}

async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function present(root: string): Promise<readonly ArtifactUnit[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => ({
    path: relative(root, join(entry.parentPath, entry.name)),
    state: 'complete',
    files: [],
    sizeBytes: 0,
    modifiedAtMs: 0,
  }));
}
