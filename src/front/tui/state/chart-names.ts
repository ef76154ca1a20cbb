// Which charts a run has: its loss, what else it reports, then how its machine was.
import type { RunView } from '../../../rent/monitor/index.ts';
import type { RunMetric } from '../../../rent/training/index.ts';
import type { Point, Stroke } from '../chart/scale.ts';
import { SAMPLE_NAMES, type SampleName } from './samples.ts';
import { type ScreenState, seriesKey } from './screen-state.ts';

const FIRST = [
  'loss',
  'eval_loss',
  'validation_loss',
  'val_loss',
  'accuracy',
  'learning_rate',
  'grad_norm',
  'throughput',
];

/** What the monitor keeps series of. */
export function metricNames(run: RunView): readonly string[] {
  const names = new Set(['loss', ...run.metrics.map(({ name }) => name)]);
  return [...names].toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function place(name: string): number {
  const index = FIRST.indexOf(name);
  return index < 0 ? FIRST.length : index;
}

export function chartNames(run: RunView): readonly string[] {
  return [...metricNames(run), ...SAMPLE_NAMES];
}

/** The runs of a chart: those that are marked, so that they can be compared, else the one. */
export function chartRuns(state: ScreenState, run: RunView): readonly RunView[] {
  const marked = state.view.runs.filter(({ key }) => state.marks.has(key));
  return marked.length > 1 ? marked.slice(0, MOST_RUNS) : [run];
}

/** More lines than colours cannot be told apart. */
const MOST_RUNS = 5;

/** `time` where steps do not go on rising: time can always be drawn. */
export function strokesOf(
  state: ScreenState,
  runs: readonly RunView[],
  name: string,
): { readonly strokes: readonly Stroke[]; readonly x: 'step' | 'time' } {
  const sample = SAMPLE_NAMES.indexOf(name as SampleName);
  if (sample >= 0) {
    const strokes = runs.map(({ key }, series) => ({
      series,
      points: (state.samples.get(key) ?? []).map(({ atMs, values }) => ({
        x: atMs,
        y: values[sample] ?? Number.NaN,
      })),
    }));
    return { strokes, x: 'time' };
  }
  const all = runs.map(({ key }) => state.series.get(seriesKey(key, name)) ?? []);
  const x = all.every(hasRisingSteps) ? 'step' : 'time';
  const strokes = all.flatMap((metrics, index) =>
    attemptsOf(metrics, x).map((points, attempt) => ({
      // With one run each attempt has a colour of its own; with several each run has.
      series: runs.length > 1 ? index : attempt,
      points,
    })),
  );
  return { strokes, x };
}

/** Some logs count their steps anew in every epoch; drawn by them, all epochs would lie over each other. */
function hasRisingSteps(metrics: readonly RunMetric[]): boolean {
  return metrics.every(({ step, attempt }, index) => {
    const before = metrics[index - 1];
    return step !== undefined && (before?.attempt !== attempt || (before.step ?? 0) <= step);
  });
}

function attemptsOf(metrics: readonly RunMetric[], x: 'step' | 'time'): readonly (readonly Point[])[] {
  const byAttempt = new Map<number, Point[]>();
  for (const metric of metrics) {
    const points = byAttempt.get(metric.attempt) ?? [];
    points.push({ x: x === 'step' ? (metric.step ?? 0) : metric.atMs, y: metric.value });
    byAttempt.set(metric.attempt, points);
  }
  return [...byAttempt.values()];
}
