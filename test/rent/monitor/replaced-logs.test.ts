// Logs that changed while no monitor ran, on the machines of a simulated account: what is new is a new attempt, what is the
// same is not counted twice. And the first look at a run that has gone on for hours.
import { describe, expect, it } from 'vitest';
import { aMonitorWorld, LOG, type MonitorWorld } from './a-monitor-world.ts';

const MINUTE = 60_000;
const steps = (from: number, to: number, loss: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `step ${from + at}/500 loss ${loss}\n`).join('');

async function run(world: MonitorWorld, id: number, command: string): Promise<void> {
  const shell = await world.shell(id);
  const { code, stderr } = await world.world.live(shell.exec(command));
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await shell.close();
}

/** A log of 40 steps is read and left; something happens to it; it is read again, twice. */
async function readTwice(between: (world: MonitorWorld, id: number) => Promise<void>) {
  const world = await aMonitorWorld();
  const [id = 0] = await world.rent(1);
  const key = `instance ${id}`;
  await world.write(id, LOG, steps(1, 40, 4));
  const first = await world.watch();
  expect(first.run(key)).toMatchObject({ attempts: 1, step: 40 });
  await first.stop();
  await world.clock.step(MINUTE);
  await between(world, id);
  await world.clock.step(MINUTE);
  const second = await world.watch();
  const { attempts, step } = second.run(key);
  const events = second.events.map(({ sentence }) => sentence);
  await second.stop();
  const third = await world.watch();
  expect(third.run(key)).toMatchObject({ attempts, step });
  const series = await third.monitor.series(key, 'loss', { maxPoints: 1_000 });
  return { attempts, step, events, counts: Object.groupBy(series, ({ attempt }) => String(attempt)) };
}

describe('a log that was left and is read again', () => {
  it('goes on as the same attempt where it has only grown', async () => {
    const { attempts, step, counts } = await readTwice((world, id) => world.write(id, LOG, steps(41, 60, 3)));
    expect({ attempts, step }).toEqual({ attempts: 1, step: 60 });
    expect(counts['1']).toHaveLength(60);
  });

  it('is the next attempt where it was written anew and is longer now', async () => {
    const { attempts, step, events, counts } = await readTwice(async (world, id) => {
      await run(world, id, `printf '' > ${LOG}`);
      await world.write(id, LOG, steps(1, 90, 2));
    });
    expect({ attempts, step }).toEqual({ attempts: 2, step: 90 });
    expect(counts['1']).toHaveLength(40);
    expect(counts['2']).toHaveLength(90);
    expect(events).toContainEqual(expect.stringContaining('The log was replaced: attempt 2 begins'));
  });

  it('is the next attempt where it is shorter now, or has nothing in it yet', async () => {
    const short = await readTwice(async (world, id) => {
      await run(world, id, `printf '' > ${LOG}`);
      await world.write(id, LOG, steps(1, 3, 2));
    });
    expect(short).toMatchObject({ attempts: 2, step: 3 });
    expect(short.counts['2']).toHaveLength(3);
    expect(short.events).toContainEqual(expect.stringContaining('was cut short'));
  });

  it('is the next attempt where the old one was moved away and the new one begins with the same lines', async () => {
    const { attempts, counts } = await readTwice(async (world, id) => {
      await run(world, id, `mv ${LOG} ${LOG}.1`);
      await world.write(id, LOG, steps(1, 40, 4) + steps(41, 50, 1));
    });
    expect(attempts).toBe(2);
    expect(counts['1']).toHaveLength(40);
    expect(counts['2']).toHaveLength(50);
  });

  it('that had attempts of its own goes on behind the last of them', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const key = `instance ${id}`;
    await world.write(id, LOG, steps(1, 60, 4) + steps(1, 50, 3) + steps(1, 40, 2));
    const first = await world.watch();
    expect(first.run(key)).toMatchObject({ attempts: 3 });
    await world.clock.step(5_000);
    await first.stop();
    await run(world, id, `printf '' > ${LOG}`);
    await world.write(id, LOG, steps(1, 200, 1));
    const second = await world.watch();
    expect(second.run(key)).toMatchObject({ attempts: 4, step: 200 });
  });

  it('is the next attempt where it was replaced while the monitor was paused', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    await world.write(id, LOG, steps(1, 40, 4));
    const watch = await world.watch();
    watch.monitor.setPaused(true);
    await world.clock.step(MINUTE);
    await run(world, id, `printf '' > ${LOG}`);
    await world.write(id, LOG, steps(1, 90, 2));
    await world.clock.step(MINUTE);
    watch.monitor.setPaused(false);
    await world.clock.step(MINUTE);
    expect(watch.run(`instance ${id}`)).toMatchObject({ attempts: 2, step: 90 });
  });
});

describe('a run that has gone on for hours when it is looked at for the first time', () => {
  it('has an end at once, and a better one when steps were seen', async () => {
    const world = await aMonitorWorld();
    const [id = 0] = await world.rent(1);
    const key = `instance ${id}`;
    // 120 steps of 1,000, a minute each.
    await world.write(id, LOG, 'loading the model\n');
    for (let step = 1; step <= 120; step += 1) {
      await world.clock.step(MINUTE);
      await world.write(id, LOG, `step ${step}/1000 loss 2.5\n`);
    }
    const watch = await world.watch({ intervalMs: 10_000, idleIntervalMs: 10_000 });
    const first = watch.run(key);
    expect(first).toMatchObject({ step: 120, etaBasis: 'start and newest line' });
    // 880 steps to come, a minute each.
    expect(first.etaS?.likely).toBeGreaterThan(870 * 60);
    expect(first.etaS?.likely).toBeLessThan(890 * 60);
    expect(first.etaS?.low).toBeLessThan(880 * 60);
    for (let step = 121; step <= 132; step += 1) {
      await world.clock.step(MINUTE);
      await world.write(id, LOG, `step ${step}/1000 loss 2.5\n`);
    }
    await world.clock.step(1_000);
    const later = watch.run(key);
    expect(later.etaBasis).toBe('step times');
    expect(Math.abs((later.etaS?.likely ?? 0) - 868 * 60)).toBeLessThan(0.02 * 868 * 60);
  });
});
