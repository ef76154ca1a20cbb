// What a file to be imported looks like from the importer: a plan of polls in the order of time, and their
// rows, a bounded number at once, as often as they are asked for.
import { formatIso } from '../../../base/std/index.ts';
import { ImportSourceError } from '../errors.ts';
import type { RefusalList, SourcePoll } from './poll-rows.ts';
import { parsePollTime } from './poll-time.ts';
import { LATER_COLUMNS, RAW_COLUMNS, type RawColumn } from './raw-row.ts';

export const SOURCE_KINDS = ['parquet', 'csv', 'vastwatch-sqlite', 'vastwatch-duckdb'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** A poll that the source holds. */
export interface PlannedPoll {
  readonly tsMs: number;
  /** The forms in which its time is written in the source. */
  readonly texts: readonly string[];
  readonly rows: number;
  /** The first and last place of its rows in the source. */
  readonly firstRow: number;
  readonly lastRow: number;
}

export interface MarketSource extends AsyncDisposable {
  readonly kind: SourceKind;
  readonly path: string;
  /** The seed of the made-up market that its rows come from, where the file is marked so. */
  readonly simulatedSeed?: string | undefined;
  /** Columns of the original that the source lacks; they are read as null. */
  readonly missingColumns: readonly RawColumn[];
  /** In the order of time. */
  readonly plan: readonly PlannedPoll[];
  /** Refuses what no poll could be made of: rows without a readable time, broken lines. */
  refuseUnplanned(refusals: RefusalList): void;
  /** The rows of these polls, which must follow each other in the plan. */
  read(polls: readonly PlannedPoll[], refusals: RefusalList): AsyncIterable<SourcePoll>;
}

/** One text of `ts` and where it stands: what a source counts before anything is read. */
export interface TimeGroup {
  readonly text: string | null;
  readonly rows: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

export interface PollPlan {
  readonly plan: readonly PlannedPoll[];
  readonly unreadable: readonly TimeGroup[];
}

/** Joins the texts that mean one second, and sorts by time. */
export function planPolls(groups: Iterable<TimeGroup>): PollPlan {
  const byTime = new Map<number, PlannedPoll>();
  const unreadable: TimeGroup[] = [];
  for (const group of groups) {
    const tsMs = group.text === null ? undefined : parsePollTime(group.text);
    if (tsMs === undefined || group.text === null) {
      unreadable.push(group);
      continue;
    }
    const known = byTime.get(tsMs);
    byTime.set(tsMs, {
      tsMs,
      texts: [...(known?.texts ?? []), group.text],
      rows: (known?.rows ?? 0) + group.rows,
      firstRow: Math.min(known?.firstRow ?? Number.POSITIVE_INFINITY, group.firstRow),
      lastRow: Math.max(known?.lastRow ?? 0, group.lastRow),
    });
  }
  return { plan: [...byTime.values()].sort((a, b) => a.tsMs - b.tsMs), unreadable };
}

/** Finds the source's name of each of the original's columns; throws when one is missing that always was there. */
export function matchColumns(
  path: string,
  names: readonly string[],
): { readonly nameOf: ReadonlyMap<RawColumn, string>; readonly missing: readonly RawColumn[] } {
  const lowered = new Map(names.map((name) => [name.trim().toLowerCase(), name]));
  const nameOf = new Map<RawColumn, string>();
  for (const column of RAW_COLUMNS) {
    const name = lowered.get(column);
    if (name !== undefined) nameOf.set(column, name);
  }
  const missing = RAW_COLUMNS.filter((column) => !nameOf.has(column));
  const needed = missing.filter((column) => !LATER_COLUMNS.includes(column));
  if (needed.length > 0) {
    throw new ImportSourceError(
      path,
      `${path} lacks the column${needed.length > 1 ? 's' : ''} ${needed.join(', ')} of VastWatch's offers_raw; rename its columns to ${RAW_COLUMNS.join(', ')}`,
    );
  }
  return { nameOf, missing };
}

/** Consecutive polls of at most `maxRows` rows together, at least one poll each. */
export function* windowsOf(
  polls: readonly PlannedPoll[],
  maxRows: number,
): Generator<readonly PlannedPoll[]> {
  let window: PlannedPoll[] = [];
  let rows = 0;
  for (const poll of polls) {
    if (window.length > 0 && rows + poll.rows > maxRows) {
      yield window;
      window = [];
      rows = 0;
    }
    window.push(poll);
    rows += poll.rows;
  }
  if (window.length > 0) yield window;
}

/** The sentence for rows whose time cannot be read. */
export function refuseUnreadable(groups: readonly TimeGroup[], noun: string, refusals: RefusalList): void {
  for (const { text, rows, firstRow } of groups) {
    const what =
      text === null ? 'ts is empty' : `ts is ${JSON.stringify(text)}, not a time like ${formatIso(0)}`;
    refusals.add(`${noun} ${firstRow}${rows > 1 ? ` and ${rows - 1} more` : ''}`, what, rows);
  }
}
