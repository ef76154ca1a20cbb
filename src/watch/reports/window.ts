// The window of a report: which polls it covers, and what in it nobody watched.
import { formatIso } from '../../base/std/index.ts';
import { storePolls } from './poll-times.ts';
import type { GapRule } from './report.ts';
import type { ReportWindow } from './report-window.ts';
import type { ReportSource } from './source.ts';

/** What the store holds when the window holds nothing. */
export type WindowResult =
  | { readonly kind: 'window'; readonly window: ReportWindow }
  | { readonly kind: 'empty-store' }
  | {
      readonly kind: 'empty-window';
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly firstPollMs: number;
      readonly lastPollMs: number;
    };

export interface WindowRequest {
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly gaps: GapRule;
  readonly cadenceMs: number;
}

export async function findWindow(source: ReportSource, request: WindowRequest): Promise<WindowResult> {
  const all = await storePolls(source);
  const newest = all.length - 1;
  if (newest < 0) return { kind: 'empty-store' };
  const at = <Value>(values: readonly Value[], poll: number) => values[poll] as Value;
  const lastMs = all.times.reduce((latest, ms) => Math.max(latest, ms), Number.NEGATIVE_INFINITY);
  const sinceMs = request.sinceMs ?? at(all.times, 0);
  // By default the last poll gets its whole credit, and not a moment more.
  const creditMs = request.gaps === 'carry' ? request.cadenceMs : at(all.intervals, newest);
  const untilMs = request.untilMs ?? Math.max(lastMs, sinceMs) + creditMs;
  const first = all.times.findIndex((ms) => ms >= sinceMs && ms <= untilMs);
  if (first < 0) {
    return { kind: 'empty-window', sinceMs, untilMs, firstPollMs: at(all.times, 0), lastPollMs: lastMs };
  }
  const last = all.times.findLastIndex((ms) => ms >= sinceMs && ms <= untilMs);
  const filters = new Set<string>();
  let [holes, holeMs, incompletePolls] = [0, 0, 0];
  for (let poll = first; poll <= last; poll += 1) {
    const [ms, nextMs, credit] = [at(all.times, poll), at(all.nextTimes, poll), at(all.credits, poll)];
    if (nextMs - ms > credit && nextMs <= untilMs) holes += 1;
    holeMs += Math.max(Math.min(nextMs, untilMs) - ms - credit, 0);
    if (!at(all.isComplete, poll)) incompletePolls += 1;
    filters.add(at(all.filters, poll));
  }
  return {
    kind: 'window',
    window: {
      sinceMs,
      untilMs,
      firstPoll: at(all.polls, first),
      lastPoll: at(all.polls, last),
      newestPoll: at(all.polls, newest),
      polls: last - first + 1,
      firstPollMs: at(all.times, first),
      lastPollMs: at(all.times, last),
      holes,
      holeMs,
      incompletePolls,
      lastPollComplete: at(all.isComplete, last),
      filters: filters.size,
    },
  };
}

/** Why there is nothing to report, with the times that would have given something. */
export function explainEmptyWindow(result: Exclude<WindowResult, { kind: 'window' }>): string {
  if (result.kind === 'empty-store') {
    return 'The store holds no poll yet; start one with: vastdeck market collect';
  }
  const range = `${formatIso(result.firstPollMs)} to ${formatIso(result.lastPollMs)}`;
  return `No poll lies between ${formatIso(result.sinceMs)} and ${formatIso(result.untilMs)}; the store's polls run from ${range}`;
}
