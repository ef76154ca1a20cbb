// From points to the unit square: what part of the run is shown, how it is smoothed, and on which scale. Pure.

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line that is drawn in one go; a restarted run has one for each attempt. */
export interface Stroke {
  readonly points: readonly Point[];
  /** Which of the lines of the chart it belongs to: its colour. */
  readonly series: number;
}

export interface Window {
  /** Shares of the whole range of x. */
  readonly from: number;
  readonly to: number;
}

export const WHOLE: Window = { from: 0, to: 1 };

/** Half of what is shown, at its newer end where that is the end of the run, else about its middle. */
export function zoomIn({ from, to }: Window): Window {
  const size = Math.max((to - from) / 2, 1 / 64);
  if (to >= 1) return { from: 1 - size, to: 1 };
  const middle = (from + to) / 2;
  return { from: middle - size / 2, to: middle + size / 2 };
}

export function zoomOut({ from, to }: Window): Window {
  const size = Math.min(1, (to - from) * 2);
  if (to >= 1) return { from: 1 - size, to: 1 };
  return held((from + to) / 2 - size / 2, size);
}

/** A quarter of what is shown to the `older` or `newer` side. */
export function pan({ from, to }: Window, side: 'older' | 'newer'): Window {
  const size = to - from;
  return held(from + (side === 'older' ? -size : size) / 4, size);
}

function held(from: number, size: number): Window {
  const start = Math.min(Math.max(0, from), 1 - size);
  return { from: start, to: start + size };
}

/**
 * An exponential mean, corrected for its beginning so that it does not start at nought (as TensorBoard has it). `factor` 0
 * is the points themselves. What is not finite passes through and counts for nothing.
 */
export function smooth(points: readonly Point[], factor: number): readonly Point[] {
  if (factor === 0) return points;
  let mean = 0;
  let weight = 0;
  return points.map(({ x, y }) => {
    if (!Number.isFinite(y)) return { x, y };
    mean = factor * mean + (1 - factor) * y;
    weight = factor * weight + (1 - factor);
    return { x, y: mean / weight };
  });
}

export const Y_SCALES = ['linear', 'log'] as const;
export type YScale = (typeof Y_SCALES)[number];

export interface Frame {
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly scale: YScale;
}

/** Undefined where nothing can be drawn. On the log scale only what is above nought counts. */
export function frameOf(strokes: readonly Stroke[], window: Window, scale: YScale): Frame | undefined {
  const all = strokes.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { x } of all) {
    first = Math.min(first, x);
    last = Math.max(last, x);
  }
  const xMin = first + (last - first) * window.from;
  const xMax = first + (last - first) * window.to;
  let yMin = Number.POSITIVE_INFINITY;
  let yMax = Number.NEGATIVE_INFINITY;
  for (const { x, y } of all) {
    if (x < xMin || x > xMax || !canStand(y, scale)) continue;
    yMin = Math.min(yMin, y);
    yMax = Math.max(yMax, y);
  }
  if (yMin > yMax) return undefined;
  return { xMin, xMax, yMin, yMax, scale };
}

function canStand(y: number, scale: YScale): boolean {
  return Number.isFinite(y) && (scale === 'linear' || y > 0);
}

/** Both from 0 to 1; undefined for what is outside the frame. */
export function place({ x, y }: Point, frame: Frame): Point | undefined {
  if (x < frame.xMin || x > frame.xMax || !canStand(y, frame.scale)) return undefined;
  return {
    x: share(x, frame.xMin, frame.xMax),
    y:
      frame.scale === 'log'
        ? share(Math.log(y), Math.log(frame.yMin), Math.log(frame.yMax))
        : share(y, frame.yMin, frame.yMax),
  };
}

/** The value at a height, for the labels of the axis. */
export function valueAt(height: number, { yMin, yMax, scale }: Frame): number {
  if (scale === 'linear') return yMin + (yMax - yMin) * height;
  return Math.exp(Math.log(yMin) + (Math.log(yMax) - Math.log(yMin)) * height);
}

function share(value: number, low: number, high: number): number {
  return high === low ? 0.5 : (value - low) / (high - low);
}
