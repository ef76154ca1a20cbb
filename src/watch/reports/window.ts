// The window of a report: which polls it covers, and what in it nobody watched.
import { formatIso } from '../../base/std/index.ts';
import type { GapRule } from './report.ts';
import { queryRows, type ReportSource } from './source.ts';

/** A poll belongs to the window when its time is in [sinceMs, untilMs]; nothing is credited after `untilMs`. */
export interface ReportWindow {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly firstPoll: number;
  readonly lastPoll: number;
  /** The store's, whether in the window or not. */
  readonly newestPoll: number;
  readonly polls: number;
  readonly firstPollMs: number;
  readonly lastPollMs: number;
  readonly holes: number;
  readonly holeMs: number;
  readonly incompletePolls: number;
  readonly lastPollComplete: boolean;
  /** How many different collection filters were used in it. */
  readonly filters: number;
}

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
  const [store] = await queryRows(
    source,
    `SELECT min(ts_ms)::DOUBLE AS first_ms, max(ts_ms)::DOUBLE AS last_ms, max(poll)::DOUBLE AS newest,
            arg_max(interval_ms, poll)::DOUBLE AS interval_ms FROM polls`,
  );
  if (!store || store.first_ms === null) return { kind: 'empty-store' };
  const lastMs = Number(store.last_ms);
  const sinceMs = request.sinceMs ?? Number(store.first_ms);
  // By default the last poll gets its whole credit, and not a moment more.
  const creditMs = request.gaps === 'carry' ? request.cadenceMs : Number(store.interval_ms);
  const untilMs = request.untilMs ?? Math.max(lastMs, sinceMs) + creditMs;
  const [found] = await queryRows(
    source,
    `SELECT min(poll)::DOUBLE AS first_poll, max(poll)::DOUBLE AS last_poll, count(*)::DOUBLE AS polls,
            min(ts_ms)::DOUBLE AS first_ms, max(ts_ms)::DOUBLE AS last_ms,
            (count(*) FILTER (WHERE next_ms - ts_ms > credit_ms AND next_ms <= ${untilMs}))::DOUBLE AS holes,
            coalesce(sum(greatest(least(next_ms, ${untilMs}) - ts_ms - credit_ms, 0)), 0)::DOUBLE AS hole_ms,
            (count(*) FILTER (WHERE NOT complete))::DOUBLE AS incomplete,
            arg_max(complete, poll) AS last_complete,
            count(DISTINCT filter)::DOUBLE AS filters
     FROM polls WHERE ts_ms BETWEEN ${sinceMs} AND ${untilMs}`,
  );
  if (!found || found.first_poll === null) {
    return {
      kind: 'empty-window',
      sinceMs,
      untilMs,
      firstPollMs: Number(store.first_ms),
      lastPollMs: lastMs,
    };
  }
  return {
    kind: 'window',
    window: {
      sinceMs,
      untilMs,
      firstPoll: Number(found.first_poll),
      lastPoll: Number(found.last_poll),
      newestPoll: Number(store.newest),
      polls: Number(found.polls),
      firstPollMs: Number(found.first_ms),
      lastPollMs: Number(found.last_ms),
      holes: Number(found.holes),
      holeMs: Number(found.hole_ms),
      incompletePolls: Number(found.incomplete),
      lastPollComplete: found.last_complete === true,
      filters: Number(found.filters),
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
