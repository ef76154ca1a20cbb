// The runs of an account as they are now: one listing by the account watcher, shared with everybody, and our own records.

import type { Instance } from '../../../net/vast/index.ts';
import { isOver, type JobAttempt, type JobRecord } from '../../jobs/index.ts';
import { costReport, type FactsLookup, readPs } from '../../rental/index.ts';
import type { MonitorOptions } from '../monitor-options.ts';
import type { ReckonedBefore } from './foreign-cost.ts';
import { isLongOver, makeEntries } from './make-entries.ts';
import type { RunEntry } from './run-entry.ts';
import { namesOf, selectEntries } from './select-entries.ts';

export interface Roster {
  readonly entries: readonly RunEntry[];
  /** When the listing began that the entries stand on; null where there was none yet. */
  readonly listedAtMs: number | null;
  /** Why there is nothing, or nothing new; null where all is well. */
  readonly trouble: string | null;
  /** Why the account could not be listed; null where it was, whatever it has. */
  readonly failure: string | null;
  readonly creditUsd: number | null;
  readonly creditEndsAtMs: number | null;
  readonly monthEndUsd: number | null;
}

export interface RosterReader {
  /** `startedAfterMs`: the listing must have begun then or later. */
  read(asked: { readonly startedAfterMs: number; readonly signal: AbortSignal }): Promise<Roster>;
}

/** The month's end moves slowly. */
const MONTH_EVERY_MS = 60_000;
/** Everything that was ever seen of machines is read for it. */
const MEMORY_EVERY_MS = 300_000;

export function createRosterReader(options: MonitorOptions): RosterReader {
  const { account, store, watcher, rentals, jobs, memory, ledger, install, clock } = options;
  let instances: ReadonlyMap<number, Instance> = new Map();
  let listedAtMs: number | null = null;
  let facts: { readonly lookup: FactsLookup; readonly atMs: number } | undefined;
  let month: { readonly usd: number | null; readonly atMs: number } | undefined;
  let foreignBefore: ReadonlyMap<number, ReckonedBefore> = new Map();
  const attemptsOf = new Map<string, readonly JobAttempt[]>();
  let known: ReadonlyMap<string, JobRecord> | undefined;

  const monthEnd = async (nowMs: number): Promise<number | null> => {
    if (!ledger) return null;
    if (month && clock.monotonic() - month.atMs < MONTH_EVERY_MS) return month.usd;
    const report = await costReport({ ledger, store, account, by: [], sinceMs: nowMs, nowMs });
    month = { usd: report.month.projectedUsd, atMs: clock.monotonic() };
    return month.usd;
  };

  const remembered = async (): Promise<FactsLookup | undefined> => {
    const isBid = [...instances.values()].some(({ isInterruptible }) => isInterruptible === true);
    if (!memory || !isBid) return undefined;
    if (!facts || clock.monotonic() - facts.atMs >= MEMORY_EVERY_MS) {
      facts = { lookup: await memory.facts(), atMs: clock.monotonic() };
    }
    return facts.lookup;
  };

  /** All of them once, with those that have ended lately; then those that live or did when we last looked. */
  const listJobs = async (): Promise<readonly JobRecord[]> => {
    if (!jobs) return [];
    const isFirst = known === undefined;
    const listed = await jobs.records.list(isFirst ? { account } : { account, isLive: true });
    const present = new Set(listed.map(({ id }) => id));
    const gone = [...(known ?? [])].filter(([id]) => !present.has(id));
    const ended = await Promise.all(
      gone.map(async ([id, record]) => (isOver(record.status) ? record : await jobs.records.get(id))),
    );
    const all = [...listed, ...ended.filter((record) => record !== undefined)].filter(
      (record) => !isLongOver(record, clock.now()),
    );
    for (const { id, status } of all) {
      // What is over does not change any more.
      if (isOver(status) && attemptsOf.has(id) && known?.get(id)?.status === status) continue;
      attemptsOf.set(id, await jobs.records.attempts(id));
    }
    known = new Map(all.map((record) => [record.id, record]));
    for (const id of attemptsOf.keys()) if (!known.has(id)) attemptsOf.delete(id);
    return all;
  };

  return {
    async read({ startedAfterMs, signal }) {
      const view = await watcher.refresh({ startedAfterMs, signal });
      if (view.complete) {
        instances = new Map(view.instances.map((instance) => [instance.id, instance]));
        listedAtMs = view.startedAtMs;
      }
      const nowMs = clock.now();
      const { rows, foot } = await readPs({ store, account, nowMs, ...(install && { install }) });
      const records = await listJobs();
      const lookup = await remembered();
      const entries = makeEntries({
        nowMs,
        listedAtMs,
        rows,
        instances,
        rentals: await rentals.list({ account, isLive: true }),
        jobs: records,
        attempts: attemptsOf,
        foreignBefore,
        seenOf: ({ machineId, hostId }) =>
          lookup?.(machineId, hostId)?.machine ?? { interruptions: 0, hoursSeen: 0 },
        groupOf: (run) =>
          options.rules?.groupOf?.({
            names: namesOf({ jobId: null, rentalId: null, group: null, ...run }),
          }) ?? null,
      });
      foreignBefore = new Map(entries.flatMap(reckonedOf));
      const failure = view.complete
        ? null
        : `The account could not be listed: ${view.reason}; it is tried again`;
      const { entries: chosen, unmatched } = selectEntries(entries, options.select ?? []);
      return {
        entries: chosen,
        listedAtMs,
        trouble: troubleOf({ failure, entries, unmatched }),
        failure,
        creditUsd: foot.creditUsd,
        creditEndsAtMs: foot.creditEndsAtMs,
        monthEndUsd: await monthEnd(nowMs),
      };
    },
  };
}

function troubleOf({
  failure,
  entries,
  unmatched,
}: {
  readonly failure: string | null;
  readonly entries: readonly RunEntry[];
  readonly unmatched: readonly string[];
}): string | null {
  if (failure !== null) return failure;
  if (entries.length === 0) {
    return 'The account has no instances and no jobs; "vd rent" rents one, "vd job submit" hands in work, "vd top --sim" shows how this looks';
  }
  const words = unmatched.map((word) => `"${word}"`).join(', ');
  if (unmatched.length > 0) return `Nothing is called ${words}; "vd ps" shows what there is`;
  return null;
}

/** What an instance that nobody's record tells of has cost until now. */
function reckonedOf(entry: RunEntry): readonly (readonly [number, ReckonedBefore])[] {
  const { instanceId, jobId, rentalId, spentUsd, isSpentAtLeast: isAtLeast, pricePerHour, atMs } = entry;
  if (instanceId === null || jobId !== null || rentalId !== null || spentUsd === null) return [];
  return [[instanceId, { spentUsd, isAtLeast, pricePerHour, atMs }]];
}
