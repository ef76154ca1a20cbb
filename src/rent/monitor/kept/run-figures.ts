// What a run's figures came to: the first, last, least and greatest of each name, and how long its steps took. One pass over
// what is kept of it, in little memory.
import type { KeptPoint } from '../../training/index.ts';

export interface NameFigures {
  readonly name: string;
  readonly points: number;
  /** May be NaN or infinite, as `first` may; null where its bucket had no finite value. */
  readonly last: number | null;
  readonly lastStep: number | null;
  readonly lastAtMs: number;
  readonly first: number | null;
  /** Of the finite values; null where there is none. */
  readonly min: number | null;
  readonly minStep: number | null;
  readonly max: number | null;
  readonly maxStep: number | null;
  /** NaN and infinite values. */
  readonly odd: number;
}

export interface StepSeconds {
  readonly median: number;
  /** Nine of ten steps are at most so long. */
  readonly p90: number;
  /** How many it rests on. */
  readonly samples: number;
}

export interface RunFigures {
  /** By name. */
  readonly names: readonly NameFigures[];
  readonly lastStep: number | null;
  /** Null where the log tells neither times of steps nor steps at different times. */
  readonly stepSeconds: StepSeconds | null;
}

/** Samples of step times that are kept; of more, every second is dropped again and again. */
const SAMPLES_MAX = 20_000;

export async function readRunFigures(pages: AsyncIterable<readonly KeptPoint[]>): Promise<RunFigures> {
  const names = new Map<string, Mutable<NameFigures>>();
  const told = createSamples();
  const seen = new Map<string, ReturnType<typeof createSamples>>();
  let lastStep: number | null = null;
  let before: KeptPoint | undefined;
  for await (const page of pages) {
    for (const point of page) {
      const known = names.get(point.name);
      if (known) join(known, point);
      else names.set(point.name, begin(point));
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

function begin({
  name,
  value,
  last,
  step,
  atMs,
  min,
  max,
  count,
  oddCount,
}: KeptPoint): Mutable<NameFigures> {
  return {
    name,
    points: count + oddCount,
    last,
    lastStep: step,
    lastAtMs: atMs,
    first: value,
    min,
    minStep: min === null ? null : step,
    max,
    maxStep: max === null ? null : step,
    odd: oddCount,
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
  if (min !== null && (figures.min === null || min < figures.min)) {
    figures.min = min;
    figures.minStep = step;
  }
  if (max !== null && (figures.max === null || max > figures.max)) {
    figures.max = max;
    figures.maxStep = step;
  }
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
