// What a run has made, on its way here: machines that go while it comes, files that change, patterns that match nothing. A job
// has succeeded only when all of it is here.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../../../src/sim/twin/index.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { range, wrongAtRest } from './at-rest.ts';

const MANY =
  'mkdir -p out; i=0; while [ $i -lt 40 ]; do i=$((i+1)); seq 1 $((i * 300)) > out/part-$i.bin; done; sleep 30';
const many = countingJob({ run: MANY, artifacts: ['out/*.bin'] });

function expectMany(world: JobWorld, record: Parameters<JobWorld['artifact']>[0]) {
  for (const part of range(1, 40)) {
    expect(world.artifact(record, `out/part-${part}.bin`)).toContain(`\n${part * 300}\n`);
  }
}

/** As its owner does it in a browser. */
async function destroy(world: JobWorld, instanceId: number): Promise<void> {
  const headers = { authorization: `Bearer ${world.sim.apiKey}` };
  const url = `https://console.vast.ai/api/v0/instances/${instanceId}/`;
  await world.live(world.sim.fetch(url, { method: 'DELETE', headers }));
}

describe('a machine that goes while its results come', () => {
  it('for ever takes them with it: the job has not succeeded, and makes them anew elsewhere', async () => {
    await using world = await aJobWorld({ roundTripMs: 500 });
    const record = await world.submit(many);
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    await destroy(world, await world.instanceOf(record));
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    expectMany(world, record);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('by hand ends the job, which says so: nothing is rented in its place', async () => {
    await using world = await aJobWorld({ roundTripMs: 500 });
    const record = await world.submit(many);
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    const [rental] = await world.process.rentals.list({ isLive: true });
    if (!rental) throw new Error('there is no rental');
    await world.process.rentals.change(rental, { status: 'ending', reason: 'ended by you' }, { by: 'you' });
    await destroy(world, rental.instanceId ?? 0);
    const over = await world.untilStatus(record, 'failed');
    expect(over.reason).toContain('ended by hand');
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('because others bid more is waited for longer than one on which the work would only begin anew', async () => {
    await using world = await aJobWorld({
      roundTripMs: 500,
      policy: { comeBackDoneMs: 90 * MINUTE, comeBackMs: MINUTE, comeBackLostMs: MINUTE },
    });
    const record = await world.submit({
      ...many,
      resources: { ...many.resources, rental: 'interruptible' },
    });
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    world.sim.fail('outbid-wave', { id: await world.instanceOf(record) });
    await world.untilStatus(record, 'interrupted');
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(1);
    expect(world.sim.truth.instances()).toHaveLength(1);
    expectMany(world, record);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('results', () => {
  it('that cannot be kept here for longer than the machine was paid for are still there when they can', async () => {
    await using world = await aJobWorld({ policy: { marginMs: 10 * MINUTE } });
    const record = await world.submit(countingJob({ maxDurationMs: 20 * MINUTE }));
    const folder = join(world.home, 'jobs', record.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'artifacts'), '');
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    // Half an hour was paid for.
    await world.pass(70 * MINUTE);
    rmSync(join(folder, 'artifacts'));
    expect(await world.untilStatus(record, 'succeeded')).toMatchObject({ attempt: 1 });
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 12\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('of which a pattern matches nothing are not all: the job has failed, and says which', async () => {
    await using world = await aJobWorld();
    const run = 'mkdir -p out; echo made > out/model.txt';
    const record = await world.submit(countingJob({ run, artifacts: ['out/model.txt', 'log/*.json'] }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('log/*.json') });
    expect(over.reason).not.toContain('out/model.txt');
    // What there is was worth to be fetched.
    expect(world.artifact(record, 'out/model.txt')).toBe('made\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  /** Ends, and goes on writing behind its own back for so many seconds. */
  const restless: Program = async (process) => {
    const { files, clock } = process;
    files.makeDirectory('/workspace/out', 'parents');
    const untilMs = clock.now() + Number(process.args[0]) * 1_000;
    const write = () => {
      const isLast = clock.now() >= untilMs;
      files.write('/workspace/out/model.txt', isLast ? 'the last word\n' : `${clock.now()} and on\n`);
      if (!isLast) clock.setTimer(900, write);
    };
    write();
    return 0;
  };

  it('that still change are fetched until they stand still', async () => {
    await using world = await aJobWorld({ roundTripMs: 400, programs: () => ({ restless }) });
    const record = await world.submit(countingJob({ run: 'restless 180' }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(world.artifact(record, 'out/model.txt')).toBe('the last word\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that never stand still are given up after ten minutes, and the job has failed', async () => {
    await using world = await aJobWorld({ roundTripMs: 400, programs: () => ({ restless }) });
    const record = await world.submit(countingJob({ run: 'restless 7200' }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('did not come whole') });
    const tookMs = (over.endedAtMs ?? 0) - over.createdAtMs;
    expect(tookMs).toBeGreaterThan(10 * MINUTE);
    expect(tookMs).toBeLessThan(20 * MINUTE);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a checkpoint', () => {
  /** Two of them, of two files each; the second file of both is never the same for long. */
  const rewriting: Program = async (process) => {
    const { files, clock } = process;
    for (const name of ['ckpt-1', 'ckpt-2']) {
      files.makeDirectory(`/workspace/out/${name}`, 'parents');
      files.write(`/workspace/out/${name}/a`, 'weights');
    }
    for (let turn = 0; turn < 1_800; turn += 1) {
      for (const name of ['ckpt-1', 'ckpt-2']) files.write(`/workspace/out/${name}/b`, `${clock.now()}`);
      await process.sleep(300);
    }
    files.write('/workspace/out/model.txt', 'done');
    return 0;
  };

  it('of which one file came and another changed is none: it is not kept', async () => {
    await using world = await aJobWorld({
      roundTripMs: 400,
      policy: { checkpointMs: MINUTE },
      programs: () => ({ rewriting }),
    });
    const record = await world.submit(countingJob({ run: 'rewriting' }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(7 * MINUTE);
    expect(await world.get(record)).toMatchObject({ status: 'running' });
    const copies = join(world.home, 'jobs', record.id, 'checkpoints');
    const kept = readdirSync(copies).filter((name) => /^\d+$/.test(name));
    expect(kept).toEqual([]);
    await world.untilStatus(record, 'succeeded');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
