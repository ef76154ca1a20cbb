// From what the sweeps of all types saw to the poll that is stored and the report about it.
import type { Clock } from '../../base/std/index.ts';
import type { Filter } from '../../net/vast/index.ts';
import type { PackedPoll } from '../history/index.ts';
import type { Cap } from './cap.ts';
import type { SweepReport, TypeReport } from './collector-types.ts';
import { makeCovers } from './coverage.ts';
import type { FarEnd } from './far-end.ts';
import { isCertainToPass } from './filter-certainty.ts';
import type { TypeSweep } from './sweep.ts';

export interface Timing {
  readonly startedAtMs: number;
  durationMs(): number;
  /** Without the time in which searches failed. */
  workingMs(): number;
}

export function startTiming(clock: Clock, farEnd: Pick<FarEnd, 'failingMs'>): Timing {
  const startedMs = clock.monotonic();
  const failingMs = farEnd.failingMs();
  const durationMs = () => clock.monotonic() - startedMs;
  return {
    startedAtMs: clock.now(),
    durationMs,
    workingMs: () => durationMs() - (farEnd.failingMs() - failingMs),
  };
}

export interface Summary {
  readonly report: SweepReport;
  /** Whether every slice came whole. */
  readonly complete: boolean;
  /** Why slices did not, each reason once. */
  readonly reasons: readonly string[];
  /** Nothing came that says more than that something is wrong: an empty market is one whose slices are whole. */
  readonly isUnseen: boolean;
}

export interface SummaryInput {
  readonly timing: Timing;
  readonly searches: number;
  readonly cap: Cap | undefined;
}

export function summarise(sweeps: readonly TypeSweep[], { timing, searches, cap }: SummaryInput): Summary {
  const slices = sweeps.flatMap(({ records }) => records);
  const complete = slices.every((slice) => slice.complete);
  return {
    report: {
      startedAtMs: timing.startedAtMs,
      durationMs: timing.durationMs(),
      searches,
      bytes: slices.reduce((sum, { bytes }) => sum + bytes, 0),
      types: sweeps.map(reportOf),
      cap,
    },
    complete,
    reasons: [...new Set(slices.map(({ reason }) => reason).filter((reason) => reason !== ''))],
    isUnseen: !complete && sweeps.every(({ rows }) => rows.length === 0),
  };
}

function reportOf({ type, rows, coverage, searchCount }: TypeSweep): TypeReport {
  const { leaves } = coverage;
  return {
    type,
    rows: rows.length,
    slices: leaves.length,
    wholeSlices: leaves.filter(({ isWhole }) => isWhole).length,
    searches: searchCount,
  };
}

export interface PollFacts {
  readonly timing: Timing;
  /** Time of the newest poll of the store. */
  readonly lastMs: number | undefined;
  readonly intervalMs: number;
  readonly filters: readonly Filter[];
  /** The same as stored text. */
  readonly filter: string;
  /** See `PollInput.note`. */
  readonly note: string | undefined;
}

/** `replay-ended`: the recording that is being served holds nothing newer than the store. */
export function makePoll(sweeps: readonly TypeSweep[], facts: PollFacts): PackedPoll | 'replay-ended' {
  const { timing, lastMs, intervalMs, filters, filter, note } = facts;
  const replayAtMs = sweeps.find((sweep) => sweep.replayAtMs !== undefined)?.replayAtMs;
  if (replayAtMs !== undefined && lastMs !== undefined && wholeSeconds(replayAtMs) <= lastMs) {
    return 'replay-ended';
  }
  return {
    tsMs: timestampAfter(lastMs, replayAtMs ?? timing.startedAtMs),
    filter,
    note,
    // A sweep that takes longer is the period, and what reports may credit until the next poll.
    intervalMs: Math.max(Math.round(intervalMs), Math.ceil(timing.workingMs() / 1_000) * 1_000),
    slices: sweeps.flatMap(({ records }) => records),
    rows: sweeps.map(({ rows }) => rows),
    duplicates: sweeps.reduce((sum, { duplicates }) => sum + duplicates, 0),
    covers: makeCovers(
      sweeps.map(({ coverage }) => coverage),
      (open) => isCertainToPass(filters, open),
    ),
  };
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/** Whole seconds, and later than the last poll even where the clock was set back. */
function timestampAfter(lastMs: number | undefined, atMs: number): number {
  const tsMs = wholeSeconds(atMs);
  return lastMs === undefined || tsMs > lastMs ? tsMs : wholeSeconds(lastMs) + 1_000;
}
