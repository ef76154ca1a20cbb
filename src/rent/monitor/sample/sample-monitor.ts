// A monitor of runs that are not there: what `--sim` shows. Lines, figures, health and events are made as for real runs;
// nothing is asked of anybody and nothing is kept.
import { type Clock, HOUR_MS, microUsd, type Random } from '../../../base/std/index.ts';
import type { Sample } from '../../remote/index.ts';
import {
  HEALTH_LIMITS,
  type Health,
  LOSS_LIMITS,
  type RunMetric,
  type TrainingOptions,
} from '../../training/index.ts';
import type { LineState } from '../line-loop.ts';
import { createLineIntake, type LineIntake } from '../lines/line-intake.ts';
import type { Monitor, MonitorListener, ShownLine } from '../monitor-api.ts';
import type { RunEntry } from '../roster/run-entry.ts';
import { machineStatusOf } from '../roster/status-words.ts';
import type { MonitorView, RunView } from '../run-view.ts';
import { NO_SAMPLE, type SampleState } from '../sample-loop.ts';
import { decideEvents, type Told } from '../told/decide-events.ts';
import { totalsOf } from '../view/totals.ts';
import { viewRun } from '../view/view-run.ts';
import { SAMPLE_INTERRUPTIONS_PER_HOUR, type SampleRun, sampleRuns } from './sample-runs.ts';

export interface SampleMonitorOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between two looks; default 1,000. */
  readonly tickMs?: number;
}

interface Live {
  readonly run: SampleRun;
  readonly key: string;
  readonly intake: LineIntake;
  readonly metrics: RunMetric[];
  n: number;
  offset: number;
  idleSinceMs: number | null;
  health: Health | undefined;
  told: Told | null;
}

const TICK_MS = 1_000;
const CREDIT_USD = 87.5;
const METRICS_KEPT = 20_000;
const SPENT_BEFORE_USD = 212.4;
const HOURS_A_MONTH_LEFT = 200;
const TRAINING: TrainingOptions = { metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS };

/** The same at the same time for the same dice. */
export function sampleMonitor({ clock, random, tickMs = TICK_MS }: SampleMonitorOptions): Monitor {
  const startMs = clock.now();
  const listeners = new Set<MonitorListener>();
  const lives = sampleRuns(random.fork('sample runs')).map(begin);
  let isPaused = false;
  for (const live of lives) write(live, startMs);
  let view = makeView();

  function begin(run: SampleRun): Live {
    return {
      run,
      key: `instance ${run.instanceId}`,
      intake: createLineIntake({
        run: `instance ${run.instanceId}:${run.path}`,
        start: { firstAttempt: 1, lastAttempt: 1, from: undefined, isFirstKept: false },
        training: TRAINING,
      }),
      metrics: [],
      n: 0,
      offset: 0,
      idleSinceMs: null,
      health: undefined,
      told: null,
    };
  }

  /** Everything that is due by now. */
  function write(live: Live, nowMs: number): readonly ShownLine[] {
    const { run, intake } = live;
    for (;;) {
      const atMs = startMs - run.ageMs + (live.n + 1) * run.everyMs;
      if (atMs > nowMs) break;
      live.n += 1;
      const text = run.line(live.n, atMs - startMs);
      if (text === undefined) continue;
      const bytes = Buffer.from(`${text}\n`);
      intake.push({ offset: live.offset, bytes, writtenAtMs: atMs, isPast: false });
      live.offset += bytes.length;
    }
    live.metrics.push(...intake.takeMetrics());
    live.metrics.splice(0, live.metrics.length - METRICS_KEPT);
    const percent = run.gpuPercent(nowMs - startMs);
    if (percent >= HEALTH_LIMITS.gpuLowPercent) live.idleSinceMs = null;
    else live.idleSinceMs ??= intake.facts().lastLineAtMs ?? nowMs;
    return intake.takeLines();
  }

  function makeView(): MonitorView {
    const nowMs = clock.now();
    const runs = lives.map((live) => viewOf(live, nowMs));
    const pricePerHour = runs.reduce((sum, run) => sum + (run.pricePerHour ?? 0), 0);
    return {
      atMs: nowMs,
      isSimulated: true,
      account: 'nobody',
      runs,
      totals: totalsOf(runs, {
        creditUsd: CREDIT_USD,
        creditEndsAtMs: startMs + (CREDIT_USD / pricePerHour) * HOUR_MS,
        monthEndUsd: SPENT_BEFORE_USD + pricePerHour * HOURS_A_MONTH_LEFT,
      }),
      listedAtMs: nowMs,
      trouble: null,
    };
  }

  function viewOf(live: Live, nowMs: number): RunView {
    const isEntered = live.run.status === 'running';
    const sampling: SampleState = isEntered
      ? { sample: sampleOf(live.run, nowMs, nowMs - startMs), error: null, idleSinceMs: live.idleSinceMs }
      : { ...NO_SAMPLE, error: live.run.reason };
    const lines: LineState = {
      source:
        live.run.path === ''
          ? null
          : { kind: 'newest-log', from: live.run.path, run: live.intake.run, shape: 'log', read: nothing },
      error: isEntered ? null : live.run.reason,
      answeredAtMs: isEntered ? nowMs : null,
    };
    const shown = viewRun({
      nowMs,
      entry: entryOf(live, { startMs, nowMs }),
      sampling,
      staleAfterMs: 60_000,
      lines,
      intake: live.intake,
      training: TRAINING,
      before: live.health,
    });
    live.health = shown.health;
    return shown;
  }

  const tick = () => {
    const nowMs = clock.now();
    const fresh = lives.map((live) => ({ live, lines: write(live, nowMs) }));
    view = makeView();
    for (const listener of listeners) listener.onView?.(view);
    for (const { live, lines } of fresh) {
      const run = view.runs.find(({ key }) => key === live.key);
      if (!run) continue;
      if (lines.length > 0) for (const listener of listeners) listener.onLines?.(run, lines);
      const { told, events } = decideEvents(live.told, {
        run,
        end: null,
        notes: live.intake.notes(),
        nowMs,
        isCatchingUp: false,
      });
      live.told = told;
      for (const event of events) for (const listener of listeners) listener.onEvent?.(event);
    }
  };

  const find = (key: string): Live | undefined => lives.find((live) => live.key === key);

  return {
    view: () => view,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lines: async (key, limit) => find(key)?.intake.window.newest(limit) ?? [],
    series: async (key, name, { maxPoints }) => {
      const all = find(key)?.metrics.filter((metric) => metric.name === name) ?? [];
      const every = Math.max(1, Math.ceil(all.length / maxPoints));
      return all.filter((_metric, at) => (all.length - 1 - at) % every === 0);
    },
    lookAt: () => {},
    refresh: async () => tick(),
    nextSource: async (key) => find(key)?.run.path ?? '',
    setPaused(next) {
      isPaused = next;
    },
    async run(signal) {
      while (!signal.aborted) {
        if (!isPaused) tick();
        // The end is an orderly one.
        await clock.sleep(tickMs, signal).catch(() => {});
      }
    },
  };
}

