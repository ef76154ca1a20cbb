import { describe, expect, it } from 'vitest';
import { createRandom, SteppedClock } from '../../../src/base/std/index.ts';
import { type RunEvent, type ShownLine, sampleMonitor } from '../../../src/rent/monitor/index.ts';

const aSample = () => {
  const clock = new SteppedClock();
  return { clock, monitor: sampleMonitor({ clock, random: createRandom('sample') }) };
};

describe('the monitor of runs that are not there', () => {
  it('says that it is simulated, and has one run of each kind', () => {
    const { monitor } = aSample();
    const { isSimulated, runs, totals } = monitor.view();
    expect(isSimulated).toBe(true);
    expect(runs.map(({ name, status, health }) => [name, status, health.status])).toEqual([
      ['resnet50', 'running', 'training'],
      ['gpt-small-lr3', 'running', 'diverged'],
      ['llama-lora', 'running', 'hung'],
      ['diffusion-xl', 'outbid', 'exited'],
      ['whisper-eval', 'loading', 'starting'],
    ]);
    expect(totals).toMatchObject({ runs: 5, running: 3, gpus: 7 });
  });

  it('has figures that the real parser read, and an end that it estimates', () => {
    const [healthy] = aSample().monitor.view().runs;
    expect(healthy).toMatchObject({ epoch: 8, totalEpochs: 20, totalSteps: 200, lineSource: 'newest-log' });
    expect(healthy?.etaS?.likely).toBeGreaterThan(3_600);
    expect(healthy?.costToFinishUsd?.likely).toBeGreaterThan(0.5);
    expect(healthy?.recentLosses).toHaveLength(60);
    expect(healthy?.wastePerHour).toBeNull();
  });

  it('goes on: lines come, epochs are told, and it ends when it is asked to', async () => {
    const { clock, monitor } = aSample();
    const lines: ShownLine[] = [];
    const events: RunEvent[] = [];
    monitor.listen({
      onLines: (_run, fresh) => lines.push(...fresh),
      onEvent: (event) => events.push(event),
    });
    const stopping = new AbortController();
    const running = monitor.run(stopping.signal);
    await clock.step(20 * 60_000);
    expect(lines.length).toBeGreaterThan(100);
    expect(events.filter(({ kind }) => kind === 'epoch')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'hung')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'diverged')).toHaveLength(1);
    stopping.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('stands still while it is paused', async () => {
    const { clock, monitor } = aSample();
    const stopping = new AbortController();
    const running = monitor.run(stopping.signal);
    monitor.setPaused(true);
    const before = monitor.view();
    await clock.step(60_000);
    expect(monitor.view()).toBe(before);
    stopping.abort();
    await running;
  });
});
