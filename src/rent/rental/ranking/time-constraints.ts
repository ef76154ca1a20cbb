// How long it may take.
import { formatIso } from '../../../base/std/index.ts';
import type { Candidate } from './candidate.ts';
import type { CompleteNeed } from './complete-need.ts';
import type { TimeConstraint } from './constraint.ts';
import { least, most, roundDown } from './relax-words.ts';

/** A contract that ends sooner than this times the expected time may take the work with it. */
const CONTRACT_MARGIN = 1.5;

/** A candidate without an estimate fails `price-known` or `speed-known`, and none of these. */
export function timeConstraints(need: CompleteNeed, nowMs: number): readonly TimeConstraint[] {
  const { deadlineMs } = need;
  const rows: TimeConstraint[] = [];
  if (need.purpose.kind === 'work') {
    rows.push({
      name: 'speed-known',
      accepts: ({ estimate, pricePerHour }) => estimate !== undefined || pricePerHour === null,
      sentence: 'have an unknown speed',
      relax: () => 'ask for a box instead of work',
    });
  }
  if (need.purpose.kind !== 'box') {
    rows.push({
      name: 'finishes',
      accepts: ({ estimate }) => estimate === undefined || Number.isFinite(estimate.expectedS),
      sentence: 'would be interrupted again and again before the work ends',
      relax: () =>
        need.checkpoint === null ? 'write checkpoints' : 'write checkpoints more often, or rent on demand',
    });
  }
  // What does not end fails `finishes`, and must not seem to need more than that.
  const isEndless = ({ estimate }: Candidate) => !Number.isFinite(estimate?.expectedS);
  rows.push({
    name: 'contract-end',
    accepts: (candidate) =>
      // No end is an offer that is open for ever.
      candidate.offer.endsAtSec === null ||
      isEndless(candidate) ||
      candidate.offer.endsAtSec * 1_000 >= nowMs + CONTRACT_MARGIN * expectedMs(candidate),
    sentence: `have a contract that ends before ${CONTRACT_MARGIN} times the expected time`,
    relax: () => 'ask for less work, or for faster GPUs',
  });
  if (deadlineMs !== null) {
    const chance = ({ estimate }: Candidate) => estimate?.finishChance ?? 0;
    rows.push({
      name: 'deadline',
      accepts: (candidate) => isEndless(candidate) || chance(candidate) >= need.minFinishChance,
      sentence: `would not end by ${formatIso(deadlineMs)} with a chance of ${need.minFinishChance}`,
      relax: (opened) =>
        `accept a chance of ${roundDown(most(opened, chance), 2)}, or set the deadline well after ${formatIso(
          Math.ceil((nowMs + least(opened, expectedMs)) / MINUTE_MS) * MINUTE_MS,
        )}`,
    });
  }
  return rows;
}

const MINUTE_MS = 60_000;

function expectedMs({ estimate }: Candidate): number {
  return (estimate?.expectedS ?? 0) * 1_000;
}
