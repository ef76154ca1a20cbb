// The unsliced sweep: the original's three searches, each for the whole market.
import type { Answer } from './answer.ts';
import { about, type Cap, exactly, judgeCount } from './cap.ts';
import type { Slice } from './slice.ts';
import { sliceKey } from './slice-query.ts';
import { splitSlice } from './split.ts';
import {
  askSlice,
  cutReason,
  endOf,
  record,
  remember,
  type SweepContext,
  type SweepRun,
  supersedeAll,
} from './sweep-run.ts';
import { listingOf } from './tally.ts';

/** How often an unsliced answer is compared with a part of it: caps change by day. */
const COMPARE_EVERY_MS = 24 * 60 * 60_000;
/** Two different searches with equally many rows, and at least so many, were cut. */
const LEAST_ROWS_FOR_TWINS = 20;
const LEAST_ROWS_TO_COMPARE = 10;
/** More of a part than this lacking in the whole cannot be offers that came in between. */
const LACKING_SHARE = 0.05;

/** Undefined when all three came whole, as far as can be told; else the cap that was found. */
export async function sweepWhole(context: SweepContext, run: SweepRun): Promise<Cap | undefined> {
  const counts: number[] = [];
  for (const search of context.searches) {
    const slice: Slice = { type: run.type, search };
    const asked = await askSlice(context, run, { slice }, { overlaps: false });
    if ('kind' in asked) {
      record(context, run, { slice }, asked, { kind: 'incomplete', reason: asked.reason });
      continue;
    }
    const { answer, doubt } = asked;
    const cap = await findCap(context, run, slice, answer, counts);
    if (cap) {
      supersedeAll(run);
      record(context, run, { slice }, answer, { kind: 'superseded', reason: cutReason(cap) });
      remember(run, answer);
      return cap;
    }
    counts.push(answer.rows);
    record(context, run, { slice }, answer, endOf(doubt));
  }
  return undefined;
}

async function findCap(
  context: SweepContext,
  run: SweepRun,
  slice: Slice,
  answer: Answer,
  counts: readonly number[],
): Promise<Cap | undefined> {
  const { rows } = answer;
  // A longer answer in the same sweep shows that the count is a coincidence.
  if (rows >= run.mostRows) {
    const verdict = judgeCount({ rows, limit: context.limitRows, cap: undefined });
    if (verdict.kind === 'capped') return verdict.cap;
    if (rows >= LEAST_ROWS_FOR_TWINS && counts.includes(rows)) return exactly(rows);
  }
  return (await lacksPart(context, run, slice, answer)) ? about(rows) : undefined;
}

/** Asks for a part of what was answered: rows that only the part shows prove that the whole was cut. */
async function lacksPart(
  context: SweepContext,
  run: SweepRun,
  slice: Slice,
  answer: Answer,
): Promise<boolean> {
  const { memory, clock } = context;
  if (answer.rows < LEAST_ROWS_TO_COMPARE) return false;
  const key = sliceKey(slice);
  const lastMs = memory.comparedAtMs.get(key);
  const hasShrunk = answer.rows < 0.8 * memory.census.expected(slice);
  if (lastMs !== undefined && clock.now() - lastMs < COMPARE_EVERY_MS && !hasShrunk) return false;
  const known = answer.observations.map(listingOf);
  const parts = splitSlice({ slice, known, expected: known.length, target: Math.ceil(known.length / 2) });
  const [part] = parts;
  if (!part || parts.length < 2) return false;
  const asked = await askSlice(context, run, { slice: part }, { overlaps: true });
  if ('kind' in asked) {
    record(context, run, { slice: part }, asked, { kind: 'superseded', reason: asked.reason });
    return false;
  }
  record(context, run, { slice: part }, asked.answer, { kind: 'superseded', reason: 'asked for comparison' });
  memory.comparedAtMs.set(key, clock.now());
  const shown = new Set(known.map(({ offerId }) => offerId));
  const lacking = asked.answer.observations.filter(({ offerId }) => !shown.has(offerId)).length;
  return lacking > Math.max(2, LACKING_SHARE * asked.answer.rows);
}
