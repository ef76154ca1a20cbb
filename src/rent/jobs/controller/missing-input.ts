// What a job needs of the machine that submitted it, asked before anything is rented for it.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { JobRecord } from '../records/index.ts';
import type { LedJob } from './context.ts';

/** Why the job cannot begin, in words; undefined when all is there. */
export function missingInput(
  { secret }: Pick<LedJob, 'secret'>,
  { id, job, folder }: JobRecord,
): string | undefined {
  const names = Object.values(job.env).flatMap((value) =>
    typeof value === 'string' || secret(value.fromEnv, id) !== undefined ? [] : [value.fromEnv],
  );
  if (names.length > 0) {
    return `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} not set where its controller runs, and values that came with a job are kept by no restart; set ${names.length > 1 ? 'them' : 'it'} there, or submit the job again`;
  }
  const paths = [
    ...(job.workdir?.kind === 'folder' ? [job.workdir.path] : []),
    ...Object.values(job.files).flatMap((source) => (source.kind === 'path' ? [source.path] : [])),
  ].map((path) => resolve(folder, path));
  const missing = paths.find((path) => !isReadable(path));
  return missing && `${missing} is not there, or cannot be read; mend that and submit the job again`;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
