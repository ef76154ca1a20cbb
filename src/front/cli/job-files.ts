// Where the files of jobs are, for commands that read them without opening anything else.
import { createKeptFiles, jobsFolder, type KeptFiles } from '../../rent/jobs/index.ts';
import type { Context } from './context.ts';

export function jobFilesOf({ config }: Pick<Context, 'config'>): KeptFiles {
  return createKeptFiles(jobsFolder(config.home.value));
}
