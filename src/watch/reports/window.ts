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
  const { times, nextTimes, credits, isComplete, filters } = all;
  const at = (values: Float64Array, poll: number) => values[poll] as number;
  let lastMs = at(times, 0);
  for (const ms of times) if (ms > lastMs) lastMs = ms;
  const sinceMs = request.sinceMs ?? at(times, 0);
  // By default the last poll gets its whole credit, and not a moment more.
  const creditMs = request.gaps === 'carry' ? request.cadenceMs : at(all.intervals, newest);
  const untilMs = request.untilMs ?? Math.max(lastMs, sinceMs) + creditMs;
  const first = times.findIndex((ms) => ms >= sinceMs && ms <= untilMs);
  if (first < 0) {
    return { kind: 'empty-window', sinceMs, untilMs, firstPollMs: at(times, 0), lastPollMs: lastMs };
  }
  const last = times.findLastIndex((ms) => ms >= sinceMs && ms <= untilMs);
  const used = new Set<number>();
  let [holes, holeMs, incompletePolls] = [0, 0, 0];
  for (let poll = first; poll <= last; poll += 1) {
    const [ms, nextMs, credit] = [at(times, poll), at(nextTimes, poll), at(credits, poll)];
    if (nextMs - ms > credit && nextMs <= untilMs) holes += 1;
    holeMs += Math.max(Math.min(nextMs, untilMs) - ms - credit, 0);
    if (isComplete[poll] === 0) incompletePolls += 1;
    if (poll === first || filters[poll] !== filters[poll - 1]) used.add(filters[poll] as number);
  }
  return {
    kind: 'window',
    window: {
      sinceMs,
      untilMs,
      firstPoll: all.firstPoll + first,
      lastPoll: all.firstPoll + last,
      newestPoll: all.firstPoll + newest,
      polls: last - first + 1,
      firstPollMs: at(times, first),
      lastPollMs: at(times, last),
      holes,
      holeMs,
      incompletePolls,
      lastPollComplete: isComplete[last] === 1,
      filters: used.size,
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
