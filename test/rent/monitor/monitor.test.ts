// What a monitor does with its time, and with whom: who is looked at, pauses, many runs, restarts, jobs, and the account.
import { describe, expect, it } from 'vitest';
import { aMonitorWorld, LOG } from './a-monitor-world.ts';

const MINUTE = 60_000;

describe('a monitor', () => {
  it('shows what an instance of the account does, from its listing, its machine and its log', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1, 'bert');
    await world.write(id, LOG, 'step 1/1000 loss 4.0\nstep 2/1000 loss 3.5\n');
    const watch = await world.watch();
    await world.write(id, LOG, 'step 3/1000 loss 3.25\n');
    await world.clock.step(1_000);
    const run = watch.run(`instance ${id}`);
    expect(run).toMatchObject({
      name: 'bert-1',
      status: 'running',
      lineSource: 'newest-log',
      lineFrom: LOG,
      lineError: null,
      sampleError: null,
      step: 3,
      totalSteps: 1_000,
      loss: 3.25,
      recentLosses: [4, 3.5, 3.25],
      gpuPercent: 97,
      gpuMemoryPercent: 50,
      attempts: 1,
    });
    expect(watch.lines.map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'step 1/1000 loss 4.0'],
      [2, 'step 2/1000 loss 3.5'],
      [3, 'step 3/1000 loss 3.25'],
    ]);
    expect(await watch.monitor.lines(`instance ${id}`, 2)).toEqual(watch.lines.slice(-2));
    const { totals, trouble, listedAtMs } = watch.monitor.view();
    expect(trouble).toBeNull();
    expect(listedAtMs).toBeGreaterThan(world.clock.now() - 15_000);
    expect(totals).toMatchObject({ runs: 1, running: 1, gpus: run.gpuCount, pricePerHour: run.pricePerHour });
  });

  it('samples what somebody looks at at every interval, and the others more rarely', async () => {
    const samples: number[] = [];
    const world = await aMonitorWorld({
      programs: (instanceId) => ({
        'nvidia-smi': async (process) => {
          samples.push(instanceId);
          await process.print('0, GPU-1, RTX 4090, 90, 12000, 24000, 61, 300.5, 450.00');
          return 0;
        },
      }),
    });
    const [seen = 0, unseen = 0] = await world.rent(2);
    const watch = await world.watch({ intervalMs: 10_000, idleIntervalMs: MINUTE });
    watch.monitor.lookAt([`instance ${seen}`]);
    samples.length = 0;
    await world.clock.step(5 * MINUTE);
    const count = (id: number) => samples.filter((each) => each === id).length;
    expect(count(seen)).toBeGreaterThanOrEqual(28);
    expect(count(seen)).toBeLessThanOrEqual(32);
    expect(count(unseen)).toBeGreaterThanOrEqual(4);
    expect(count(unseen)).toBeLessThanOrEqual(6);
    watch.monitor.lookAt([`instance ${unseen}`]);
    samples.length = 0;
    await world.clock.step(MINUTE);
    expect(count(unseen)).toBeGreaterThanOrEqual(6);
    expect(count(seen)).toBeLessThanOrEqual(2);
  });

  it('asks nothing while it is paused, says how old everything is, and goes on without a gap', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const key = `instance ${id}`;
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    const watch = await world.watch();
    const { listedAtMs } = watch.monitor.view();
    const { sampledAtMs, lineReadAtMs } = watch.run(key);
    const generation = async () => (await world.world.watcher.completeSince(0)).length;
    const before = await generation();
    watch.monitor.setPaused(true);
    await world.write(id, LOG, 'step 2/9 loss 1.0\n');
    await world.clock.step(10 * MINUTE);
    expect(await generation()).toBe(before);
    expect(watch.monitor.view().listedAtMs).toBe(listedAtMs);
    expect(watch.run(key)).toMatchObject({ sampledAtMs, lineReadAtMs, step: 1, gpuPercent: null });
    watch.monitor.setPaused(false);
    await world.clock.step(MINUTE);
    expect(watch.run(key)).toMatchObject({ step: 2, gpuPercent: 97 });
    expect(watch.lines.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('watches 50 runs over one connection each', async () => {
    const world = await aMonitorWorld({ sim: { offers: 2_000 } });
    const ids = await world.rent(50);
    expect(ids).toHaveLength(50);
    for (const id of ids) await world.write(id, LOG, `step 1/99 loss ${id}\n`);
    const watch = await world.watch();
    await world.clock.step(MINUTE);
    for (const id of ids) await world.write(id, LOG, `step 2/99 loss ${id}\n`);
    await world.clock.step(MINUTE);
    const { runs, totals } = watch.monitor.view();
    expect(totals).toMatchObject({ runs: 50, running: 50 });
    expect(runs.map(({ instanceId, step, loss }) => [instanceId, step, loss])).toEqual(
      runs.map(({ instanceId }) => [instanceId, 2, instanceId]),
    );
    expect(world.connections).toHaveLength(50);
    expect(new Set(world.connections)).toEqual(new Set(ids));
    expect(watch.lines).toHaveLength(100);
  });

  it('publishes a view when something changed, and at the interval otherwise', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const watch = await world.watch({
      intervalMs: 10_000,
      idleIntervalMs: 10 * MINUTE,
      lookAgainMs: 10 * MINUTE,
    });
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    await world.clock.step(11 * MINUTE);
    const before = watch.views.length;
    await world.clock.step(5 * MINUTE);
    // 30 listings, and nothing else happens.
    expect(watch.views.length - before).toBeLessThanOrEqual(32);
    const quiet = watch.views.length;
    for (let line = 2; line <= 9; line += 1) {
      await world.write(id, LOG, `step ${line}/9 loss 1.0\n`);
      await world.clock.step(20);
    }
    expect(watch.views.length - quiet).toBeLessThanOrEqual(3);
  });

  it('refreshes on demand and has everything anew when it resolves', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    const watch = await world.watch({ intervalMs: 10 * MINUTE, idleIntervalMs: 10 * MINUTE });
    await world.clock.step(2 * MINUTE);
    world.gpuPercent.set(id, 55);
    const askedAtMs = world.clock.now();
    await world.world.live(watch.monitor.refresh());
    const run = watch.run(`instance ${id}`);
    expect(run.gpuPercent).toBe(55);
    expect(run.sampledAtMs).toBeGreaterThanOrEqual(askedAtMs);
    expect(watch.monitor.view().listedAtMs).toBeGreaterThanOrEqual(askedAtMs);
  });

  it('shows only those that are asked for, by id, name or group, and says what nothing is called', async () => {
    const world = await aMonitorWorld();
    const [first = 0, second = 0, third = 0] = await world.rent(3, 'run');
    const groupOf = ({ names }: { names: readonly string[] }) =>
      names.includes(String(third)) ? 'night' : undefined;
    const watch = await world.watch({ select: ['run-1', String(second), 'night'], rules: { groupOf } });
    expect(new Set(watch.monitor.view().runs.map(({ instanceId }) => instanceId))).toEqual(
      new Set([first, second, third]),
    );
    expect(watch.run(`instance ${third}`).group).toBe('night');
    await watch.stop();
    const one = await world.watch({ select: ['run-2', 'nobody'] });
    expect(one.monitor.view().runs.map(({ name }) => name)).toEqual(['run-2']);
    expect(one.monitor.view().trouble).toContain('Nothing is called "nobody"');
  });

  it('says why there is nothing, and what mends it', async () => {
    const world = await aMonitorWorld();
    const watch = await world.watch();
    expect(watch.monitor.view()).toMatchObject({
      runs: [],
      trouble: expect.stringContaining('no instances'),
    });
    await watch.stop();
    const refused = await world.watch({
      watcher: {
        refresh: async () => await Promise.reject(new Error('The API key is refused; run "vd login"')),
      },
    });
    expect(refused.monitor.view().trouble).toBe('The API key is refused; run "vd login"');
  });

  it('tells after every listing whether it went well, an empty account included', async () => {
    const world = await aMonitorWorld();
    const rounds: (string | null)[] = [];
    const onRound = ({ trouble }: { trouble: string | null }) => void rounds.push(trouble);
    const watch = await world.watch({ onRound });
    expect(watch.monitor.view().trouble).toContain('no instances');
    await world.clock.step(2 * MINUTE);
    expect(rounds.length).toBeGreaterThanOrEqual(4);
    expect(rounds.every((trouble) => trouble === null)).toBe(true);
    world.sim.fail('ill-typed-listing', { times: 3 });
    await world.clock.step(2 * MINUTE);
    expect(rounds).toContainEqual(expect.stringContaining('could not be listed'));
    await world.clock.step(5 * MINUTE);
    expect(rounds.at(-1)).toBeNull();
  });

  it('follows an instance that stops, runs again, and is destroyed', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    const watch = await world.watch();
    const key = `instance ${id}`;
    await world.world.live(world.world.client.instances.setState(id, 'stopped'));
    await world.clock.step(2 * MINUTE);
    expect(watch.run(key)).toMatchObject({ status: 'stopped', gpuPercent: null, lineSource: 'container' });
    expect(watch.run(key).sampleError).toContain('stopped');
    expect(watch.run(key).pricePerHour).toBeLessThan(0.05);
    await world.world.live(world.world.client.instances.setState(id, 'running'));
    await world.clock.step(10 * MINUTE);
    expect(watch.run(key)).toMatchObject({ status: 'running', gpuPercent: 97, lineSource: 'newest-log' });
    expect(watch.events.filter(({ kind }) => kind === 'status').length).toBeGreaterThanOrEqual(2);
    await world.world.live(world.world.client.instances.destroy(id));
    await world.clock.step(5 * MINUTE);
    expect(watch.monitor.view().runs).toEqual([]);
  });

  it('knows how often an interruptible machine is taken away, and that it makes the end later', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1, 'bid', 3);
    const hours = 500;
    const asked: string[] = [];
    const facts = async () => {
      asked.push('facts');
      return () => ({
        machine: {
          boots: 0,
          bootFailures: 0,
          interruptions: 400,
          hoursSeen: hours,
          bootSecondsMedian: null,
          bandwidthShare: null,
          speedShare: null,
        },
        host: undefined,
      });
    };
    const ends: number[] = [];
    for (const memory of [undefined, { facts }]) {
      await world.write(id, LOG, 'step 1/99999 loss 1.0\n');
      const watch = await world.watch({ ...(memory && { memory }) });
      for (let step = 2; step < 25; step += 1) {
        await world.clock.step(1_000);
        await world.write(id, LOG, `step ${step}/99999 loss 1.0\n`);
      }
      await world.clock.step(MINUTE);
      ends.push(watch.run(`instance ${id}`).etaS?.likely ?? 0);
      await watch.stop();
      const shell = await world.shell(id);
      await world.world.live(shell.exec(`rm ${LOG}`));
      await shell.close();
    }
    const [usual = 0, often = 0] = ends;
    expect(usual).toBeGreaterThan(10 * 3_600);
    expect(often).toBeGreaterThan(2 * usual);
    expect(asked).toEqual(['facts']);
  });

  it('leaves nothing behind when it ends', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 1.0\n');
    const timers = world.clock.pendingTimers;
    const watch = await world.watch();
    expect(world.clock.pendingTimers).toBeGreaterThan(timers);
    await watch.stop();
    await world.clock.step(5 * MINUTE);
    expect(world.clock.pendingTimers).toBeLessThanOrEqual(timers);
  });
});