async function* nothing(): AsyncGenerator<never, void> {}

function sampleOf(run: SampleRun, atMs: number, untilNowMs: number): Sample {
  const unknown = { isKnown: false, reason: 'simulated' } as const;
  const utilizationPercent = Math.max(0, Math.min(100, Math.round(run.gpuPercent(untilNowMs))));
  const isBusy = utilizationPercent > 5;
  return {
    atMs,
    gpus: {
      isKnown: true,
      value: Array.from({ length: run.gpuCount }, (_, index) => ({
        index,
        uuid: `GPU-${run.instanceId}-${index}`,
        name: run.gpuName,
        utilizationPercent,
        memoryUsedMb: 19_800,
        memoryTotalMb: 24_564,
        temperatureC: isBusy ? 64 : 38,
        powerW: isBusy ? 372 : 61,
        powerLimitW: 450,
      })),
    },
    memory: { isKnown: true, value: { totalBytes: 128e9, usedBytes: 47e9 } },
    disk: { isKnown: true, value: { totalBytes: 100e9, usedBytes: 38e9, freeBytes: 62e9 } },
    load: unknown,
    processes: unknown,
    throughput: unknown,
  };
}

function entryOf(
  { run, key }: Live,
  { startMs, nowMs }: { readonly startMs: number; readonly nowMs: number },
): RunEntry {
  const sinceMs = startMs - run.sinceMs;
  return {
    key,
    instanceId: run.instanceId,
    jobId: null,
    rentalId: null,
    name: run.name,
    label: run.name,
    group: run.group,
    gpuName: run.gpuName,
    gpuCount: run.gpuCount,
    geolocation: run.geolocation,
    status: run.status,
    reason: run.reason,
    sinceMs,
    pricePerHour: run.pricePerHour,
    spentUsd: (run.pricePerHour * run.ageMs) / HOUR_MS,
    isSpentAtLeast: false,
    atMs: startMs,
    instance: undefined,
    listedAtMs: nowMs,
    machine: { status: machineStatusOf(run.status), sinceMs, pricePerHour: microUsd(run.pricePerHour) },
    program: { status: 'unknown', sinceMs },
    job: undefined,
    attempt: 1,
    interruptionsPerHour: SAMPLE_INTERRUPTIONS_PER_HOUR,
    canEnter: run.status === 'running',
  };
}
