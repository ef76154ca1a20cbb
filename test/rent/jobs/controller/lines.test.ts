// Connections that break, machines that cannot be entered, listings that show nothing: what runs goes on, and no line of
// a log is lost or doubled.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConnectRefusedError } from '../../../../src/net/ssh/index.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { range, stepsIn, wrongAtRest } from './at-rest.ts';

/** Cuts all connections of the machine every five seconds while the job is in one of these states. */
async function cutWhile(
  world: JobWorld,
  record: Parameters<JobWorld['get']>[0],
  ...during: readonly string[]
) {
  let cuts = 0;
  for (;;) {
    const { status } = await world.get(record);
    if (status === 'succeeded' || status === 'failed') return cuts;
    if (during.includes(status)) {
      world.sim.fail('ssh-reset', { id: await world.instanceOf(record) });
      cuts += 1;
    }
    await world.pass(5_000);
  }
}

describe('connections that break every five seconds', () => {
  it('lose and double no line of a log', async () => {
    await using world = await aJobWorld({ roundTripMs: 50 });
    const run =
      'i=0; while [ $i -lt 150 ]; do i=$((i+1)); sleep 1; echo "step $i/150 loss 0.5"; done; mkdir -p out; echo made > out/model.txt';
    const record = await world.submit(countingJob({ run }));
    const heard: Buffer[] = [];
    world.begin(record, world.process, { onLog: ({ bytes }) => heard.push(Buffer.from(bytes)) });
    expect(await cutWhile(world, record, 'running', 'unknown')).toBeGreaterThan(20);
    expect(await world.get(record)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(stepsIn(world.log(record, 1))).toEqual(range(1, 150));
    expect(Buffer.concat(heard).toString()).toBe(world.log(record, 1));
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('let artifacts come whole', async () => {
    await using world = await aJobWorld({ roundTripMs: 300 });
    const run =
      'mkdir -p out; i=0; while [ $i -lt 40 ]; do i=$((i+1)); seq 1 $((i * 500)) > out/part-$i.bin; done; sleep 30';
    const record = await world.submit(countingJob({ run, artifacts: ['out/*.bin'] }));
    world.begin(record);
    expect(await cutWhile(world, record, 'fetching', 'unknown')).toBeGreaterThan(0);
    expect(await world.get(record)).toMatchObject({ status: 'succeeded', attempt: 1 });
    for (const part of range(1, 40)) {
      const whole = range(1, part * 500)
        .map((line) => `${line}\n`)
        .join('');
      expect(world.artifact(record, `out/part-${part}.bin`)).toBe(whole);
    }
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a machine that cannot be entered any more', () => {
  it('is rebooted after a while, and the run goes on there', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '30' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(2 * MINUTE);
    world.sim.fail('stuck-tunnel', { id: await world.instanceOf(record) });
    const unknown = await world.untilStatus(record, 'unknown');
    expect(unknown.reason).toMatch(/cannot be entered since 2026-01-01T\d\d:\d\d/);
    const over = await world.untilStatus(record, 'succeeded');
    expect(world.sim.truth.instances()).toHaveLength(1);
    // It had come to its end before anybody could see it: nothing is begun anew.
    expect(over.attempt).toBe(1);
    expect(stepsIn(world.log(record, 1))).toEqual(range(1, 30));
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('is given up when no reboot helps, and the job goes on elsewhere from what is here', async () => {
    let isShut = false;
    let shut: number | undefined;
    await using world = await aJobWorld({
      policy: { checkpointMs: MINUTE },
      line: async (instanceId, open) => {
        shut ??= instanceId;
        if (isShut && instanceId === shut) throw new ConnectRefusedError('nothing listens there');
        return await open();
      },
    });
    const record = await world.submit(countingJob({ env: { STEPS: '40' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    await world.pass(3 * MINUTE);
    isShut = true;
    world.sim.fail('ssh-reset', { id: await world.instanceOf(record) });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(2);
    expect(stepsIn(world.log(record, 2))[0]).toBeGreaterThan(6);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('is not blamed by who is offline itself', async () => {
    let isOffline = false;
    await using world = await aJobWorld({
      send: (send) => async (input, init) => {
        if (isOffline) throw new TypeError('fetch failed');
        return await send(input, init);
      },
      line: async (_, open) => {
        if (isOffline) throw new ConnectRefusedError('nothing listens there');
        return await open();
      },
    });
    const record = await world.submit(countingJob({ env: { STEPS: '500' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    isOffline = true;
    world.sim.fail('ssh-reset', { id: await world.instanceOf(record) });
    await world.pass(60 * MINUTE);
    isOffline = false;
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(1);
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('gets its key once more when it has forgotten it', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ env: { STEPS: '60' } }));
    world.begin(record);
    await world.untilStatus(record, 'running');
    const id = await world.instanceOf(record);
    world.sim.fail('key-lost', { id });
    world.sim.fail('ssh-reset', { id });
    const over = await world.untilStatus(record, 'succeeded');
    expect(over.attempt).toBe(1);
    expect(world.sim.truth.log().map(({ what }) => what)).not.toContain('rebooting');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a service that cannot be believed', () => {
  it('with empty listings for five minutes ends no job', async () => {
    const faults = {
      'empty-listing': { probability: 1, route: /instances/, fromMs: 4 * MINUTE, untilMs: 9 * MINUTE },
    };
    await using world = await aJobWorld({ sim: { faults } });
    const record = await world.submit(countingJob({ env: { STEPS: '70' } }));
    const over = await world.drive(record);
    expect(world.sim.faultCounts()['empty-listing']).toBeGreaterThan(3);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await world.statuses(record)).not.toContain('interrupted');
    expect(world.sim.truth.instances()).toHaveLength(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

describe('a disk here that takes nothing', () => {
  it('loses no line of the log, which is read again from its place', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob());
    const file = join(world.home, 'jobs', record.id, 'attempt-1.log');
    mkdirSync(file, { recursive: true });
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    await world.pass(5 * MINUTE);
    expect(await world.get(record)).toMatchObject({ status: 'fetching' });
    rmSync(file, { recursive: true });
    await world.untilStatus(record, 'succeeded');
    expect(stepsIn(world.log(record, 1))).toEqual(range(1, 12));
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('holds the machine until it takes the artifacts', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob());
    // A file stands where the folder has to be: as good as a full disk, and mended by the same hand.
    const folder = join(world.home, 'jobs', record.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'artifacts'), '');
    world.begin(record);
    await world.untilStatus(record, 'fetching');
    await world.pass(20 * MINUTE);
    expect(await world.get(record)).toMatchObject({ status: 'fetching' });
    expect(world.present()).toHaveLength(1);
    rmSync(join(folder, 'artifacts'));
    await world.untilStatus(record, 'succeeded');
    expect(world.artifact(record, 'out/model.txt')).toBe('counted to 12\n');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});
