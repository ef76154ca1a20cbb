// What became of a create whose answer nobody has: the label tells. It is adopted when it is seen, and void only when
// two complete listings, begun long enough after it, do not hold it.
import type { Ledger } from '../../../base/ledger/index.ts';
import type { Clock } from '../../../base/std/index.ts';
import type { Rental, RentalRecords } from '../records/index.ts';
import type { AccountWatcher } from '../watcher/index.ts';
import { findByLabel } from './create-once.ts';
import { settleAttempt } from './settle-attempt.ts';

export interface DoubtOptions {
  readonly records: RentalRecords;
  readonly ledger: Pick<Ledger, 'release'>;
  readonly watcher: Pick<AccountWatcher, 'refresh' | 'completeSince' | 'seenWithLabel'>;
  readonly clock: Clock;
  /** The client's time for one call; default 60,000. A create is in doubt no sooner, and no later. */
  readonly timeoutMs?: number;
}

/** From the moment at which the create can no longer be on its way to the moment at which it must be listed. */
const VISIBLE_AFTER_MS = 30_000;
/** Two generations closer together may come from the same stale copy. */
const BETWEEN_GENERATIONS_MS = 20_000;

export interface DoubtStep {
  readonly rental: Rental;
  /** When to look again; undefined when it is resolved. */
  readonly nextAtMs: number | undefined;
}

/** One step for a rental whose status is `creating`. */
export async function resolveDoubt(options: DoubtOptions, rental: Rental): Promise<DoubtStep> {
  const { records, watcher, clock, timeoutMs = 60_000 } = options;
  const attempt = (await records.attempts(rental.id)).find((one) => one.attempt === rental.attempt);
  if (attempt?.sentAtMs === undefined) return { rental, nextAtMs: undefined };
  const settle = (outcome: Parameters<typeof settleAttempt>[0]['outcome']) =>
    settleAttempt({ ...options, rental, attempt, outcome });

  const adopt = async (instanceId: number): Promise<DoubtStep> => ({
    rental: await settle({ kind: 'created', instanceId }),
    nextAtMs: undefined,
  });

  const seen = await watcher.seenWithLabel(attempt.label);
  if (seen) return await adopt(seen.id);
  const earliestMs = attempt.sentAtMs + timeoutMs + VISIBLE_AFTER_MS;
  const nowMs = clock.now();
  const [first] = await watcher.completeSince(earliestMs);
  const wantedMs = first ? first.startedAtMs + BETWEEN_GENERATIONS_MS : earliestMs;
  // It may well be there by now; that it is not proves nothing before the time has come.
  // An old view that is not whole says nothing, however late it was begun: another is taken.
  const startedAfterMs = Math.max(
    attempt.sentAtMs + 1,
    Math.min(nowMs, wantedMs),
    nowMs - BETWEEN_GENERATIONS_MS,
  );
  const view = await watcher.refresh({ startedAfterMs, priority: 'controller' });
  const found = findByLabel(view.instances, attempt.label);
  if (found) return await adopt(found.id);
  if (nowMs < wantedMs) return { rental, nextAtMs: wantedMs };
  if (!first || !view.complete) return { rental, nextAtMs: nowMs + BETWEEN_GENERATIONS_MS };
  const reason = `listings ${first.generation} and ${view.generation} do not hold it: the create never happened`;
  const settled = await settle({ kind: 'refused', reason });
  return {
    rental: await records.change(settled, { status: 'void', reason }),
    nextAtMs: undefined,
  };
}