describe('the figures that a monitor keeps', () => {
  it('are kept once, whoever reads the log how often', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, 'step 1/9 loss 4.0\nstep 2/9 loss 3.0\n');
    const first = await world.watch();
    const second = await world.watch();
    await world.clock.step(5_000);
    await first.stop();
    await world.write(id, LOG, 'step 3/9 loss 2.0\n');
    const third = await world.watch();
    await world.clock.step(5_000);
    for (const { monitor } of [second, third]) {
      const series = await monitor.series(`instance ${id}`, 'loss', { maxPoints: 100 });
      expect(series.map(({ attempt, step, value }) => [attempt, step, value])).toEqual([
        [1, 1, 4],
        [1, 2, 3],
        [1, 3, 2],
      ]);
    }
  });

  it('are of two attempts where the log begins again at step 0, and one run', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const key = `instance ${id}`;
    const steps = (from: number, to: number) =>
      Array.from(
        { length: to - from + 1 },
        (_, at) => `step ${from + at}/500 loss ${500 - from - at}\n`,
      ).join('');
    await world.write(id, LOG, steps(1, 60));
    const watch = await world.watch();
    await world.write(id, LOG, `resuming\n${steps(0, 10)}`);
    await world.clock.step(5_000);
    expect(watch.run(key)).toMatchObject({ attempts: 2, step: 10 });
    const series = await watch.monitor.series(key, 'loss', { maxPoints: 100 });
    expect(series.filter(({ attempt }) => attempt === 1)).toHaveLength(60);
    expect(series.filter(({ attempt }) => attempt === 2)).toHaveLength(11);
    expect(watch.events.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringContaining('Attempt 2 begins at step 0, after step 60'),
    );
    expect(new Set(watch.lines.map(({ attempt }) => attempt))).toEqual(new Set([1, 2]));
  });

  it('go on as the next attempt where the log is written anew, also for whoever comes later', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const key = `instance ${id}`;
    await world.write(id, LOG, 'step 1/9 loss 4.0\nstep 2/9 loss 3.0\n');
    const watch = await world.watch();
    const shell = await world.shell(id);
    await world.world.live(shell.exec(`printf 'step 1/9 loss 2.5\\n' > ${LOG}`));
    await shell.close();
    await world.clock.step(10_000);
    expect(watch.run(key)).toMatchObject({ attempts: 2, step: 1 });
    await watch.stop();
    await world.write(id, LOG, 'step 2/9 loss 2.25\n');
    const next = await world.watch();
    await world.clock.step(5_000);
    const series = await next.monitor.series(key, 'loss', { maxPoints: 100 });
    expect(series.map(({ attempt, value }) => [attempt, value])).toEqual([
      [1, 4],
      [1, 3],
      [2, 2.5],
      [2, 2.25],
    ]);
  });
});
