// Machines that are taken away in the middle: the job goes on from its last whole checkpoint, on the same disk where that
// comes back, elsewhere where it does not.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../src/rent/jobs/index.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

function biddingJob(overrides: Partial<Job> = {}): Job {
  const job = countingJob({ env: { STEPS: '60' }, ...overrides });
  return { ...job, resources: { ...job.resources, rental: 'interruptible' } };
}

/** The steps of all attempts: each goes on at the step after a checkpoint, and leaves none out. */
function stepsByAttempt(world: JobWorld, record: { readonly id: string }, attempts: number) {
  return range(1, attempts).map((attempt) => stepsIn(world.log(record as never, attempt)));
}

describe('a job that is outbid', () => {
  it('goes on elsewhere from its last checkpoint when the machine does not come back', async () => {
    await using world = await aJobWorld({ policy: { checkpointMs: MINUTE } });
    const record = await world.submit(biddingJob());
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(5 * MINUTE);
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    const [first, second] = stepsByAttempt(world, record, 2);
    const from = second?.[0] ?? 0;
    expect((from - 1) % 3).toBe(0);
    expect(from).toBeGreaterThan(15);
    expect(first).toEqual(range(1, first?.length ?? 0));
    expect(second).toEqual(range(from, 60));
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 60\n');
    expect(await world.statuses(record)).toContain('interrupted');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('is known to be within a minute and a half, though nothing answers on its port', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(biddingJob());
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(MINUTE);
    const takenAtMs = world.clock.now();
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    await world.untilStatus(record, 'interrupted');
    expect(world.clock.now() - takenAtMs).toBeLessThan(90_000);
    await world.untilStatus(record, 'succeeded');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('begins anew where it has no checkpoint, and its clock is kept', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(biddingJob({ checkpoints: [] }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(2 * MINUTE);
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.failures).toMatchObject([{ kind: 'interruption', hasAdvanced: false }]);
    expect(stepsIn(world.log(record, 2))).toEqual(range(1, 60));
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('never goes on from a checkpoint that was half written, nor from one that was half copied', async () => {
    // Two files: the second comes half a minute after the first, under a name of its own until both are there.
    const run = `mkdir -p out; i=0
for at in out/ckpt-????; do if [ -e $at ]; then test -e $at/a && test -e $at/b || exit 66; i=$(cat $at/a); fi; done
while [ $i -lt 30 ]; do i=$((i+1)); sleep 10; echo "step $i/30 loss 0.5"
if [ $((i % 6)) -eq 0 ]; then n=out/ckpt-$(printf %04d $i); mkdir -p $n.tmp; echo $i > $n.tmp/a; sleep 30; echo $i > $n.tmp/b; mv $n.tmp $n; fi
done; echo "counted to $i" > out/model.txt`;
    await using world = await aJobWorld({ policy: { checkpointMs: 20_000 }, roundTripMs: 500 });
    const record = await world.submit(biddingJob({ run }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.until(() => world.log(record, 1).includes('step 12/'));
    // In the second half of the second one, while the first has just been copied or is being copied.
    await world.pass(27_000);
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    expect(stepsIn(world.log(record, 2))[0]).toBe(7);
    const copies = join(world.home, 'jobs', record.id, 'checkpoints');
    for (const copy of readdirSync(copies).filter((name) => /^\d+$/.test(name))) {
      for (const name of readdirSync(join(copies, copy, 'out'))) {
        expect(readdirSync(join(copies, copy, 'out', name)).sort()).toEqual(['a', 'b']);
      }
    }
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('goes on where it was when the machine comes back in time', async () => {
    await using world = await aJobWorld({ policy: { comeBackMs: 90 * MINUTE } });
    const record = await world.submit(biddingJob());
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(5 * MINUTE);
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    expect(world.sim.truth.instances()).toHaveLength(1);
    // From what was on its own disk, newer than any copy here.
    const second = stepsIn(world.log(record, 2));
    expect(second).toEqual(range(second[0] ?? 0, 60));
    expect(second[0]).toBeGreaterThan(25);
    const attempts = await world.process.records.attempts(record.id);
    expect(attempts.reduce((sum, { spent }) => sum + spent, 0)).toBeLessThanOrEqual(over.spent + 1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('is given up when it never comes further within the time of its clock', async () => {
    await using world = await aJobWorld();
    const job = biddingJob({ checkpoints: [] });
    const interruption = { forMs: 20 * MINUTE, times: undefined };
    const record = await world.submit({ ...job, retry: { ...job.retry, interruption } });
    world.begin(record);
    for (;;) {
      const now = await world.get(record);
      if (now.status === 'failed') break;
      expect(now.status).not.toBe('succeeded');
      if (now.status === 'running') {
        await world.pass(MINUTE);
        world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
      }
      await world.pass(10_000);
    }
    const over = await world.get(record);
    expect(over.reason).toContain('interrupted for');
    expect(over.failures.length).toBeGreaterThan(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a host that dies', () => {
  it('is waited for, then the job goes on elsewhere', async () => {
    await using world = await aJobWorld({ policy: { checkpointMs: MINUTE, comeBackLostMs: 3 * MINUTE } });
    const record = await world.submit(countingJob({ env: { STEPS: '40' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(4 * MINUTE);
    world.sim.fail('host-death', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    const logs = range(1, over.attempt).map((attempt) => stepsIn(world.log(record, attempt)));
    for (const steps of logs) expect(steps).toEqual(range(steps[0] ?? 0, steps.at(-1) ?? 0));
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 40\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('after a run that failed leaves the failure what it was', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ run: 'sleep 60; exit 9' }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(50_000);
    await world.until(async () => (await world.get(record)).reason.includes('exited with 9'));
    const id = await world.instanceOf(record);
    if (world.present().length > 0) world.sim.fail('host-death', { id });
    const over = await world.untilStatus(record, 'failed');
    expect(over.failures).toMatchObject([{ kind: 'error' }]);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('credit that is gone in the middle', () => {
  it('ends the job in words, and nothing is left', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '100' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(2 * MINUTE);
    world.sim.fail('credit-exhaustion');
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toMatch(/credit/i);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
