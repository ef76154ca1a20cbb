// Whether a job that may wait begins now or at a cheaper hour of the day: hours of the last weeks are compared day by
// day, so that a market which rose or fell meanwhile does not look like a cheap hour. Pure.
import { DAY_MS, formatDuration, formatIso, formatUsd, HOUR_MS } from '../../../base/std/index.ts';

export interface HourlyPrice {
  /** Epoch milliseconds at which the hour begins. */
  readonly hourMs: number;
  /** Dollars per GPU and hour: the median of the offers of it that could be rented. */
  readonly medianPerGpuHour: number;
}

export interface CheapHourQuestion {
  /** Of the wanted GPUs, in any order; hours may be missing. Undefined where there is no history. */
  readonly history: readonly HourlyPrice[] | undefined;
  readonly nowMs: number;
  /** The job begins by then. */
  readonly latestMs: number;
  /** How long it runs at the price of its beginning; undefined where nobody knows. */
  readonly durationMs: number | undefined;
  readonly gpuCount: number;
}

export interface CheapHourFigures {
  /** Hour of the day, UTC. */
  readonly hour: number;
  /** Days on which both hours were seen. */
  readonly days: number;
  /** By how much this hour is below the present one, mean over those days; dollars per GPU and hour. */
  readonly savedPerGpuHour: number;
  /** Standard error of that mean. */
  readonly errorPerGpuHour: number;
  /** Mean of the present hour over the same days. */
  readonly usualPerGpuHour: number;
  /** Over the length of the job and all its GPUs; undefined where that is not known. */
  readonly savedUsd: number | undefined;
}

export type CheapHour =
  | { readonly kind: 'now'; readonly sentence: string; readonly figures?: CheapHourFigures }
  | {
      readonly kind: 'wait';
      readonly startAtMs: number;
      readonly sentence: string;
      readonly figures: CheapHourFigures;
    };

/** Older prices say little about tomorrow's. */
export const CHEAP_HOUR_WINDOW_MS = 28 * DAY_MS;
/** Fewer days cannot tell a cheap hour from a cheap day. */
const LEAST_DAYS = 14;
/**
 * The saving must be so many standard errors. Of 14 days one hour passes it by chance once in 500 times (Student's t,
 * 13 degrees of freedom), and the best of the 23 other hours once in 20.
 */
const ERRORS_BEYOND_NOISE = 3.5;
/** Less is not worth the waiting, in which the market may sell out. */
const LEAST_SAVING_RATIO = 0.02;

/** The price of a machine is that of the moment when it is rented, so hours are compared by their beginning. */
export function decideCheapHour(question: CheapHourQuestion): CheapHour {
  const { history, nowMs, latestMs } = question;
  const hours = hoursUntil(latestMs, nowMs);
  if (hours.length === 0) {
    return now('starts now: no full hour begins before it has to start');
  }
  if (history === undefined || history.length === 0) {
    return now(
      'starts now: no price history of these GPUs is here; "vastdeck market collect" makes one in two weeks',
    );
  }
  const compared = hours.flatMap((startAtMs) => {
    const figures = compare(question, startAtMs);
    return figures ? [{ startAtMs, figures }] : [];
  });
  const judged = compared.filter(({ figures }) => figures.days >= LEAST_DAYS);
  if (judged.length === 0) {
    const most = Math.max(0, ...compared.map(({ figures }) => figures.days));
    return now(
      `starts now: a cheap hour is told from ${LEAST_DAYS} days of prices on, and ${most} of the last ${CHEAP_HOUR_WINDOW_MS / DAY_MS} have both this hour and a later one`,
    );
  }
  const order = judged.toSorted((a, b) => b.figures.savedPerGpuHour - a.figures.savedPerGpuHour);
  const best = order.find(({ figures }) => isBeyondNoise(figures));
  if (best) return { kind: 'wait', ...best, sentence: `waits until ${told(best, question)}` };
  const nearest = order[0] as Judged;
  const left =
    judged.length === 1
      ? 'the one hour that is left is not'
      : `none of the ${judged.length} hours that are left is`;
  return {
    kind: 'now',
    sentence: `starts now: ${left} cheaper beyond the noise; the best, ${told(nearest, question)}`,
    figures: nearest.figures,
  };
}

interface Judged {
  readonly startAtMs: number;
  readonly figures: CheapHourFigures;
}

function now(sentence: string): CheapHour {
  return { kind: 'now', sentence };
}

/** The beginnings of full hours after now, up to a day: after that all is as before. */
function hoursUntil(latestMs: number, nowMs: number): readonly number[] {
  const thisHour = Math.floor(nowMs / HOUR_MS);
  const last = Math.min(Math.floor(latestMs / HOUR_MS), thisHour + 23);
  return Array.from({ length: Math.max(0, last - thisHour) }, (_, at) => (thisHour + 1 + at) * HOUR_MS);
}

function compare(
  { history = [], nowMs, durationMs, gpuCount }: CheapHourQuestion,
  startAtMs: number,
): CheapHourFigures | undefined {
  const thisHour = Math.floor(nowMs / HOUR_MS);
  const later = startAtMs / HOUR_MS - thisHour;
  const prices = new Map(history.map((each) => [Math.round(each.hourMs / HOUR_MS), each.medianPerGpuHour]));
  const usual: number[] = [];
  const saved: number[] = [];
  for (let hour = thisHour - 24; hour >= thisHour - CHEAP_HOUR_WINDOW_MS / HOUR_MS; hour -= 24) {
    const before = prices.get(hour);
    const after = prices.get(hour + later);
    if (before === undefined || after === undefined) continue;
    usual.push(before);
    saved.push(before - after);
  }
  if (saved.length === 0) return undefined;
  const savedPerGpuHour = mean(saved);
  return {
    hour: (startAtMs / HOUR_MS) % 24,
    days: saved.length,
    savedPerGpuHour,
    errorPerGpuHour: standardError(saved),
    usualPerGpuHour: mean(usual),
    savedUsd: durationMs === undefined ? undefined : (savedPerGpuHour * gpuCount * durationMs) / HOUR_MS,
  };
}

function isBeyondNoise({ savedPerGpuHour, errorPerGpuHour, usualPerGpuHour }: CheapHourFigures): boolean {
  return (
    savedPerGpuHour > ERRORS_BEYOND_NOISE * errorPerGpuHour &&
    savedPerGpuHour >= LEAST_SAVING_RATIO * usualPerGpuHour
  );
}

function told({ startAtMs, figures }: Judged, { durationMs }: CheapHourQuestion): string {
  const { days, savedPerGpuHour, errorPerGpuHour, usualPerGpuHour, savedUsd } = figures;
  const at = `${formatIso(startAtMs).slice(0, 16).replace('T', ' ')} UTC`;
  const side = savedPerGpuHour >= 0 ? 'below' : 'above';
  const share =
    usualPerGpuHour > 0 ? ` (${Math.round((100 * Math.abs(savedPerGpuHour)) / usualPerGpuHour)} %)` : '';
  const length =
    savedUsd === undefined || durationMs === undefined || savedUsd <= 0
      ? ''
      : `, about ${formatUsd(savedUsd)} in ${formatDuration(durationMs)}`;
  return `${at}: over ${days} days that hour was ${formatUsd(Math.abs(savedPerGpuHour))} ± ${formatUsd(errorPerGpuHour)} a GPU-hour${share} ${side} this one${length}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the mean; infinite for one value, which varies nobody knows how much. */
function standardError(values: readonly number[]): number {
  if (values.length < 2) return Number.POSITIVE_INFINITY;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
