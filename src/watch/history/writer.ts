// A store being written: the lock, the journal, and the upkeep of its Parquet files, as one thing with one life.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Clock, type Log, makeFolder } from '../../base/std/index.ts';
import type { FieldChanges } from './journal/api-fields.ts';
import { JOURNAL_FILE } from './journal/database.ts';
import { CorruptStoreError } from './journal/errors.ts';
import { acquireLock } from './journal/lock.ts';
import { type Journal, openJournal } from './journal/open-journal.ts';
import { withFaults } from './journal/sqlite-faults.ts';
import { ensureStoreFile } from './journal/store-file.ts';
import type { AppendResult, OpenOffer, Origin, PackedPoll, PollInput } from './observation.ts';
import { createMaintenance, recoverSegments, type SealResult } from './segments/maintain.ts';
import { readManifest, writtenThrough } from './segments/manifest.ts';
import { sealPeriod } from './segments/seal-period.ts';
import { writeSnapshot } from './segments/write-snapshot.ts';

export interface OpenMarketWriterOptions {
  /** The store's folder; made when absent. */
  readonly dir: string;
  readonly origin: Origin;
  /** What holds the store, for the sentence that a second writer gets: `vastdeck market collect`. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Absences in a row, each in a poll that must have shown the offer, after which it is gone; default 2. */
  readonly keepMisses?: number;
}

export interface MarketWriter extends AsyncDisposable {
  readonly dir: string;
  readonly origin: Origin;
  /** Durable when it returns. When it throws, nothing of the poll was kept and the next can be appended. */
  append(poll: PollInput | PackedPoll): AppendResult;
  /** Names of all fields in the newest poll's answers, once it is appended; says which are new or vanished. */
  recordFields(names: readonly string[]): FieldChanges;
  /** The offers that are not gone, as of the newest poll. */
  openOffers(): readonly OpenOffer[];
  /** What the newest poll that left a note says (`PollInput.note`). */
  note(): string | undefined;
  lastPoll(): { readonly poll: number; readonly tsMs: number; readonly filter: string } | undefined;
  /** Keeps the journal's log short: call it after each poll, or `maintain`, which does it too. Mostly does nothing. */
  checkpoint(): void;
  /** Checkpoint, snapshot, seal and roll-ups, as far as they are due. */
  maintain(): Promise<void>;
  /** Seals all polls through this one, whether it is due or not; default the newest. */
  seal(options?: { readonly throughPoll?: number }): Promise<SealResult>;
  /** Writes the open period as Parquet now. */
  snapshot(): Promise<void>;
  /** Leaves a fresh snapshot and gives the lock back; calling it again is harmless. */
  close(): Promise<void>;
}

/**
 * Opens a store to be its one writer. Throws StoreHeldError, OriginMismatchError, NewerStoreError,
 * CorruptStoreError, StoreNotWritableError, StoreFullError.
 */
export async function openMarketWriter(options: OpenMarketWriterOptions): Promise<MarketWriter> {
  const { origin, holder, clock, log } = options;
  const dir = resolve(options.dir);
  withFaults(dir, () => makeFolder(dir));
  const lock = acquireLock({ dir, clock }, holder);
  try {
    ensureStoreFile({ dir, clock }, origin);
    checkPresence(dir);
    const { keepMisses } = options;
    const journal = openJournal(dir, {
      mode: 'write',
      clock,
      ...(keepMisses === undefined ? {} : { keepMisses }),
    });
    try {
      checkReach(dir, journal);
      recoverSegments({ dir, journal, log });
    } catch (error) {
      journal.close();
      throw error;
    }
    const files = { dir, journal, clock, log };
    const maintenance = createMaintenance(files);
    let closing: Promise<void> | undefined;
    const finish = async () => {
      try {
        await writeSnapshot(files);
      } finally {
        journal.close();
        lock.release();
      }
    };
    const close = () => {
      closing ??= finish();
      return closing;
    };
    return {
      dir,
      origin,
      append: journal.append,
      recordFields: journal.recordFields,
      openOffers: journal.openOffers,
      note: journal.note,
      lastPoll: () => {
        const last = journal.lastPoll();
        return last && { poll: last.poll, tsMs: last.tsMs, filter: last.filter };
      },
      checkpoint: journal.checkpointWhenDue,
      maintain: () => maintenance.run(),
      seal: ({ throughPoll } = {}) =>
        sealPeriod({ ...files, ...(throughPoll === undefined ? {} : { throughPoll }) }),
      snapshot: async () => {
        await writeSnapshot(files);
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Opened, a journal that is gone would be made anew, and its loss could be seen no more. */
function checkPresence(dir: string): void {
  const path = join(dir, JOURNAL_FILE);
  const isThere = existsSync(path) && statSync(path).size > 0;
  if (!isThere && writtenThrough(readManifest(dir)) > 0) {
    throw new CorruptStoreError(dir, `its ${JOURNAL_FILE} is ${existsSync(path) ? 'empty' : 'not there'}`);
  }
}

/**
 * A journal that lags behind the Parquet files was lost or is an old copy; going on with it would give numbers of
 * polls a second time, and replace the open snapshot, which then is all that is left of its polls.
 */
function checkReach(dir: string, journal: Journal): void {
  const written = writtenThrough(readManifest(dir));
  const newest = journal.lastPoll()?.poll ?? 0;
  if (written > newest) {
    throw new CorruptStoreError(
      dir,
      `its Parquet files reach through poll ${written}, and the journal's newest poll is ${newest}`,
    );
  }
}
