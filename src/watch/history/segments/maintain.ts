// What a writer does beside appending: removes leftovers at its start, keeps the open snapshot fresh, seals when a
// month is full, rolls up finished days.
import { type Clock, DAY_MS, type Log } from '../../../base/std/index.ts';
import type { Journal } from '../journal/open-journal.ts';
import { type Manifest, readManifest, sealedThrough, writtenThrough } from './manifest.ts';
import { removeLeftovers } from './retire-files.ts';
import { sealPeriod } from './seal-period.ts';
import { rollupsAreDue, writeRollups } from './write-rollups.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** Monthly files take 20 % more than yearly ones and a quarter less than daily ones, and answer as fast as years. */
export const SEAL_PERIOD_MS = 30 * DAY_MS;
/** Programs that read Parquet alone are this far behind at most. */
export const SNAPSHOT_AGE_MS = 10 * 60_000;
/** A seal reads and proves the whole period; after one that did not work, it is not tried at every poll. */
const SEAL_RETRY_MS = 6 * 3_600_000;

export interface MaintenanceOptions {
  readonly dir: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Maintenance {
  /** Does what is due; cheap when nothing is. What does not work is logged, and the store goes on without. */
  run(): Promise<void>;
}

/** Finishes or takes back what a crash has interrupted. Call it once, with the store's lock, before anything else. */
export function recoverSegments(options: Omit<MaintenanceOptions, 'clock'>): void {
  removeLeftovers(options.dir, readManifest(options.dir), options.log);
  finishSeal(options);
}

/** What a segment in the manifest holds, the journal gives up; a seal that was interrupted had not come to that. */
function finishSeal({ dir, journal, log }: Omit<MaintenanceOptions, 'clock'>): void {
  const sealed = sealedThrough(readManifest(dir));
  if (sealed > journal.sealedThrough()) {
    log.info('finishing an interrupted seal', { throughPoll: sealed });
    journal.dropThrough(sealed);
  }
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { dir, journal, clock, log } = options;
  let sealAfterMs = Number.NEGATIVE_INFINITY;
  return {
    run: async () => {
      const newest = journal.lastPoll();
      if (!newest) return;
      try {
        journal.checkpointWhenDue();
      } catch (error) {
        log.warn('the log could not be moved into the journal; no poll is lost, and it is tried again', {
          error,
        });
      }
      if (clock.monotonic() >= sealAfterMs) {
        try {
          finishSeal(options);
          const throughPoll = sealDue({ manifest: readManifest(dir), journal });
          if (throughPoll !== undefined) await sealPeriod({ ...options, throughPoll });
        } catch (error) {
          sealAfterMs = clock.monotonic() + SEAL_RETRY_MS;
          log.error('sealing did not work; no poll is lost, and it is tried again later', { error });
        }
      }
      try {
        const moment = { poll: newest.poll, intervalMs: newest.intervalMs, nowMs: clock.now() };
        if (snapshotIsDue(readManifest(dir), moment)) await writeSnapshot(options);
        if (rollupsAreDue(readManifest(dir), newest.tsMs)) await writeRollups(options);
      } catch (error) {
        log.error('the open snapshot could not be written; no poll is lost, and it is tried again', {
          error,
        });
      }
    },
  };
}

/** The poll to seal through when a period is full: the last one of a UTC day, so that months are whole days. */
export function sealDue({
  manifest,
  journal,
}: {
  readonly manifest: Manifest;
  readonly journal: Pick<Journal, 'polls' | 'lastPoll'>;
}): number | undefined {
  const sealed = sealedThrough(manifest);
  const newest = journal.lastPoll();
  const [first] = journal.polls(sealed, sealed + 1);
  if (!newest || !first || newest.tsMs - first.tsMs < SEAL_PERIOD_MS) return undefined;
  const midnightMs = Math.floor(newest.tsMs / DAY_MS) * DAY_MS;
  const before = journal.polls(sealed).findLast(({ tsMs }) => tsMs < midnightMs);
  return before?.poll;
}

interface Moment {
  readonly poll: number;
  readonly intervalMs: number;
  readonly nowMs: number;
}

/** Whether the snapshot would be too old before the next poll comes along; a clock set back counts as due. */
export function snapshotIsDue(manifest: Manifest, { poll, intervalMs, nowMs }: Moment): boolean {
  if (poll <= writtenThrough(manifest)) return false;
  if (!manifest.open) return true;
  const ageMs = nowMs - manifest.open.writtenAtMs;
  return ageMs < 0 || ageMs + intervalMs > SNAPSHOT_AGE_MS;
}

export type { SealResult } from './seal-period.ts';
