// A course of views as no monitor would be so unkind to make it: runs come, go and change places, figures vanish, turn into NaN
// and come back.
import type { Random } from '../../../src/base/std/index.ts';
import type { MonitorView, RunView } from '../../../src/rent/monitor/index.ts';
import { aMetric, aRun, aView, NOW_MS } from '../tui/a-monitor.ts';

const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, 0, 1e-9] as const;

export function* randomViews(random: Random): Generator<MonitorView, never, undefined> {
  let runs: readonly RunView[] = [];
  for (let at = 0; ; at += 1) {
    if (random.chance(0.2)) runs = [...runs, aRun({ instanceId: random.int(1, 1_000_000) })];
    if (random.chance(0.1)) runs = runs.filter(() => random.chance(0.8));
    if (random.chance(0.1)) runs = random.shuffle(runs);
    runs = runs.map((run) => (random.chance(0.4) ? changed(run, random) : run));
    const trouble = random.chance(0.2) ? `trouble ${at}` : null;
    yield aView(runs, { atMs: NOW_MS + at, trouble, listedAtMs: random.chance(0.1) ? null : NOW_MS + at });
  }
}

function changed(run: RunView, random: Random): RunView {
  const figure = () => (random.chance(0.3) ? random.pick(ODD) : random.next() * 100);
  const some: readonly (() => Partial<RunView>)[] = [
    () => ({ loss: figure(), recentLosses: [...run.recentLosses, figure() ?? Number.NaN].slice(-60) }),
    () => ({ step: random.int(0, 1_000), progress: figure() }),
    () => ({ status: random.pick(['running', 'lost', 'exited']), reason: `why ${random.int(0, 9)}` }),
    () => ({ gpus: random.chance(0.5) ? null : { atMs: NOW_MS, value: [] } }),
    () => ({ metrics: [aMetric({ value: figure() ?? 0 }), aMetric({ name: 'accuracy', step: 7 })] }),
    () => ({ etaS: random.chance(0.5) ? null : { low: 1, likely: random.int(2, 9), high: 10 } }),
    () => ({ isSpentAtLeast: random.chance(0.5), etaBasis: random.pick(['step times', null]) }),
    () => ({ lineReadAtMs: random.chance(0.5) ? null : NOW_MS }),
    () => ({ health: { ...run.health, status: 'diverged', colour: 'red', reason: `${random.int(0, 9)}` } }),
  ];
  const next = { ...run, ...random.pick(some)() };
  if (!random.chance(0.1)) return next;
  const { lineReadAtMs: _gone, ...without } = next;
  return without;
}
