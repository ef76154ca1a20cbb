// Goal: the figures of runs over HTTP are the monitor's own, in the shape that the protocol promises.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, SteppedClock } from '../../../src/base/std/index.ts';
import { type Monitor, sampleMonitor } from '../../../src/rent/monitor/index.ts';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

let monitor: Monitor;
let world: HttpWorld;
beforeAll(async () => {
  const clock = new SteppedClock();
  monitor = sampleMonitor({ clock, random: createRandom('runs') });
  const ending = new AbortController();
  const running = monitor.run(ending.signal);
  await clock.step(120_000);
  ending.abort();
  await running.catch(() => {});
  world = await anHttpWorld({ deps: { monitor: async () => monitor } });
});
afterAll(() => world[Symbol.asyncDispose]());

describe('runs', () => {
  it('are all of the view, with every figure of it', async () => {
    const answer = await world.client.runs();
    const view = monitor.view();
    expect(view.runs.length).toBeGreaterThanOrEqual(5);
    const asJson = JSON.parse(JSON.stringify(view)) as typeof answer;
    expect(answer.runs.map(({ key }) => key)).toEqual(view.runs.map(({ key }) => key));
    for (const [index, run] of answer.runs.entries()) expect(asJson.runs[index]).toMatchObject(run);
    expect(answer.totals).toEqual(asJson.totals);
    expect(answer.isSimulated).toBe(true);
  });

  it('have lines and points, as many as were asked for at most', async () => {
    const key = monitor.view().runs[0]?.key as string;
    const { lines } = await world.client.runLines(key, 3);
    expect(lines).toEqual(await monitor.lines(key, 3));
    expect(lines).toHaveLength(3);
    const whole = await monitor.series(key, 'loss', { maxPoints: 10 });
    expect(whole.length).toBeGreaterThan(1);
    const { points } = await world.client.runSeries(key, 'loss', 10);
    expect(points).toEqual(JSON.parse(JSON.stringify(whole)));
  });

  it('that are not there have neither', async () => {
    await expect(world.client.runLines('instance 1')).rejects.toMatchObject({ status: 404 });
    await expect(world.client.runSeries('instance 1', 'loss')).rejects.toMatchObject({ status: 404 });
    expect((await world.ask('/v1/runs/x/lines?limit=10001')).status).toBe(400);
  });

  it('are in the metrics, a series each', async () => {
    const text = await world.client.metrics();
    const healthy = text.match(/^vastdeck_run_healthy\{.*\} (0|0\.5|1)$/gm);
    expect(healthy).toHaveLength(monitor.view().runs.length);
  });
});
