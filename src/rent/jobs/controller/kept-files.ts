// Where the files of a job are on this machine: logs byte by byte, verified artifacts, the newest checkpoints.
import { join } from 'node:path';

/** Below a home: one folder a job. */
export function jobsFolder(home: string): string {
  return join(home, 'jobs');
}

export interface KeptFiles {
  logFile(jobId: string, attempt: number): string;
  artifactsFolder(jobId: string): string;
  /** Checkpoints under their paths in the workspace, those of one copy in a folder named by its number. */
  checkpointsFolder(jobId: string): string;
}

/** `folder` holds one folder a job. */
export function createKeptFiles(folder: string): KeptFiles {
  return {
    logFile: (jobId, attempt) => join(folder, jobId, `attempt-${attempt}.log`),
    artifactsFolder: (jobId) => join(folder, jobId, 'artifacts'),
    checkpointsFolder: (jobId) => join(folder, jobId, 'checkpoints'),
  };
}
