// Nobody drives for ten hours: what runs on the machine ends, or is ended by its own switch, and is found so.
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../a-renting.ts';
import { aJobWorld, countingJob } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

describe('a lid that was closed for ten hours', () => {
  it.each([
    'killed',
    'frozen',
  ] as const)('while the job ended well: its results are fetched from the machine that had stopped itself (%s)', async (how) => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '60' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    if (how === 'killed') world.process.kill();
    else world.process.mortal.freeze();
    await world.pass(10 * HOUR);
    expect(world.sim.truth.instances()).toMatchObject([{ intended: 'stopped' }]);
    world.process.mortal.thaw();
    const by = how === 'killed' ? world.start('morning') : world.process;
    if (how === 'killed') world.begin(record, by);
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(1);
    expect(stepsIn(world.log(record, 1))).toEqual(range(1, 60));
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 60\n');
    expect(await wrongAtRest(world, [record], by)).toEqual([]);
  });

  it('while a job of twelve hours went on: it is only watched again', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(
      countingJob({ env: { STEPS: '4000' }, maxDurationMs: 12 * HOUR, budget: undefined }),
    );
    world.begin(record);
    await world.untilStatus(record, 'running');
    world.process.kill();
    await world.pass(10 * HOUR);
    const by = world.start('morning');
    world.begin(record, by);
    await world.until(() => world.log(record, 1).includes('step 3550/'));
    expect(await world.get(record)).toMatchObject({ status: 'running', attempt: 1 });
    await by.jobs.cancel(record.id);
    await world.untilStatus(record, 'cancelled');
    expect(stepsIn(world.log(record, 1)).slice(0, 3550)).toEqual(range(1, 3550));
    expect(await wrongAtRest(world, [record], by)).toEqual([]);
  }, 60_000);

  it('over the end of max_duration: nothing runs on, and it has failed for that', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '5000' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    world.process.kill();
    await world.pass(10 * HOUR);
    const by = world.start('morning');
    world.begin(record, by);
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toContain('max_duration');
    expect(await wrongAtRest(world, [record], by)).toEqual([]);
  });

  it('by an unattended job: it stops itself an hour after its end, and is fetched by whoever asks', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '30' } }), { isUnattended: true });
    world.begin(record);
    await world.untilStatus(record, 'running');
    world.process.leave();
    await world.pass(3 * HOUR);
    expect(world.sim.truth.instances()).toMatchObject([{ intended: 'stopped' }]);
    const by = world.start('later');
    world.begin(record, by);
    await world.untilStatus(record, 'succeeded');
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 30\n');
    expect(await wrongAtRest(world, [record], by)).toEqual([]);
  });
});
