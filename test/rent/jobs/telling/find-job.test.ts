// The word that a person types, and the job that is meant.
import { describe, expect, it } from 'vitest';
import { findJob, type JobRecord, type JobRecords, type JobStatus } from '../../../../src/rent/jobs/index.ts';

const job = (id: string, name: string, status: JobStatus = 'running') =>
  ({ id, name, status, account: 'main' }) as JobRecord;

const recordsOf = (...jobs: readonly JobRecord[]): Pick<JobRecords, 'get' | 'list'> => ({
  get: async (id) => jobs.find((each) => each.id === id),
  list: async ({ isLive } = {}) => (isLive ? jobs.filter(({ status }) => status === 'running') : jobs),
});

const records = recordsOf(
  job('job_01a', 'train', 'succeeded'),
  job('job_01b', 'train', 'failed'),
  job('job_02a', 'train-2'),
  job('job_03a', 'evaluate'),
  job('job_04a', 'old', 'cancelled'),
);
const idOf = async (word: string) => (await findJob(records, word)).id;

describe('A job', () => {
  it.each([
    ['job_01a', 'job_01a'],
    ['01a', 'job_01a'],
    ['evaluate', 'job_03a'],
    ['ev', 'job_03a'],
    ['old', 'job_04a'],
    ['job_02', 'job_02a'],
    // Of those that are over the newest of the name.
    ['job_01', 'job_01b'],
  ])('is found by %s', async (word, id) => {
    expect(await idOf(word)).toBe(id);
  });

  it('with the whole name goes before one that begins so, and one under way before one that is over', async () => {
    expect(await idOf('train')).toBe('job_01b');
    expect(await idOf('trai')).toBe('job_02a');
    expect(await idOf('o')).toBe('job_04a');
    expect((await findJob(records, 'train', 'whole')).id).toBe('job_01b');
    await expect(findJob(records, 'tra', 'whole')).rejects.toThrow('No job is called "tra"');
    await expect(findJob(records, 'job_02', 'whole')).rejects.toThrow('No job is called "job_02"');
  });

  it('is not guessed where several are meant, or none', async () => {
    await expect(findJob(recordsOf(job('job_1', 'a-1'), job('job_2', 'a-2')), 'a-')).rejects.toThrow(
      '"a-" may be 2 jobs: a-1 (job_1), a-2 (job_2)',
    );
    await expect(findJob(records, 'nothing')).rejects.toThrow(
      'No job is called "nothing"; under way are train-2, evaluate ("vastdeck job list" shows all)',
    );
    await expect(findJob(recordsOf(), '')).rejects.toThrow('none is under way');
  });
});
