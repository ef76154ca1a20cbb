// What each report still lacks before its figures mean something, and when it will have it.
import { DAY_MS, formatIso } from '../../base/std/index.ts';
import type { ReportMode } from './report.ts';
import { queryRows, type ReportSource } from './source.ts';

export interface ReportNeed {
  readonly report: Exclude<ReportMode, 'both'>;
  readonly ready: boolean;
  readonly missingPolls: number;
  /** When the last of them is due, if collection goes on; undefined when ready or when no poll was made yet. */
  readonly readyAtMs: number | undefined;
  /** `occupancy: 3 more polls, 14:32` or `occupancy: ready`. */
  readonly sentence: string;
}

/**
 * Fewest polls: one for a snapshot; four for shares of time, below which one credited interval decides; two to
 * see a flip. Daily figures want the first day to be over.
 */
const FEWEST_POLLS = { latest: 1, prices: 1, 'whole-gpu': 1, ttr: 2, occupancy: 4, daily: 1 } as const;

export async function reportNeeds(source: ReportSource): Promise<readonly ReportNeed[]> {
  const [row] = await queryRows(
    source,
    `SELECT count(*)::DOUBLE AS polls, min(ts_ms)::DOUBLE AS first_ms, max(ts_ms)::DOUBLE AS last_ms,
       arg_max(interval_ms, poll)::DOUBLE AS interval_ms FROM polls`,
  );
  const polls = Number(row?.polls ?? 0);
  const lastMs = polls > 0 ? Number(row?.last_ms) : undefined;
  const intervalMs = Number(row?.interval_ms ?? 0);
  return (Object.keys(FEWEST_POLLS) as (keyof typeof FEWEST_POLLS)[]).map((report) => {
    const missing = Math.max(0, FEWEST_POLLS[report] - polls);
    const dayEndMs = (Math.floor(Number(row?.first_ms) / DAY_MS) + 1) * DAY_MS;
    const waitsForDay = report === 'daily' && lastMs !== undefined && lastMs < dayEndMs;
    const readyAtMs = waitsForDay
      ? dayEndMs
      : missing > 0 && lastMs !== undefined
        ? lastMs + missing * intervalMs
        : undefined;
    const ready = missing === 0 && !waitsForDay;
    return {
      report,
      ready,
      missingPolls: missing,
      readyAtMs,
      sentence: `${report}: ${describe(ready, missing, readyAtMs, lastMs)}`,
    };
  });
}

function describe(
  ready: boolean,
  missing: number,
  readyAtMs: number | undefined,
  lastMs: number | undefined,
): string {
  if (ready) return 'ready';
  const at = readyAtMs === undefined ? '' : `, ${timeOfDay(readyAtMs, lastMs)}`;
  if (missing === 0) return `the first whole day${at}`;
  return `${missing} more ${missing === 1 ? 'poll' : 'polls'}${at}`;
}

/** `14:32`, or with the date when that is another day than the last poll's. UTC. */
function timeOfDay(ms: number, lastMs: number | undefined): string {
  const iso = formatIso(Math.ceil(ms / 1_000) * 1_000);
  const sameDay = lastMs !== undefined && Math.floor(ms / DAY_MS) === Math.floor(lastMs / DAY_MS);
  return sameDay ? iso.slice(11, 16) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
