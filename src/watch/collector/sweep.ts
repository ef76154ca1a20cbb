// One sweep of one type, from the first search to what may be concluded from it.
import type { PackedRows, SliceRecord } from '../history/index.ts';
import { targetRows } from './cap.ts';
import { confirmAbsence } from './confirm-absence.ts';
import type { TypeCoverage } from './coverage.ts';
import { planRecheck } from './recheck.ts';
import { couldHold, type MarketType } from './slice.ts';
import {
  askSlice,
  record,
  type SweepContext,
  type SweepRun,
  settledRecords,
  startRun,
  supersedeAll,
} from './sweep-run.ts';
import { sweepSliced } from './sweep-sliced.ts';
import { sweepWhole } from './sweep-whole.ts';

export interface TypeSweep {
  readonly type: MarketType;
  /** Valid until the type's next sweep. */
  readonly rows: PackedRows;
  readonly duplicates: number;
  readonly records: readonly SliceRecord[];
  readonly coverage: TypeCoverage;
  readonly searchCount: number;
  readonly fieldNames: ReadonlySet<string>;
  readonly replayAtMs: number | undefined;
  /** Why the rest of the sweep was not asked; undefined when it was. */
  readonly blindReason: string | undefined;
}

/** A cap that comes and goes during the sweep starts it over; this often is enough. */
const MOST_STARTS = 3;

/** Throws what no repetition mends, and the signal's reason; then nothing of the sweep is remembered. */
export async function sweepType(
  context: SweepContext,
  type: MarketType,
  signal: AbortSignal,
  blindReason?: string,
): Promise<TypeSweep> {
  const { memory } = context;
  const run = startRun(context, type, signal);
  run.blindReason = blindReason;
  for (let start = 1; start <= MOST_STARTS; start += 1) {
    supersedeAll(run);
    if (!memory.cap) {
      memory.cap = await sweepWhole(context, run);
      if (!memory.cap) break;
    }
    if ((await sweepSliced(context, run)) === 'done') break;
  }
  await recheck(context, run);
  await confirmAbsence(context, run);
  const isBelievable = settle(context, run);
  return {
    type,
    rows: run.tally.rows(),
    duplicates: run.tally.duplicates,
    records: settledRecords(run),
    coverage: { type, leaves: run.leaves, absent: run.absent, isBelievable },
    searchCount: run.searchCount,
    fieldNames: run.fieldNames,
    replayAtMs: run.replayAtMs,
    blindReason: run.blindReason,
  };
}

async function recheck(context: SweepContext, run: SweepRun): Promise<void> {
  const { memory } = context;
  const lacking = memory.census
    .lacking(run.type, run.tally.listings)
    // An offer whose slice did not come whole is not taken for absent anyway.
    .filter((listing) => run.leaves.every(({ slice, isWhole }) => isWhole || !couldHold(slice, listing)));
  const asks = planRecheck({
    type: run.type,
    searches: memory.cap ? memory.slicedSearches : ['any'],
    lacking,
    usual: memory.census.usual(run.type),
    target: memory.cap && targetRows(memory.cap),
    searchCount: run.searchCount,
  });
  for (const ask of asks) {
    const asked = await askSlice(context, run, ask, { overlaps: true });
    const outcome = 'kind' in asked ? asked : asked.answer;
    const reason = 'kind' in asked ? asked.reason : 'asked for what the sweep lacked';
    record(context, run, ask, outcome, { kind: 'superseded', reason });
  }
}

function settle({ memory, log }: SweepContext, run: SweepRun): boolean {
  const usual = memory.census.usual(run.type);
  const isBelievable = memory.census.settle(run.type, run.tally.listings, { isPartial: run.hasFailed });
  if (!isBelievable) {
    log.warn('sweep saw too little to tell what is gone', {
      type: run.type,
      rows: run.tally.listings.size,
      usual,
    });
  }
  return isBelievable;
}
