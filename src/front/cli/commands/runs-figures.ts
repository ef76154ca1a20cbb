// What a run's figures came to: the first, last, best of each name, and how long its steps took. One pass over what is
// kept of it, in little memory.
import type { CustomMetric, KeptPoint } from '../../../rent/training/index.ts';

export interface NameFigures {
  readonly name: string;
  readonly points: number;
  readonly last: number | null;
  readonly lastStep: number | null;
  readonly lastAtMs: number;
  /** The least or greatest, as is good; null where neither is, or where no value was finite. */
  readonly best: number | null;
  readonly bestStep: number | null;
  readonly first: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** NaN and infinite values. */
  readonly odd: number;
  readonly good: GoodDirection | null;
}

type GoodDirection = 'up' | 'down';

export interface StepSeconds {
  readonly median: number;
  /** Nine of ten steps are at most so long. */
  readonly p90: number;
  /** How many it rests on. */
  readonly samples: number;
}

export interface RunFigures {
  readonly names: readonly NameFigures[];
  readonly lastStep: number | null;
  /** Null where the log tells neither times of steps nor steps at different times. */
  readonly stepSeconds: StepSeconds | null;
}

const GOOD: Readonly<Record<string, GoodDirection>> = {
  loss: 'down',
  val_loss: 'down',
  step_s: 'down',
  throughput: 'up',
};

/** Samples of step times that are kept; of more, every second is dropped again and again. */
const SAMPLES_MAX = 20_000;

export async function runFigures(
  pages: AsyncIterable<readonly KeptPoint[]>,
  custom: readonly CustomMetric[] = [],
): Promise<RunFigures> {
  const names = new Map<string, Mutable<NameFigures>>();
  const told = createSamples();
  const seen = new Map<string, ReturnType<typeof createSamples>>();
  let lastStep: number | null = null;
  let before: KeptPoint | undefined;
  for await (const page of pages) {
    for (const point of page) {
      const known = names.get(point.name);
      if (known) join(known, point);
      else names.set(point.name, begin(point, goodOf(point.name, custom)));
      if (point.name === 'step_s') {
        if (point.value !== null && Number.isFinite(point.value)) told.add(point.value);
      } else if (point.step !== null) {
        lastStep = Math.max(lastStep ?? point.step, point.step);
        // Of one name alone, and from one moment at which values came to the next: they may come many at once.
        if (!before || before.name !== point.name || before.attempt !== point.attempt) before = point;
        else if (point.atMs > before.atMs && before.step !== null) {
          const steps = point.step - before.step;
          const samples = seen.get(point.name) ?? createSamples();
          seen.set(point.name, samples);
          if (steps > 0) samples.add((point.atMs - before.atMs) / 1_000 / steps);
          before = point;
        }
      }
    }
  }
  return {
    names: [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    lastStep,
    // The name that comes most often tells most of the steps.
    stepSeconds:
      told.quantiles() ??
      [...seen.values()]
        .map((samples) => samples.quantiles())
        .reduce((most, one) => ((one?.samples ?? 0) > (most?.samples ?? 0) ? one : most), null),
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function goodOf(name: string, custom: readonly CustomMetric[]): GoodDirection | null {
  const own = custom.find((metric) => metric.name === name || `custom/${metric.name}` === name)?.good;
  if (own === 'none') return null;
  return own ?? GOOD[name] ?? null;
}

function begin(point: KeptPoint, good: GoodDirection | null): Mutable<NameFigures> {
  const { name, value, last, step, atMs, min, max, oddCount } = point;
  const best = good === null ? null : good === 'down' ? min : max;
  return {
    name,
    points: point.count + oddCount,
    last,
    lastStep: step,
    lastAtMs: atMs,
    best,
    bestStep: best === null ? null : step,
    first: value,
    min,
    max,
    odd: oddCount,
    good,
  };
}

/** Points come by attempt and number, so the latest is the last that comes. */
function join(
  figures: Mutable<NameFigures>,
  { last, step, atMs, min, max, count, oddCount }: KeptPoint,
): void {
  figures.points += count + oddCount;
  figures.odd += oddCount;
  figures.last = last;
  figures.lastStep = step;
  figures.lastAtMs = atMs;
  if (min !== null && (figures.min === null || min < figures.min)) figures.min = min;
  if (max !== null && (figures.max === null || max > figures.max)) figures.max = max;
  const candidate = figures.good === null ? null : figures.good === 'down' ? min : max;
  if (candidate === null) return;
  const isBetter =
    figures.best === null || (figures.good === 'down' ? candidate < figures.best : candidate > figures.best);
  if (!isBetter) return;
  figures.best = candidate;
  figures.bestStep = step;
}

function createSamples(): { add(value: number): void; quantiles(): StepSeconds | null } {
  let kept: number[] = [];
  let every = 1;
  let count = 0;
  return {
    add(value) {
      if (count % every === 0) kept.push(value);
      count += 1;
      if (kept.length < SAMPLES_MAX) return;
      kept = kept.filter((_, n) => n % 2 === 0);
      every *= 2;
    },
    quantiles() {
      if (kept.length === 0) return null;
      const sorted = kept.toSorted((a, b) => a - b);
      const at = (share: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return { median: at(0.5), p90: at(0.9), samples: count };
    },
  };
}
