// Values that a terminal lends and no restart keeps: what a job does that needs one which nobody has any more.
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/base/std/index.ts';
import { HOUR } from '../../a-renting.ts';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

describe('a job', () => {
  it('waits for the value of a variable that nobody here has, and goes on when it is lent', async () => {
    await using world = await aJobWorld({ env: { THERE: 'yes' } });
    const env = { STEPS: '3', A: { fromEnv: 'THERE' }, B: { fromEnv: 'HF_TOKEN' } };
    const record = await world.submit(countingJob({ env }));
    world.begin(record);
    await world.pass(23 * HOUR);
    expect(await world.get(record)).toMatchObject({
      status: 'queued',
      reason:
        'needs the value of HF_TOKEN, which no restart keeps: type "vastdeck job wait counting" where it is set, and it goes on',
    });
    expect(world.sim.truth.instances()).toEqual([]);
    world.process.jobs.lend(record.id, { HF_TOKEN: new Secret('hf_secret') });
    await world.untilStatus(record, 'succeeded');
    const never = await world.submit(countingJob({ env }));
    world.begin(never);
    await world.pass(25 * HOUR);
    expect(await world.get(never)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('needs the value of HF_TOKEN'),
    });
    expect(await wrongAtRest(world, [record, never])).toEqual([]);
  });

  it('whose driver dies while it boots waits on its machine for the value that was lent, for some minutes', async () => {
    for (const isLentAgain of [true, false]) {
      await using world = await aJobWorld({});
      const env = { STEPS: '3', B: { fromEnv: 'HF_TOKEN' } };
      const secrets = { HF_TOKEN: new Secret('hf_secret') };
      const record = await world.submit(countingJob({ env }), { secrets });
      world.begin(record);
      await world.untilStatus(record, 'booting');
      world.process.kill();
      const second = world.start('second');
      world.begin(record, second);
      await world.until(async () => (await world.get(record)).reason.startsWith('needs the value'));
      expect((await world.get(record)).status).toBe('setting-up');
      await world.pass(5 * MINUTE);
      if (isLentAgain) second.jobs.lend(record.id, secrets);
      const over = await world.untilStatus(record, isLentAgain ? 'succeeded' : 'failed');
      expect(over.attempt).toBe(1);
      expect(await wrongAtRest(world, [record], second)).toEqual([]);
    }
  });
});
