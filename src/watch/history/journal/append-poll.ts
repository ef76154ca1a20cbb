// Appends one poll: difference, one durable transaction, and only then the state in memory.
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../base/std/index.ts';
import type { AppendResult, PackedPoll, PollFrame, PollInput } from '../observation.ts';
import { GONE, MISSING } from './codes.ts';
import { diffPoll, type LineChange, type PollChanges } from './diff-poll.ts';
import { InvalidPollError } from './errors.ts';
import { type EventWriter, makeEventWriter, type OnStep } from './event-writer.ts';
import { NOTE_KEY, type PollRow } from './journal-reader.ts';
import { aboutOffer, UnfitValue } from './line-values.ts';
import type { OpenState } from './open-state.ts';
import { createRowPacker, type RowPacker } from './pack-rows.ts';
import { formatHash } from './row-hash.ts';
import { NO_EXCEPTION } from './schema.ts';
import { makeSliceWriter, type SliceWriter } from './slice-writer.ts';
import { translateFault } from './sqlite-faults.ts';
import { inTransaction } from './transaction.ts';

export interface AppendDeps {
  readonly db: DatabaseSync;
  readonly dir: string;
  readonly clock: Clock;
}

export interface AppendOptions {
  readonly keepMisses: number;
  readonly onStep?: OnStep | undefined;
}

export type AppendPoll = (state: OpenState, poll: PollInput | PackedPoll) => AppendResult;

/**
 * Makes the function that appends polls to `state`. When it throws, neither the journal nor the state has changed:
 * InvalidPollError for a poll that cannot be kept, StoreFullError and others for what the disk says.
 */
export function makeAppendPoll(
  { db, dir, clock }: AppendDeps,
  { keepMisses, onStep }: AppendOptions,
): AppendPoll {
  const events = makeEventWriter(db, onStep);
  const slices = makeSliceWriter(db, onStep);
  const write = makePollWriter(db, { events, slices, onStep });
  const packer = createRowPacker();
  return (state, given) => {
    const startedMs = clock.monotonic();
    const dictionaries = [state.attrs, state.terms, state.hardware, state.types];
    try {
      checkTime(dir, state.last, given);
      const poll = 'rows' in given ? given : packPoll(packer, given);
      const changes = diffPoll(state, poll, { keepMisses });
      const diffedMs = clock.monotonic();
      const row = makePollRow(state, poll, changes);
      inTransaction(db, onStep, () => write(state, poll, row, changes));
      for (const dictionary of dictionaries) dictionary.keepPending();
      slices.keepPending();
      events.keepPending();
      applyChanges(state, row, changes);
      onStep?.('applied');
      return {
        poll: row.poll,
        rows: changes.rows,
        events: events.count(),
        appeared: changes.appeared,
        gone: changes.gone,
        missing: changes.missing,
        diffMs: diffedMs - startedMs,
        commitMs: clock.monotonic() - diffedMs,
      };
    } catch (error) {
      for (const dictionary of dictionaries) dictionary.dropPending();
      if (error instanceof UnfitValue) {
        throw new InvalidPollError(dir, `The poll cannot be kept, and nothing of it was: ${error.message}`, {
          cause: error,
        });
      }
      throw translateFault(error, dir);
    }
  };
}

function packPoll(packer: RowPacker, { observations, ...frame }: PollInput): PackedPoll {
  packer.clear();
  for (const observation of observations) {
    try {
      packer.add(observation);
    } catch (error) {
      throw aboutOffer(error, observation.offerId);
    }
  }
  return { ...frame, rows: [packer.rows()] };
}

/** Time decides how long a value held, so it must go forward from poll to poll. */
function checkTime(dir: string, last: PollRow | undefined, { tsMs, intervalMs }: PollFrame): void {
  if (!Number.isSafeInteger(tsMs) || !Number.isSafeInteger(intervalMs)) {
    throw new InvalidPollError(
      dir,
      `A poll needs whole milliseconds, not ts ${tsMs} and interval ${intervalMs}`,
    );
  }
  if (last && tsMs <= last.tsMs) {
    throw new InvalidPollError(
      dir,
      `A poll of ${iso(tsMs)} cannot follow poll ${last.poll} of ${iso(last.tsMs)}; ` +
        'if the clock was set back, collecting goes on when it has passed that time',
    );
  }
}

