// How runs end by themselves: codes, losses, full disks, artifacts that are not there, setups that fail.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aJobWorld, countingJob, MINUTE } from './a-job-world.ts';
import { range, reasonsOf, stepsIn, wrongAtRest } from './at-rest.ts';

describe('a run', () => {
  it('that is killed with 137 fails, its log is here and its machine is gone', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ run: 'echo begun; sleep 20; exit 137' }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('137 (SIGKILL)') });
    expect(world.log(record, 1)).toContain('begun');
    expect((await world.process.records.attempts(record.id)).at(-1)).toMatchObject({
      exitCode: 137,
      failure: 'error',
      logBytes: Buffer.byteLength(world.log(record, 1)),
    });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that fails is tried as often as retry.error says, from its last checkpoint', async () => {
    await using world = await aJobWorld();
    const job = countingJob();
    const run = `echo "attempt $VASTDECK_ATTEMPT"\n${job.run.replace('sleep 10', 'sleep 10; if [ $i = 8 ]; then exit 3; fi')}`;
    const retry = { ...job.retry, error: { forMs: undefined, times: 1 } };
    const record = await world.submit({ ...job, run, retry });
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', attempt: 2 });
    expect(over.failures.map(({ kind }) => kind)).toEqual(['error', 'error']);
    expect(stepsIn(world.log(record, 1))).toEqual(range(1, 7));
    expect(stepsIn(world.log(record, 2))).toEqual([7]);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose setup fails never begins, and says so', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(
      countingJob({ setup: 'echo no such package >&2; exit 4', run: 'echo ran' }),
    );
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('setup failed') });
    expect(world.log(record, 1)).toContain('no such package');
    expect(world.log(record, 1)).not.toContain('ran');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose loss is no number is stopped where the job says so, and not elsewhere', async () => {
    const run = `i=0; while [ $i -lt 30 ]; do i=$((i+1)); sleep 10; if [ $i -lt 5 ]; then echo "step $i/30 loss 0.5"; else echo "step $i/30 loss nan"; fi; done; mkdir -p out; echo done > out/model.txt`;
    for (const stopsOnNan of [true, false]) {
      await using world = await aJobWorld();
      const record = await world.submit(countingJob({ run, stopsOnNan }));
      const over = await world.drive(record);
      expect(over.status).toBe(stopsOnNan ? 'failed' : 'succeeded');
      if (stopsOnNan) {
        expect(over.reason).toContain('the loss is NaN at step 5');
        expect(stepsIn(world.log(record, 1)).length).toBeLessThan(10);
      }
      expect(await wrongAtRest(world, [record])).toEqual([]);
    }
  });

  it('whose loss became no number before another process took over is stopped all the same', async () => {
    await using world = await aJobWorld();
    const run = 'echo "step 1/9 loss nan"; sleep 600; exit 0';
    const record = await world.submit(countingJob({ run, stopsOnNan: true }));
    world.begin(record);
    // Killed when the line is kept, and before anybody acts on it.
    await world.until(() => {
      try {
        return world.log(record, 1).includes('nan');
      } catch {
        return false;
      }
    });
    world.process.kill();
    const over = await world.drive(record, world.start('second'));
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('the loss is NaN') });
    expect(await wrongAtRest(world, [record], world.start('third'))).toEqual([]);
  });

  it('that ends well and made nothing of what was asked for has failed, and is not tried again', async () => {
    await using world = await aJobWorld();
    const job = countingJob({ run: 'echo nothing made', artifacts: ['out/model.txt', 'log/*.json'] });
    const record = await world.submit({
      ...job,
      retry: { ...job.retry, error: { forMs: undefined, times: 3 } },
    });
    const over = await world.drive(record);
    expect(over).toMatchObject({
      status: 'failed',
      attempt: 1,
      reason: expect.stringContaining('log/*.json'),
    });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that takes longer than max_duration is stopped, with the checkpoint and the log here', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '500' }, maxDurationMs: 10 * MINUTE }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('max_duration') });
    expect((over.endedAtMs ?? 0) - (over.startedAtMs ?? 0)).toBeLessThan(12 * MINUTE);
    const [attempt] = await world.process.records.attempts(record.id);
    expect(attempt?.checkpoint).toMatch(/out\/ckpt-\d+@/);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose setup hangs is stopped by max_duration too', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ setup: 'sleep 86400', maxDurationMs: 10 * MINUTE }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('max_duration') });
    expect((over.endedAtMs ?? 0) - (over.startedAtMs ?? 0)).toBeLessThan(12 * MINUTE);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('on a disk that is full fails with what it said, and its machine is gone', async () => {
    await using world = await aJobWorld();
    const job = countingJob({ run: 'sleep 60; mkdir -p out; echo data > out/model.txt || exit 28' });
    const record = await world.submit(job);
    world.begin(record);
    await world.untilStatus(record, 'running');
    world.sim.fail('disk-full', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toContain('exited with');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('whose files do not fit on the machine fails at once instead of paying for tries', async () => {
    await using world = await aJobWorld();
    writeFileSync(join(world.home, 'data.bin'), Buffer.alloc(2_000_000, 7));
    const files = { 'data.bin': { kind: 'path', path: 'data.bin' } } as const;
    const record = await world.submit(countingJob({ files }));
    world.begin(record);
    await world.until(async () => (await world.get(record)).status === 'booting');
    await world.until(() => world.sim.truth.instances()[0]?.actual === 'running');
    world.sim.fail('disk-full');
    const over = await world.untilStatus(record, 'failed');
    expect(over.failures).toHaveLength(1);
    expect((over.endedAtMs ?? 0) - (over.startedAtMs ?? 0)).toBeLessThan(15 * MINUTE);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('does not begin, and nothing is rented, where a folder of its submitter is missing', async () => {
    await using world = await aJobWorld();
    const workdir = { kind: 'folder', path: './nowhere' } as const;
    const folder = await world.drive(await world.submit(countingJob({ workdir })));
    expect(folder).toMatchObject({ status: 'failed', reason: expect.stringContaining('nowhere') });
    expect(world.sim.truth.instances()).toEqual([]);
  });

  it('gets its variables, and none of their values is written down', async () => {
    await using world = await aJobWorld({ env: { HF_TOKEN: 'hf_secret' } });
    const env = { HF_TOKEN: { fromEnv: 'HF_TOKEN' } };
    const run =
      'test "$(echo $HF_TOKEN | wc -c)" -eq 10; mkdir -p out; echo "$VASTDECK_JOB_NAME" > out/model.txt';
    const record = await world.submit(countingJob({ env, run }));
    expect(await world.drive(record)).toMatchObject({ status: 'succeeded' });
    expect(world.artifact(record, 'out/model.txt')).toBe('counting\n');
    expect((await reasonsOf(world, record)).join()).not.toContain('hf_secret');
    expect(JSON.stringify(await world.get(record))).not.toContain('hf_secret');
  });
});
