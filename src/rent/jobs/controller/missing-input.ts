// What a job needs of the computer that it was submitted on, asked before anything is rented for it.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { isOver, type JobRecord } from '../records/index.ts';
import type { LedJob } from './context.ts';

export interface MissingInput {
  readonly sentence: string;
  /** Somebody may still lend it: the job waits. */
  readonly isLendable: boolean;
}

/** Where its reason begins so, a job waits for values that a terminal can lend. */
const WAITS = 'needs the value of ';

/** Why the job cannot begin; undefined when all is there. */
export function missingInput(
  { secret }: Pick<LedJob, 'secret'>,
  { id, name, job, folder }: JobRecord,
): MissingInput | undefined {
  const names = Object.values(job.env).flatMap((value) =>
    typeof value === 'string' || secret(value.fromEnv, id) !== undefined ? [] : [value.fromEnv],
  );
  if (names.length > 0) {
    const are = names.length > 1 ? 'are' : 'is';
    const sentence = `${WAITS}${names.join(', ')}, which no restart keeps: type "vastdeck job wait ${name}" where ${names.length > 1 ? 'they' : 'it'} ${are} set, and it goes on`;
    return { sentence, isLendable: true };
  }
  const paths = [
    ...(job.workdir?.kind === 'folder' ? [job.workdir.path] : []),
    ...Object.values(job.files).flatMap((source) => (source.kind === 'path' ? [source.path] : [])),
  ].map((path) => resolve(folder, path));
  const missing = paths.find((path) => !isReadable(path));
  if (missing === undefined) return undefined;
  const sentence = `${missing} is not there, or cannot be read; mend that and submit the job again`;
  return { sentence, isLendable: false };
}

export function waitsForValues({ status, reason }: Pick<JobRecord, 'reason' | 'status'>): boolean {
  return !isOver(status) && reason.startsWith(WAITS);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