function iso(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}

function makePollRow(state: OpenState, poll: PollFrame, changes: PollChanges): PollRow {
  return {
    poll: (state.last?.poll ?? 0) + 1,
    tsMs: poll.tsMs,
    intervalMs: poll.intervalMs,
    filter: poll.filter,
    n: changes.rows,
    complete: poll.slices.every((slice) => slice.complete),
    duplicates: poll.duplicates + changes.duplicates,
    hash: formatHash(changes.hash),
  };
}

interface PollWriterParts {
  readonly events: EventWriter;
  readonly slices: SliceWriter;
  readonly onStep: OnStep | undefined;
}

function makePollWriter(db: DatabaseSync, { events, slices, onStep }: PollWriterParts) {
  const insertPoll = db.prepare('INSERT INTO polls VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const insertType = db.prepare('INSERT INTO types VALUES (?, ?)');
  const insertAttr = db.prepare(`INSERT INTO attrs VALUES (${marks(9)})`);
  const insertTerms = db.prepare(`INSERT INTO terms VALUES (${marks(5)})`);
  const writeNote = db.prepare(`INSERT OR REPLACE INTO meta VALUES ('${NOTE_KEY}', ?)`);
  const insertHardware = db.prepare(`INSERT INTO hardware VALUES (${marks(15)})`);
  return (state: OpenState, poll: PollFrame, row: PollRow, changes: PollChanges): void => {
    onStep?.('insert poll');
    const { tsMs, intervalMs, filter, n, complete, duplicates, hash } = row;
    insertPoll.run(row.poll, tsMs, intervalMs, filter, n, complete ? 1 : 0, duplicates, hash);
    slices.write(row, poll.slices);
    if (poll.note !== undefined) {
      onStep?.('write note');
      writeNote.run(poll.note);
    }
    for (const { code, type } of state.types.pending()) {
      onStep?.('insert type');
      insertType.run(code, type);
    }
    for (const [dictionary, insert] of [
      [state.attrs, insertAttr],
      [state.terms, insertTerms],
      [state.hardware, insertHardware],
    ] as const) {
      for (const { id, values } of dictionary.pending()) {
        onStep?.('insert entry');
        insert.run(id, ...values);
      }
    }
    events.begin(row.poll);
    for (const { machine, reliability } of changes.machines) events.put('rel', machine.id, [reliability]);
    for (const change of changes.lines) putLine(events, change);
  };
}

function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

function putLine(events: EventWriter, { line, before, after }: LineChange): void {
  if (before?.s !== after?.s || !before) events.put('state', line, [after ? after.s : GONE]);
  const exception = after ? after.exception : NO_EXCEPTION;
  if ((before ? before.exception : NO_EXCEPTION) !== exception) events.put('rel_x', line, [exception]);
  if (!after) {
    events.forget(line);
    return;
  }
  if (after.s === MISSING && after.misses > 0 && after.misses !== before?.misses) {
    events.put('miss', line, [after.misses]);
  }
  if (before?.price !== after.price) events.put('price', line, [after.price]);
  if (before?.attr !== after.attr) events.put('attr', line, [after.attr.id]);
  if (before?.quote !== after.quote) {
    events.put('quote', line, after.quote as readonly (number | null)[]);
  }
  if (before?.terms !== after.terms) events.put('terms', line, [after.terms.id]);
  if (before?.hardware !== after.hardware) events.put('hardware', line, [after.hardware.id]);
  if (before?.capacity !== after.capacity) {
    events.put('capacity', line, after.capacity as readonly (number | null)[]);
  }
}

function applyChanges(state: OpenState, row: PollRow, changes: PollChanges): void {
  for (const { machine, reliability } of changes.machines) {
    machine.reliability = reliability;
    machine.isKnown = true;
    state.machines.set(machine.id, machine);
  }
  for (const { line, after } of changes.lines) {
    if (after) state.lines.put(after);
    else state.lines.remove(line);
  }
  state.pollHash = changes.hash;
  state.last = row;
}
