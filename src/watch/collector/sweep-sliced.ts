// The sliced sweep: each slice of the plan is asked for, and split until its answer comes whole.
import type { Answer } from './answer.ts';
import { about, type Cap, capFromUnsliced, exactly, judgeCount, targetRows, USUAL_CAPS } from './cap.ts';
import { planKey } from './memory.ts';
import { planSlices, splitOverflow } from './plan.ts';
import type { SearchState, Slice } from './slice.ts';
import { splitSlice } from './split.ts';
import {
  askSlice,
  cutReason,
  endOf,
  isContradicted,
  knownNow,
  record,
  remember,
  type SweepContext,
  type SweepRun,
} from './sweep-run.ts';

/** A sweep that has asked so often will not end: what is left is recorded as not asked. */
const MOST_SEARCHES = 4_000;
/** Unsliced searches in one sweep to find out about the cap. */
const MOST_PROBES = 3;
/** An unsliced answer of fewer rows, where more are usual, is a failing service and not a cap. */
const LEAST_CAP_ROWS = 20;

/**
 * `uncapped`: an unsliced answer came whole, so no slices are needed. `stateful`: a search that names no
 * state shows only one, so that the three searches have to be sliced; the memory holds that now.
 */
export type SlicedEnd = 'done' | 'uncapped' | 'stateful';

export async function sweepSliced(context: SweepContext, run: SweepRun): Promise<SlicedEnd> {
  for (const search of context.memory.slicedSearches) {
    const end = await sweepSearch(context, run, search);
    if (end !== 'done') return end;
  }
  return 'done';
}

async function sweepSearch(context: SweepContext, run: SweepRun, search: SearchState): Promise<SlicedEnd> {
  const { memory } = context;
  const root: Slice = { type: run.type, search };
  const isFamiliar = memory.census.known(run.type).length > 0;
  // What is known of old tells nothing of a cap that has been raised since: one unsliced search does.
  if (isFamiliar && run.probeCount === 0) {
    const probed = await probe(context, run, root);
    if (probed === 'uncapped' || probed === 'stateful') return probed;
  }
  const firstLeaf = run.leaves.length;
  const queue = isFamiliar ? [...planFor(context, run, root)] : [root];
  for (let slice = queue.shift(); slice; slice = queue.shift()) {
    if (run.searchCount >= MOST_SEARCHES) run.blindReason ??= `the sweep took ${run.searchCount} searches`;
    const asked = await askSlice(context, run, { slice }, { overlaps: false });
    if ('kind' in asked) {
      record(context, run, { slice }, asked, { kind: 'incomplete', reason: asked.reason });
      continue;
    }
    const { answer, doubt } = asked;
    if (slice === root && (await showsOneState(context, run, answer))) return 'stateful';
    const before = memory.cap;
    const verdict = await judgeSlice(context, run, slice, answer);
    if (verdict === 'uncapped' || verdict === 'stateful') return verdict;
    if (verdict === 'whole') {
      record(context, run, { slice }, answer, endOf(doubt));
    } else {
      queue.unshift(...overflow(context, run, slice, answer, verdict, isFamiliar));
    }
    if (before && memory.cap && memory.cap.rows < before.rows) resplit(context, run, queue, memory.cap);
  }
  const leaves = run.leaves.slice(firstLeaf).map(({ slice }) => slice);
  memory.plans.set(planKey(run.type, search), leaves);
  return 'done';
}

function planFor(context: SweepContext, run: SweepRun, root: Slice): readonly Slice[] {
  const { memory } = context;
  if (!memory.cap) return [root];
  const current = memory.plans.get(planKey(root.type, root.search));
  return planSlices({ root, known: knownNow(context, run), cap: memory.cap, current });
}

/** The parts to ask for instead of a slice whose answer was cut. */
function overflow(
  context: SweepContext,
  run: SweepRun,
  slice: Slice,
  answer: Answer,
  cap: Cap,
  isFamiliar: boolean,
): readonly Slice[] {
  remember(run, answer);
  const parts = splitOverflow({ slice, known: knownNow(context, run), cap, isFamiliar });
  const reason = cutReason(cap);
  record(
    context,
    run,
    { slice },
    answer,
    parts.length === 0 ? { kind: 'incomplete', reason } : { kind: 'superseded', reason },
  );
  return parts;
}

