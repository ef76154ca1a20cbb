// Offers that a filtered sweep does not show may be gone, or may only have left the filter: a price rose, a machine
// lost its verification. Asked for by id and without the filter, those that are still listed show themselves; the
// others are absent for certain. One batch a sweep, so that a filter costs a few searches more and not many.
import type { Filter } from '../../net/vast/index.ts';
import type { Ask } from './answer.ts';
import { targetRows } from './cap.ts';
import { isForLife } from './filter-certainty.ts';
import type { SearchState } from './slice.ts';
import { askOnce, record, type SweepContext, type SweepRun } from './sweep-run.ts';

/** Ids in one request: some 2 kB of body. */
const MOST_IDS = 200;
/** Offers that the sweep has just seen, asked for along with the others: an answer without them proves nothing. */
const MOST_WITNESSES = 10;
const LEAST_WITNESSES_SHOWN = 0.8;
/** An offer found outside the filter is not asked for again before. */
const ASK_AGAIN_AFTER_MS = 60 * 60_000;

/** Whether an offer can leave the filter without leaving the market. */
export function canLeave(filters: readonly Filter[]): boolean {
  return filters.some((filter) => !isForLife(filter));
}

/** Notes in `run.absent` which of the offers that are open and were not seen are listed nowhere. */
export async function confirmAbsence(context: SweepContext, run: SweepRun): Promise<void> {
  if (!context.canLeaveFilter || run.blindReason !== undefined) return;
  const { memory } = context;
  const size = Math.min(MOST_IDS, memory.cap ? targetRows(memory.cap) : MOST_IDS);
  const witnesses = chooseWitnesses(run, Math.min(MOST_WITNESSES, Math.floor(size / 4)));
  const doubtful = chooseDoubtful(context, run).slice(0, size - witnesses.length);
  if (doubtful.length === 0 || witnesses.length === 0) return;
  const shown = await askWidely(context, run, [...doubtful, ...witnesses]);
  if (!shown) return;
  const witnessed = witnesses.filter((offerId) => shown.has(offerId)).length;
  if (witnessed < LEAST_WITNESSES_SHOWN * witnesses.length) return;
  for (const offerId of doubtful) {
    if (shown.has(offerId)) memory.outsideSinceMs.set(offerId, context.clock.now());
    else run.absent.add(offerId);
  }
}

function chooseDoubtful(context: SweepContext, { type, tally }: SweepRun): readonly number[] {
  const { outsideSinceMs } = context.memory;
  const nowMs = context.clock.now();
  for (const [offerId, atMs] of outsideSinceMs) {
    if (nowMs - atMs >= ASK_AGAIN_AFTER_MS) outsideSinceMs.delete(offerId);
  }
  return context
    .openOffers()
    .filter((offer) => offer.type === type && !tally.listings.has(offer.offerId))
    .map(({ offerId }) => offerId)
    .filter((offerId) => !outsideSinceMs.has(offerId))
    .sort((x, y) => x - y);
}

/** Spread over what was seen, so that they stand for all of it. */
function chooseWitnesses({ tally }: SweepRun, most: number): readonly number[] {
  const seen = [...tally.listings.keys()];
  const step = Math.max(1, Math.floor(seen.length / most));
  return seen.filter((_, index) => index % step === 0).slice(0, most);
}

/** The ids that any state of the market shows; undefined when a search failed. */
async function askWidely(
  context: SweepContext,
  run: SweepRun,
  offerIds: readonly number[],
): Promise<ReadonlySet<number> | undefined> {
  const shown = new Set<number>();
  for (const search of searchesOfAllStates(context)) {
    const ask: Ask = { slice: { type: run.type, search }, offerIds, isUnfiltered: true };
    const outcome = await askOnce(context, run, ask);
    const isAnswered = outcome.kind === 'answer';
    const reason = isAnswered ? 'asked whether it is still listed' : outcome.reason;
    record(context, run, ask, outcome, { kind: 'superseded', reason });
    if (!isAnswered || outcome.unreadable > 0) return undefined;
    for (const { offerId } of outcome.observations) shown.add(offerId);
  }
  return shown;
}

function searchesOfAllStates({ memory }: SweepContext): readonly SearchState[] {
  return memory.isStatelessProven ? ['any'] : ['available', 'rented', 'unavailable'];
}
