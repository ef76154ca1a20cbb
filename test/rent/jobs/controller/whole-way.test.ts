import { describe, expect, it } from 'vitest';
import { aJobWorld, countingJob } from './a-job-world.ts';

describe('a job', () => {
  it('is rented, run, fetched, compared and given back', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded' });
    expect(await world.statuses(record)).toEqual([
      'queued',
      'provisioning',
      'booting',
      'setting-up',
      'running',
      'fetching',
      'succeeded',
    ]);
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 12\n');
    expect(world.log(record, 1)).toContain('step 12/12 loss 0.5');
    expect(world.present()).toEqual([]);
  });
});
