// A monitor that says what a test wants: data without machines behind it. It remembers what the screen asked of it.
import { type MicroUsd, microUsd } from '../../../src/base/std/index.ts';
import type {
  Monitor,
  MonitorListener,
  MonitorView,
  RunEvent,
  RunView,
  ShownLine,
} from '../../../src/rent/monitor/index.ts';
import type { RunMetric } from '../../../src/rent/training/index.ts';

export const NOW_MS = Date.UTC(2026, 10, 22, 14, 3, 11);

export function aRun(over: Partial<RunView> = {}): RunView {
  const id = over.instanceId ?? 20000001;
  return {
    key: `instance ${id}`,
    instanceId: id,
    jobId: null,
    rentalId: null,
    name: `run-${id % 1000}`,
    group: null,
    gpuName: 'RTX 4090',
    gpuCount: 1,
    geolocation: 'Sweden, SE',
    status: 'running',
    reason: 'it runs',
    sinceMs: NOW_MS - 3_600_000,
    gpus: {
      atMs: NOW_MS,
      value: [
        {
          utilizationPercent: 71,
          memoryUsedMb: 18_432,
          memoryTotalMb: 24_576,
          temperatureC: 61,
          powerW: 322,
        },
      ],
    },
    gpuPercent: 71,
    gpuMemoryPercent: 75,
    memoryPercent: 40,
    diskPercent: 55,
    sampleError: null,
    sampledAtMs: NOW_MS,
    format: 'hf-trainer',
    epoch: 1.5,
    totalEpochs: 3,
    step: 500,
    totalSteps: 1000,
    progress: 0.5,
    loss: 2.3145,
    recentLosses: [4, 3.5, 3, 2.8, 2.6, 2.5, 2.4, 2.3145],
    metrics: [aMetric({ name: 'learning_rate', value: 3e-4 }), aMetric({ name: 'throughput', value: 1234 })],
    attempts: 1,
    lineSource: 'newest-log',
    lineFrom: '/workspace/output/a/training.log',
    lineAtMs: NOW_MS - 4_000,
    lineError: null,
    pricePerHour: 0.412,
    spentUsd: 1.23,
    etaS: { low: 5_400, likely: 6_120, high: 7_800 },
    costToFinishUsd: { low: 0.6, likely: 0.7, high: 0.9 },
    health: {
      status: 'training',
      colour: 'green',
      reason: 'The loss falls',
      sinceMs: NOW_MS - 600_000,
      costPerHour: microUsd(0.412),
      wastedPerHour: 0 as MicroUsd,
    },
    wastePerHour: null,
    ...over,
  };
}

export function aMetric(over: Partial<RunMetric> = {}): RunMetric {
  return { run: 'r', attempt: 1, seq: 1, atMs: NOW_MS, name: 'loss', value: 1, ...over };
}

export function aView(runs: readonly RunView[], over: Partial<MonitorView> = {}): MonitorView {
  return {
    atMs: NOW_MS,
    isSimulated: false,
    account: 'someone@example.org',
    runs,
    totals: {
      runs: runs.length,
      running: runs.filter(({ status }) => status === 'running').length,
      gpus: runs.reduce((sum, run) => sum + (run.gpuCount ?? 0), 0),
      pricePerHour: runs.reduce((sum, run) => sum + (run.pricePerHour ?? 0), 0),
      spentUsd: runs.reduce((sum, run) => sum + (run.spentUsd ?? 0), 0),
      monthEndUsd: 321.5,
      creditUsd: 54.1,
      creditEndsAtMs: NOW_MS + 5 * 3_600_000,
    },
    listedAtMs: NOW_MS,
    trouble: null,
    ...over,
  };
}

export function someLines(
  count: number,
  text: (index: number) => string = (index) => `line ${index}`,
): ShownLine[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: index + 1,
    attempt: 1,
    atMs: NOW_MS - (count - index) * 1000,
    text: text(index + 1),
  }));
}

export interface ScriptedMonitor extends Monitor {
  /** What the screen asked for, in words. */
  readonly asked: string[];
  show(view: MonitorView): void;
  tellLines(key: string, lines: readonly ShownLine[]): void;
  tellEvent(event: RunEvent): void;
}

export interface Script {
  readonly view: MonitorView;
  /** Kept lines of a run. */
  readonly kept?: (key: string) => readonly ShownLine[];
  readonly points?: (key: string, name: string) => readonly RunMetric[];
  readonly run?: (signal: AbortSignal) => Promise<void>;
}

export function aMonitor({ view: first, kept, points, run }: Script): ScriptedMonitor {
  let view = first;
  const listeners = new Set<MonitorListener>();
  const asked: string[] = [];
  return {
    asked,
    show(next) {
      view = next;
      for (const { onView } of listeners) onView?.(next);
    },
    tellLines(key, lines) {
      const told = view.runs.find((one) => one.key === key);
      if (told) for (const { onLines } of listeners) onLines?.(told, lines);
    },
    tellEvent(event) {
      for (const { onEvent } of listeners) onEvent?.(event);
    },
    view: () => view,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async lines(key, limit) {
      asked.push(`lines ${key} ${limit}`);
      return (kept?.(key) ?? []).slice(-limit);
    },
    async series(key, name) {
      return points?.(key, name) ?? [];
    },
    lookAt: (keys) => void asked.push(`look at ${keys.join(', ')}`),
    async refresh() {
      asked.push('refresh');
    },
    async nextSource(key) {
      asked.push(`next source ${key}`);
      return 'Lines now come from the tmux pane.';
    },
    setPaused: (isPaused) => void asked.push(isPaused ? 'pause' : 'go on'),
    run:
      run ??
      ((signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))),
  };
}
