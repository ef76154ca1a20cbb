// The door to journal.db: to read it beside its writer, or to write it as the one process that holds the store's lock.
import type { Clock } from '../../../base/std/index.ts';
import type { AppendResult, OpenOffer, PackedPoll, PollInput } from '../observation.ts';
import { type FieldChanges, recordFields } from './api-fields.ts';
import { makeAppendPoll } from './append-poll.ts';
import { beginLog, checkpoint, openDatabase } from './database.ts';
import { dropThrough } from './drop-through.ts';
import type { OnStep } from './event-writer.ts';
import { type JournalReader, makeJournalReader } from './journal-reader.ts';
import { listOpenOffers } from './open-offers.ts';
import { restoreState } from './restore.ts';
import { translateFault, withFaults } from './sqlite-faults.ts';

export interface ReadJournal extends JournalReader, Disposable {
  /** The store's folder. */
  readonly dir: string;
  close(): void;
}

export interface Journal extends ReadJournal {
  /**
   * Appends a poll in one durable transaction. When it throws, nothing of the poll was kept and the next one can be
   * appended as usual: InvalidPollError (a value or time that cannot be kept), StoreFullError, StoreNotWritableError.
   */
  readonly append: (poll: PollInput | PackedPoll) => AppendResult;
  /** Names of all fields in the newest poll's answers; call it after `append`. */
  readonly recordFields: (names: readonly string[]) => FieldChanges;
  /**
   * Forgets the events of polls through this one, which are sealed, and writes at the next poll what holds there.
   * Does nothing when that has been done.
   */
  readonly dropThrough: (poll: number) => void;
  /** Keeps the log short without making a poll wait for it: call it between polls. Mostly does nothing. */
  readonly checkpointWhenDue: () => void;
  /** Lines that are not gone. */
  readonly openLineCount: () => number;
  readonly openOffers: () => readonly OpenOffer[];
}

export interface WriteOptions {
  readonly mode: 'write';
  readonly clock: Clock;
  /** Absences in a row, where the poll covered the line, after which it is gone; default 2. */
  readonly keepMisses?: number;
  /** Largest size of journal.db in pages of 4 KiB; no limit by default. */
  readonly maxPages?: number;
  /** Called before each statement; for tests that end the process there. */
  readonly onStep?: OnStep;
}

export const DEFAULT_KEEP_MISSES = 2;

/** Some 5 MB of log. Done after each poll, every transaction would have to begin the log anew, a second flush. */
const POLLS_PER_CHECKPOINT = 32;

/**
 * Opens the journal of a store. Mode `write` creates it when it is not there, and restores and verifies the open
 * state; the caller holds the store's lock. Throws CorruptStoreError, NewerStoreError, StoreNotWritableError.
 */
export function openJournal(dir: string, options: { readonly mode: 'read' }): ReadJournal;
export function openJournal(dir: string, options: WriteOptions): Journal;
export function openJournal(dir: string, options: { readonly mode: 'read' } | WriteOptions): ReadJournal {
  const db = openDatabase(dir, options);
  try {
    return withFaults(dir, () => {
      const reader: ReadJournal = {
        ...guarded(makeJournalReader(db), dir),
        dir,
        close: () => {
          if (db.isOpen) db.close();
        },
        [Symbol.dispose]: () => reader.close(),
      };
      return options.mode === 'read' ? reader : makeWriter({ db, dir, reader }, options);
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

interface WriterDeps {
  readonly db: ReturnType<typeof openDatabase>;
  readonly dir: string;
  readonly reader: ReadJournal;
}

function makeWriter({ db, dir, reader }: WriterDeps, options: WriteOptions): Journal {
  const { clock, onStep, keepMisses = DEFAULT_KEEP_MISSES } = options;
  if (!Number.isInteger(keepMisses) || keepMisses < 1) {
    throw new RangeError(`keepMisses is ${keepMisses}; it must be a whole number of at least 1`);
  }
  const restore = () => restoreState({ db, dir, reader });
  let state = restore();
  let append = makeAppendPoll({ db, dir, clock }, { keepMisses, onStep });
  let pollsInLog = 0;
  return {
    ...reader,
    append: (poll) => {
      pollsInLog += 1;
      return append(state, poll);
    },
    checkpointWhenDue: () => {
      if (pollsInLog < POLLS_PER_CHECKPOINT) return;
      pollsInLog = 0;
      withFaults(dir, () => {
        checkpoint(db);
        beginLog(db);
      });
    },
    recordFields: (names) =>
      withFaults(dir, () => recordFields({ db, onStep }, names, reader.lastPoll()?.poll ?? 1)),
    dropThrough: (poll) =>
      withFaults(dir, () => {
        if (!dropThrough({ db, dir, reader, onStep }, poll)) return;
        // Numbers of pruned entries are free again, so what is in memory starts from the journal anew.
        state = restore();
        append = makeAppendPoll({ db, dir, clock }, { keepMisses, onStep });
      }),
    openLineCount: () => state.lines.size,
    openOffers: () => listOpenOffers(state),
  };
}

/** Damage can show at any page that is read, so every reading function translates its faults. */
function guarded(reader: JournalReader, dir: string): JournalReader {
  const guard =
    <Args extends unknown[], T>(read: (...args: Args) => T) =>
    (...args: Args): T =>
      withFaults(dir, () => read(...args));
  return {
    lastPoll: guard(reader.lastPoll),
    polls: guard(reader.polls),
    slices: guard(reader.slices),
    types: guard(reader.types),
    fields: guard(reader.fields),
    dictionary: guard(reader.dictionary),
    countEvents: guard(reader.countEvents),
    sealedThrough: guard(reader.sealedThrough),
    note: guard(reader.note),
    sizeBytes: guard(reader.sizeBytes),
    consistently: (read) => withFaults(dir, () => reader.consistently(read)),
    events: function* (facet, afterPoll, throughPoll) {
      try {
        yield* reader.events(facet, afterPoll, throughPoll);
      } catch (error) {
        throw translateFault(error, dir);
      }
    },
  };
}
