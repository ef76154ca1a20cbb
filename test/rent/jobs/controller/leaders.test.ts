// Several processes and one job: one leads, the others watch, and who has lost its lead changes nothing.
import { describe, expect, it } from 'vitest';
import type { JobObserver } from '../../../../src/rent/jobs/index.ts';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

describe('two processes', () => {
  it('drive one job once, and both see its log and its end', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob());
    const heard = { first: '', second: '' };
    const hear = (who: keyof typeof heard): JobObserver => ({
      onLog: ({ bytes }) => {
        heard[who] += Buffer.from(bytes).toString();
      },
    });
    const both = Promise.all([
      world.process.jobs.drive(record.id, hear('first')),
      world.start('second').jobs.drive(record.id, hear('second')),
    ]);
    const [first, second] = await world.live(both);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(heard.first).toBe(world.log(record, 1));
    expect(heard.second).toBe(world.log(record, 1));
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('of which one drives it three times lead it once: nobody asks its machine more than one leader does', async () => {
    const asked: number[] = [];
    for (const drives of [1, 3]) {
      let commands = 0;
      await using world = await aJobWorld({
        line: async (_, open) => {
          const shell = await open();
          const exec: typeof shell.exec = (command, options) => {
            commands += 1;
            return shell.exec(command, options);
          };
          return { ...shell, exec };
        },
      });
      const record = await world.submit(countingJob());
      const all = range(1, drives).map(() => world.process.jobs.drive(record.id));
      const overs = await world.live(Promise.all(all));
      for (const over of overs) expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
      expect(await wrongAtRest(world, [record])).toEqual([]);
      asked.push(commands);
    }
    const [alone = 0, together = 0] = asked;
    expect(alone).toBeGreaterThan(10);
    expect(together).toBeLessThan(alone * 1.3);
  });

  it('take over from each other when the leader is killed in any phase', async () => {
    for (const status of ['provisioning', 'booting', 'setting-up', 'running', 'fetching'] as const) {
      await using world = await aJobWorld({ roundTripMs: 200 });
      const record = await world.submit(countingJob());
      if (status === 'provisioning') world.sim.fail('slow', { route: /PUT .*asks/ });
      world.begin(record);
      const second = world.start('second');
      world.begin(record, second);
      await world.untilStatus(record, status);
      world.process.kill();
      const over = await world.untilStatus(record, 'succeeded');
      expect(over.attempt).toBe(1);
      expect(stepsIn(world.log(record, 1))).toEqual(range(1, 12));
      expect(world.sim.truth.instances()).toHaveLength(1);
      expect(await wrongAtRest(world, [record], second)).toEqual([]);
    }
  }, 60_000);

  it('leave a job to the second when the first slept through its term, and nothing of the first is written', async () => {
    for (const status of ['booting', 'running', 'fetching'] as const) {
      await using world = await aJobWorld({ roundTripMs: 200 });
      const record = await world.submit(countingJob({ env: { STEPS: '40' } }));
      const told: string[] = [];
      world.begin(record, world.process, { onChange: (now) => told.push(now.status) });
      const second = world.start('second');
      world.begin(record, second);
      await world.untilStatus(record, status);
      world.process.mortal.freeze();
      await world.pass(3 * MINUTE);
      const before = told.length;
      world.process.mortal.thaw();
      await world.pass(1_000);
      // Led by the second now: the first wakes, is told so by its next write, and looks on.
      const lead = await world.store.db
        .selectFrom('terms')
        .selectAll()
        .where('name', '=', `job ${record.id}`)
        .execute();
      expect(lead[0]?.number).toBe(2);
      const over = await world.untilStatus(record, 'succeeded');
      expect(over.attempt).toBe(1);
      expect(told.slice(before).length).toBeLessThan(10);
      expect(stepsIn(world.log(record, 1))).toEqual(range(1, 40));
      expect(world.sim.truth.instances()).toHaveLength(1);
      expect(await wrongAtRest(world, [record], second)).toEqual([]);
    }
  }, 60_000);
});
