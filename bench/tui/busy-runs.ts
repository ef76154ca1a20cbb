// Runs that train: every view has other figures than the one before.
import { createRandom } from '../../src/base/std/index.ts';
import type { MonitorView, RunView, ShownLine } from '../../src/rent/monitor/index.ts';
import type { RunMetric } from '../../src/rent/training/index.ts';
import { aMetric, aRun, aView } from '../../test/front/tui/a-monitor.ts';

const LOSSES = 60;

export function busyView(
  runs: number,
  { look, nowMs }: { readonly look: number; readonly nowMs: number },
): MonitorView {
  return aView(
    Array.from({ length: runs }, (_, index) => busyRun(index, { look, nowMs })),
    { atMs: nowMs, listedAtMs: nowMs },
  );
}

function busyRun(index: number, { look, nowMs }: { readonly look: number; readonly nowMs: number }): RunView {
  const random = createRandom(`run ${index} ${look}`);
  const step = 1_000 + look * 10;
  return aRun({
    instanceId: 20_000_000 + index,
    name: `run-${index}`,
    group: ['language', 'vision', null][index % 3] ?? null,
    gpuCount: 1 + (index % 8),
    sampledAtMs: nowMs,
    lineAtMs: nowMs,
    gpuPercent: 60 + random.next() * 40,
    memoryPercent: 30 + random.next() * 5,
    step,
    totalSteps: 10_000,
    progress: step / 10_000,
    loss: 2 + random.next(),
    recentLosses: Array.from({ length: LOSSES }, () => 2 + random.next()),
  });
}

export function busyLines(count: number, nowMs: number): ShownLine[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: index + 1,
    attempt: 1,
    atMs: nowMs - (count - index) * 1_000,
    text: `{'loss': ${(3 / (1 + index / 50)).toFixed(4)}, 'grad_norm': 1.21, 'learning_rate': 0.0003, 'epoch': ${(index / 400).toFixed(2)}}`,
  }));
}

export function busyPoints(name: string): RunMetric[] {
  return Array.from({ length: 600 }, (_, index) =>
    aMetric({ name, seq: index, step: index * 10, value: 3 / (1 + index / 50) + Math.sin(index) / 20 }),
  );
}
