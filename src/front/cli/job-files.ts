// Where the files of jobs are, for commands that read them without opening anything else.
import { join } from 'node:path';
import { createKeptFiles, type KeptFiles } from '../../rent/jobs/index.ts';
import type { Context } from './context.ts';

export function jobFilesOf({ config }: Pick<Context, 'config'>): KeptFiles {
  return createKeptFiles(join(config.home.value, 'jobs'));
}
