// The file of a job: found, read, judged, and made into the jobs of its matrix.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  expandMatrix,
  formatJobFile,
  type Job,
  JobFileError,
  parseJobFile,
} from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';

export interface ReadJob {
  /** The file itself. */
  readonly text: string;
  /** As the file has it. */
  readonly job: Job;
  /** One for each combination of its matrix. */
  readonly jobs: readonly Job[];
  /** The absolute folder that its paths are relative to. */
  readonly folder: string;
}

const USUAL_NAME = 'job.yaml';

/**
 * A file, or a folder that has a `job.yaml`. Throws NotFoundError, and UsageError with every fault of the file and its
 * place.
 */
export function readJob({ terminal }: Pick<Context, 'terminal'>, given: string): ReadJob {
  const named = resolve(terminal.cwd, given);
  const isFolder = statSync(named, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(named, USUAL_NAME) : named;
  const shown = isFolder ? join(given, USUAL_NAME) : given;
  const text = textOf(path);
  const job = parse(text, shown);
  return { text, job, jobs: expandMatrix(job), folder: dirname(path) };
}

/** As if the file said `compress: false`. */
export function uncompressed({ job: asWritten, folder }: ReadJob): ReadJob {
  const job = { ...asWritten, compresses: false };
  return { text: formatJobFile(job), job, jobs: expandMatrix(job), folder };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new NotFoundError(
        `There is no job file ${path}; "vastdeck run --gpu any -- python3 train.py" prints one that works`,
      );
    }
    throw new UsageError(`The job file ${path} cannot be read: ${message}`);
  }
}

function parse(text: string, file: string): Job {
  try {
    return parseJobFile(text, { file });
  } catch (error) {
    if (error instanceof JobFileError) throw new UsageError(error.message);
    throw error;
  }
}
