// The configurations of handed-in trainings, one file each: what a job does not hold is where its result is wanted.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../base/std/index.ts';
import { parseTrainingConfig, type TrainingConfig } from '../training-config/index.ts';

export interface KeptTrainings {
  keep(jobId: string, config: TrainingConfig): Promise<void>;
  /** Undefined for a job that was no training of ours. */
  read(jobId: string): Promise<TrainingConfig | undefined>;
}

export function createKeptTrainings(folder: string): KeptTrainings {
  const fileOf = (jobId: string) => join(folder, `${jobId}.json`);
  return {
    async keep(jobId, config) {
      makeFolder(folder);
      const file = fileOf(jobId);
      await writeFile(`${file}.part`, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
      await rename(`${file}.part`, file);
    },
    async read(jobId) {
      try {
        return parseTrainingConfig(JSON.parse(await readFile(fileOf(jobId), 'utf8')));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
