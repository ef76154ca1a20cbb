// Where the result of a training is put, and what is said when there is none.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchAdapter } from '../../../../src/rent/jobs/connector/fetch-adapter.ts';
import { createKeptTrainings } from '../../../../src/rent/jobs/connector/kept-trainings.ts';
import type { JobRecord } from '../../../../src/rent/jobs/records/index.ts';
import { parseTrainingConfig, toJob } from '../../../../src/rent/jobs/training-config/index.ts';
import { AdapterNotFoundError } from '../../../../src/rent/remote/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';

const WISH = { baseModel: 'm', datasetPath: 'd', projectName: 'demo' };

function aTraining(wish: object = {}) {
  const folder = temporaryFolder();
  const config = parseTrainingConfig({ ...WISH, ...wish });
  const record = {
    id: 'job_7',
    job: toJob(config),
    folder,
    status: 'running',
    reason: 'runs since 12:00',
  } as JobRecord;
  const artifacts = join(folder, 'artifacts');
  return {
    folder,
    record,
    config,
    artifacts,
    jobs: { artifactsFolder: () => artifacts },
    bring: (path: string, content: string) => {
      mkdirSync(dirname(join(artifacts, path)), { recursive: true });
      writeFileSync(join(artifacts, path), content);
    },
  };
}

describe('the result of a training', () => {
  it('is put into its output folder, in a folder of the job', async () => {
    const { record, config, jobs, bring, folder } = aTraining({ outputDir: './results' });
    bring('out/adapter.tar.gz', 'packed');
    const path = await fetchAdapter(record, { jobs, config });
    expect(path).toBe(join(folder, 'results/demo/job_7/adapter.tar.gz'));
    expect(readFileSync(path, 'utf8')).toBe('packed');
    // Asked again: the one that is there, whatever was done with it.
    writeFileSync(path, 'sealed');
    expect(await fetchAdapter(record, { jobs, config })).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe('sealed');
  });

  it('is put there again when only a part of it is there', async () => {
    const { record, config, jobs, bring } = aTraining();
    bring('out/adapter.tar.gz', 'packed');
    const path = await fetchAdapter(record, { jobs, config });
    writeFileSync(path, 'pa');
    await fetchAdapter(record, { jobs, config });
    expect(readFileSync(path, 'utf8')).toBe('packed');
  });

  it('may be put anywhere by a whole path, and is the model of a full training', async () => {
    const elsewhere = temporaryFolder();
    const { record, config, jobs, bring } = aTraining({ outputDir: elsewhere, algorithm: 'full' });
    bring('out/model.tar.gz', 'weights');
    expect(await fetchAdapter(record, { jobs, config })).toBe(join(elsewhere, 'demo/job_7/model.tar.gz'));
  });

  it('stays among the artifacts where nobody knows its configuration', async () => {
    const { record, jobs, bring, artifacts } = aTraining();
    bring('out/adapter.tar.gz', 'packed');
    expect(await fetchAdapter(record, { jobs, config: undefined })).toBe(
      join(artifacts, 'out/adapter.tar.gz'),
    );
  });

  it('that is not there is said with what is, and how the job stands', async () => {
    const { record, config, jobs, bring } = aTraining();
    const error: unknown = await fetchAdapter(record, { jobs, config }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AdapterNotFoundError);
    expect((error as Error).message).toMatch(
      /^Adapter not found: nothing whole in .* matches out\/adapter\.tar\.gz; it is empty$/,
    );
    expect((error as Error).cause).toEqual(new Error('job_7 is running: runs since 12:00'));
    bring('out/notes.txt', 'x');
    await expect(fetchAdapter(record, { jobs, config })).rejects.toThrow('there is out/notes.txt');
  });
});

describe('the kept configuration of a training', () => {
  it('is read again as it was, and unknown for a job that is none', async () => {
    const trainings = createKeptTrainings(join(temporaryFolder(), 'trainings'));
    expect(await trainings.read('job_7')).toBeUndefined();
    const config = parseTrainingConfig({ ...WISH, hfTokenFrom: 'HF', maxSteps: 5 });
    await trainings.keep('job_7', config);
    expect(await trainings.read('job_7')).toEqual(config);
  });
});
