// Money: what the ledger denies is not rented, what was set aside comes back, traffic counts, and machines stay few.
import { describe, expect, it } from 'vitest';
import { microUsd } from '../../../../src/base/std/index.ts';
import { expandMatrix, parseJobFile } from '../../../../src/rent/jobs/index.ts';
import type { Program } from '../../../../src/sim/twin/index.ts';
import { aJobWorld, COUNTING, countingJob, MINUTE } from './a-job-world.ts';
import { reasonsOf, wrongAtRest } from './at-rest.ts';

describe('the money of a job', () => {
  it('denied by its own budget is an answer at once: nothing is rented', async () => {
    await using world = await aJobWorld();
    const record = await world.submit(countingJob({ budget: microUsd(0.01) }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'failed', reason: expect.stringContaining('budget') });
    expect(world.sim.truth.instances()).toEqual([]);
    expect(await world.process.ledger.budget()).toEqual([]);
  });

  it('denied by a halt is asked for again, and the job runs when the halt is lifted', async () => {
    await using world = await aJobWorld();
    await world.process.ledger.halt({ by: 'a test', reason: 'a scare' });
    const record = await world.submit(countingJob());
    world.begin(record);
    await world.pass(5 * MINUTE);
    expect(world.sim.truth.instances()).toEqual([]);
    expect((await reasonsOf(world, record)).join()).toMatch(/halt/i);
    await world.process.ledger.resume({ by: 'a test' });
    await world.untilStatus(record, 'succeeded');
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('denied by a halt for longer than the clock of no_capacity ends the job', async () => {
    await using world = await aJobWorld();
    await world.process.ledger.halt({ by: 'a test', reason: 'a scare' });
    const record = await world.submit(countingJob());
    const over = await world.drive(record);
    expect(over).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('retry.no_capacity.for'),
    });
    expect((over.endedAtMs ?? 0) - over.createdAtMs).toBeGreaterThanOrEqual(30 * MINUTE);
    expect((over.endedAtMs ?? 0) - over.createdAtMs).toBeLessThan(36 * MINUTE);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('of a matrix is shared by three: they run one after another where it covers one at a time', async () => {
    await using world = await aJobWorld();
    const text = `name: sweep
image: pytorch/pytorch:latest
run: exit 0
matrix: { LR: ["1", "2", "3"] }
env: { STEPS: "6" }
resources: { disk: 20GB, verified: any, max_price_per_hour: 0.2 }
artifacts: ["out/model.txt"]
max_duration: 1h
budget: 1
`;
    const worst = 2 * 0.2;
    const jobs = expandMatrix(parseJobFile(text)).map((job) => ({
      ...job,
      run: COUNTING,
      budget: microUsd(worst),
    }));
    const records = await world.process.jobs.submit(jobs, { folder: world.home });
    const stop = new AbortController();
    const beside = world.process.controller.run(stop.signal);
    let most = 0;
    world.sim.truth.follow(() => {
      most = Math.max(most, world.present().length);
    });
    const overs = await world.live(Promise.all(records.map(({ id }) => world.process.jobs.drive(id))));
    stop.abort();
    await world.live(beside);
    expect(overs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(most).toBeLessThan(3);
    expect(await wrongAtRest(world, records)).toEqual([]);
  });

  it('that is set aside for a machine that was lost is waited for, not failed for', async () => {
    await using world = await aJobWorld({ policy: { checkpointMs: MINUTE, comeBackMs: MINUTE } });
    const job = countingJob({ env: { STEPS: '40' }, budget: undefined });
    const first = await world.submit({ ...job, resources: { ...job.resources, rental: 'interruptible' } });
    world.begin(first);
    await world.untilStatus(first, 'running');
    const [open] = await world.process.ledger.listOpenReservations();
    // The next machine costs more than twice as much: both at once are too much, either alone is not.
    const cap = Math.ceil((open?.reservation.intent.worstCost ?? 0) * 3);
    await world.process.ledger.setCap({
      scope: 'job',
      value: first.group,
      window: 'all',
      limit: cap as never,
      setBy: 'a test',
    });
    const stop = new AbortController();
    const beside = world.process.controller.run(stop.signal);
    world.sim.fail('outbid-wave', { id: await world.instanceOf(first) });
    const over = await world.untilStatus(first, 'succeeded');
    expect(over.attempt).toBe(2);
    stop.abort();
    await world.live(beside);
    expect(await wrongAtRest(world, [first])).toEqual([]);
  });
});

describe('the traffic of a job', () => {
  /** Downloads one gigabyte a minute, or as many as are said. */
  const download: Program = async (process) => {
    for (let minute = 0; minute < Number(process.args[0]); minute += 1) {
      process.network.carry({ downBytes: Number(process.args[1]) * 1e9 });
      await process.sleep(60_000);
    }
    return 0;
  };
  const run = 'download 30 4; mkdir -p out; echo there > out/model.txt';

  it('is set aside for as it grows, and the bill stays within what was', async () => {
    await using world = await aJobWorld({ programs: () => ({ download }) });
    const record = await world.submit(countingJob({ run, budget: microUsd(50) }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded' });
    const [attempt] = await world.process.records.attempts(record.id);
    expect(attempt?.trafficGb).toBeGreaterThanOrEqual(120);
    expect(attempt?.trafficGb).toBeLessThan(180);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that the budget does not cover stops the run before it is passed', async () => {
    // Many machines carry for nothing: one that charges is taken.
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      await using world = await aJobWorld({ programs: () => ({ download }), sim: { seed } });
      const record = await world.submit(countingJob({ run, budget: undefined }));
      world.begin(record);
      await world.untilStatus(record, 'running');
      const [rental] = await world.process.rentals.list({ isLive: true });
      if (!rental?.terms?.downloadPricePerGb) continue;
      const [open] = await world.process.ledger.listOpenReservations();
      const limit = open?.reservation.intent.worstCost ?? (0 as never);
      const cap = { scope: 'job', value: record.group, window: 'all' } as const;
      await world.process.ledger.setCap({ ...cap, limit, setBy: 'a test' });
      const over = await world.untilStatus(record, 'failed');
      expect(over.reason).toContain('GB, and more is not covered');
      expect(await wrongAtRest(world, [record])).toEqual([]);
      const charges = world.sim.truth.charges();
      const downGb = charges
        .filter(({ kind }) => kind === 'bwd')
        .reduce((sum, { quantity }) => sum + quantity, 0);
      expect(downGb).toBeLessThan(36);
      const spent = charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0);
      expect(spent).toBeLessThanOrEqual(limit / 1e6);
      return;
    }
    throw new Error('no machine charges for its traffic');
  });
});

describe('the way of artifacts', () => {
  const job = countingJob({ run: 'mkdir -p out; seq 1 400000 > out/model.txt', budget: undefined });
  // A megabyte instead of gigabytes: what a machine begins with is this and 15 for its image.
  const policy = { trafficGb: -14.999 };

  it('is set aside for before they come', async () => {
    await using world = await aJobWorld({ policy });
    const record = await world.submit(job);
    expect(await world.drive(record)).toMatchObject({ status: 'succeeded' });
    expect((await world.process.records.attempts(record.id))[0]?.trafficGb).toBeGreaterThanOrEqual(1);
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });

  it('that the budget does not cover holds them on their machine until it does', async () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      await using world = await aJobWorld({ policy, sim: { seed } });
      const record = await world.submit(job);
      world.begin(record);
      await world.untilStatus(record, 'booting');
      const [rental] = await world.process.rentals.list({ isLive: true });
      if (!rental?.terms?.uploadPricePerGb) continue;
      const [open] = await world.process.ledger.listOpenReservations();
      const limit = open?.reservation.intent.worstCost ?? (0 as never);
      const cap = { scope: 'job', value: record.group, window: 'all' } as const;
      await world.process.ledger.setCap({ ...cap, limit, setBy: 'a test' });
      await world.untilStatus(record, 'fetching');
      await world.pass(10 * MINUTE);
      expect(await world.get(record)).toMatchObject({
        status: 'fetching',
        reason: expect.stringContaining('its artifacts wait there'),
      });
      await world.process.ledger.removeCap({ ...cap, removedBy: 'a test' });
      await world.untilStatus(record, 'succeeded');
      expect(world.artifact(record, 'out/model.txt').length).toBeGreaterThan(2_000_000);
      expect(await wrongAtRest(world, [record])).toEqual([]);
      return;
    }
    throw new Error('no machine charges for its traffic');
  });
});

describe('the lease of a job without max_duration', () => {
  it('goes on while somebody drives, and ends when the ledger denies more', async () => {
    await using world = await aJobWorld({ policy: { leaseMs: 30 * MINUTE } });
    const record = await world.submit(countingJob({ env: { STEPS: '300' }, maxDurationMs: undefined }));
    const over = await world.drive(record);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await wrongAtRest(world, [record])).toEqual([]);
  });
});

it('leaves no cap of a job that is over, though its process died before the cap was gone', async () => {
  await using world = await aJobWorld();
  const { ledger } = world.process;
  const record = await world.drive(
    await world.submit(countingJob({ run: 'mkdir -p out; echo > out/model.txt' })),
  );
  expect(await ledger.budget()).toEqual([]);
  const limit = microUsd(20);
  const capOf = (value: string) => ({ scope: 'job', value, window: 'all' }) as const;
  await ledger.setCap({ ...capOf(record.group), limit, setBy: `job ${record.group}` });
  await ledger.setCap({
    ...capOf('of a job that is being handed in'),
    limit,
    setBy: 'job of a job that is being handed in',
  });
  const live = await world.submit(countingJob({ budget: limit }));
  await ledger.setCap({ ...capOf('by hand'), limit, setBy: 'a person' });
  const heir = world.start('heir');
  heir.jobs.run(heir.left).catch(() => {});
  await world.untilStatus(live, 'running');
  expect((await ledger.budget()).map((cap) => (cap.scope === 'job' ? cap.value : '')).toSorted()).toEqual(
    [live.group, 'by hand', 'of a job that is being handed in'].toSorted(),
  );
});
