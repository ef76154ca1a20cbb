// Which state may follow which.
import { describe, expect, it } from 'vitest';
import { canFollow, isOver, JOB_STATUSES, type JobStatus } from '../../../../src/rent/jobs/index.ts';

const nextOf = (from: JobStatus) => JOB_STATUSES.filter((to) => to !== from && canFollow(from, to)).join(' ');

describe('the states of a job', () => {
  it.each<[JobStatus, string]>([
    ['queued', 'provisioning failed cancelled'],
    ['provisioning', 'queued booting failed cancelled unknown'],
    ['booting', 'queued setting-up failed cancelled interrupted unknown'],
    ['setting-up', 'running fetching failed cancelled interrupted unknown'],
    ['running', 'fetching failed cancelled interrupted unknown'],
    ['fetching', 'queued succeeded failed cancelled interrupted unknown'],
    ['interrupted', 'queued booting failed cancelled unknown'],
    ['unknown', 'queued provisioning booting setting-up running fetching failed cancelled interrupted'],
    ['succeeded', ''],
    ['failed', ''],
    ['cancelled', ''],
  ])('%s is followed by: %s', (from, expected) => {
    expect(nextOf(from)).toBe(expected);
  });

  it('lead to success only by fetching, to an end from everywhere, and from an end nowhere', () => {
    expect(JOB_STATUSES.filter((from) => canFollow(from, 'succeeded'))).toEqual(['fetching']);
    for (const from of JOB_STATUSES) {
      expect(canFollow(from, 'cancelled')).toBe(!isOver(from));
      expect(canFollow(from, 'failed')).toBe(!isOver(from));
      expect(canFollow(from, from)).toBe(!isOver(from));
    }
  });
});