function resplit(context: SweepContext, run: SweepRun, queue: Slice[], cap: Cap): void {
  const known = knownNow(context, run);
  const target = targetRows(cap);
  const parts = queue.flatMap((slice) => splitSlice({ slice, known, expected: 0, target }));
  queue.splice(0, queue.length, ...parts);
}

async function judgeSlice(
  context: SweepContext,
  run: SweepRun,
  slice: Slice,
  answer: Answer,
): Promise<'whole' | 'uncapped' | 'stateful' | Cap> {
  const { memory, limitRows } = context;
  const { rows } = answer;
  const verdict = judgeCount({ rows, limit: limitRows, cap: memory.cap });
  if (verdict.kind === 'capped') {
    // A limit that we asked for ourselves is no cap of theirs.
    if (rows < limitRows) memory.cap = verdict.cap;
    return verdict.cap;
  }
  if (verdict.kind === 'doubtful') {
    if (run.probeCount >= MOST_PROBES) return exactly(rows);
    const probed = await probe(context, run, { type: run.type, search: slice.search });
    if (probed === 'uncapped' || probed === 'stateful') return probed;
    const inForce = probed === 'failed' ? undefined : memory.cap?.rows;
    const isCut = inForce === undefined || rows === inForce || (rows > inForce && USUAL_CAPS.includes(rows));
    if (isCut) return exactly(rows);
  }
  return isContradicted(run, slice, answer) ? about(rows) : 'whole';
}

/** Asks without slices, to learn the cap in force. */
async function probe(
  context: SweepContext,
  run: SweepRun,
  root: Slice,
): Promise<'uncapped' | 'stateful' | 'capped' | 'failed'> {
  const { memory, limitRows } = context;
  run.probeCount += 1;
  const asked = await askSlice(context, run, { slice: root }, { overlaps: true });
  if ('kind' in asked) {
    record(context, run, { slice: root }, asked, { kind: 'superseded', reason: asked.reason });
    return 'failed';
  }
  const { answer, doubt } = asked;
  if (doubt !== undefined && answer.rows < LEAST_CAP_ROWS) {
    record(context, run, { slice: root }, answer, { kind: 'superseded', reason: doubt });
    return 'failed';
  }
  remember(run, answer);
  const expected = Math.max(memory.census.expected(root), memory.cap ? 0 : run.tally.listings.size);
  memory.cap = capFromUnsliced({ rows: answer.rows, limit: limitRows, expected, before: memory.cap });
  const reason = memory.cap ? cutReason(memory.cap) : 'not capped any more';
  record(context, run, { slice: root }, answer, { kind: 'superseded', reason });
  if (await showsOneState(context, run, answer)) return 'stateful';
  return memory.cap ? 'capped' : 'uncapped';
}

/**
 * Whether a search that names no state is answered with rentable offers only, as the service's own
 * description of its default filters has it (2026-08), although there are others.
 */
async function showsOneState(context: SweepContext, run: SweepRun, answer: Answer): Promise<boolean> {
  const { memory, searches } = context;
  if (memory.isStatelessProven || memory.slicedSearches.length > 1 || !searches.includes('unavailable'))
    return false;
  if (answer.observations.some(({ rentable }) => rentable === 0)) {
    memory.isStatelessProven = true;
    return false;
  }
  const slice: Slice = { type: run.type, search: 'unavailable' };
  const asked = await askSlice(context, run, { slice }, { overlaps: true });
  if ('kind' in asked) {
    record(context, run, { slice }, asked, { kind: 'superseded', reason: asked.reason });
    return false;
  }
  record(context, run, { slice }, asked.answer, { kind: 'superseded', reason: 'asked for comparison' });
  if (asked.answer.rows === 0) return false;
  context.log.warn('a search that names no state shows rentable offers only; slicing each state');
  memory.slicedSearches = searches;
  return true;
}
