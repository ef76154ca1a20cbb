// Jobs are driven until they are over, whatever fails on the way that is not theirs.
import { describe, expect, it } from 'vitest';
import { SteppedClock, silentLog } from '../../../../src/base/std/index.ts';
import { createDriver } from '../../../../src/rent/jobs/connector/driver.ts';
import { createWake } from '../../../../src/rent/jobs/connector/wake.ts';
import type { JobRecord } from '../../../../src/rent/jobs/records/index.ts';

/** What happens at each try to drive: an error, the end, or nothing until the driver is stopped. */
function aDriver(tries: readonly (Error | 'over' | 'for ever')[], tending: readonly Error[] = []) {
  const clock = new SteppedClock();
  const driven: string[] = [];
  let tended = 0;
  const untilAborted = (signal: AbortSignal | undefined) =>
    new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const driver = createDriver({
    jobs: {
      drive: async (jobId, { signal } = {}) => {
        const next = tries[driven.length];
        driven.push(jobId);
        if (next instanceof Error) throw next;
        if (next === 'over') return {} as JobRecord;
        return await untilAborted(signal);
      },
    },
    tendRentals: async (signal) => {
      tended += 1;
      const fault = tending[tended - 1];
      if (fault) throw fault;
      await untilAborted(signal);
    },
    wake: createWake(clock),
    clock,
    log: silentLog,
  });
  return { driver, clock, driven, tended: () => tended };
}

describe('a driver', () => {
  it('says why a job is not seen to, and tries again', async () => {
    const { driver, clock, driven } = aDriver([new Error('database is locked'), 'over']);
    driver.drive('job_1');
    await clock.untilIdle();
    expect(driver.problemOf('job_1')).toBe('database is locked');
    await clock.stepToNext();
    await clock.untilIdle();
    expect(driver.problemOf('job_1')).toBeUndefined();
    expect(driven).toEqual(['job_1', 'job_1']);
    await driver.stop();
  });

  it('drives a job once, however often it is asked to', async () => {
    const { driver, clock, driven } = aDriver(['for ever', 'for ever']);
    driver.drive('job_1');
    driver.drive('job_1');
    await clock.untilIdle();
    expect(driven).toEqual(['job_1']);
    await driver.stop();
  });

  it('lets go of all when it is stopped, and begins no other', async () => {
    const { driver, clock, driven } = aDriver(['for ever', new Error('away'), 'for ever']);
    driver.drive('job_1');
    driver.drive('job_2');
    await clock.untilIdle();
    await driver.stop();
    expect(driver.signal.aborted).toBe(true);
    driver.drive('job_3');
    await clock.untilIdle();
    expect(driven).toEqual(['job_1', 'job_2']);
  });

  it('sees to rentals from the first job on, once for all, and again after a failure, until it is stopped', async () => {
    const { driver, clock, tended } = aDriver(['over', 'for ever'], [new Error('database is locked')]);
    await clock.untilIdle();
    expect(tended()).toBe(0);
    driver.drive('job_1');
    driver.drive('job_2');
    await clock.untilIdle();
    expect(tended()).toBe(1);
    await clock.stepToNext();
    await clock.untilIdle();
    expect(tended()).toBe(2);
    await driver.stop();
    expect(tended()).toBe(2);
  });
});
