// What a poll changes, found by comparing every observation with what is open. Nothing that holds is touched: the
// caller writes the changes first and applies them when they are durable.
import type { Observation, PollInput } from '../observation.ts';
import { decodeLine, encodeLine, encodeState, FIRST_UNSEEN, LARGEST_OFFER_ID, MISSING } from './codes.ts';
import type { Dictionary, Entry } from './dictionaries.ts';
import { cleanNumber, cleanValues, sameValues, UnfitValue } from './line-values.ts';
import { type LineValues, type Machine, makeOpenLine, type OpenLine, shownReliability } from './open-line.ts';
import type { OpenState } from './open-state.ts';
import { addHash, type Hash, type HashValue, subtractHash } from './row-hash.ts';
import { NO_EXCEPTION } from './schema.ts';
import { type SeenRow, settleReliability } from './settle-reliability.ts';
import type { TypeCodes } from './type-codes.ts';

/** `before` is undefined for a line that appears, `after` for one that is gone. */
export interface LineChange {
  readonly line: number;
  readonly before: OpenLine | undefined;
  readonly after: OpenLine | undefined;
}

export interface MachineChange {
  readonly machine: Machine;
  readonly reliability: number | null;
}

export interface PollChanges {
  readonly lines: readonly LineChange[];
  readonly machines: readonly MachineChange[];
  readonly rows: number;
  /** Of one line within the poll; the last one counts. */
  readonly duplicates: number;
  readonly appeared: number;
  readonly gone: number;
  readonly missing: number;
  /** Sum of the hashes of the poll's rows. */
  readonly hash: Hash;
}

/** A row that may differ from what is open. */
interface Draft extends SeenRow {
  readonly before: OpenLine | undefined;
  readonly values: Omit<LineValues, 'exception'>;
  exception: number | null;
}

/** Compares a poll with the open state; throws UnfitValue, naming the offer, when a value cannot be kept. */
export function diffPoll(
  state: OpenState,
  poll: PollInput,
  { keepMisses }: { readonly keepMisses: number },
): PollChanges {
  state.attempt += 1;
  const seen = compareRows(state, poll.observations);
  const machines = settleDisputes(seen);
  const lines: LineChange[] = [];
  for (const draft of seen.drafts.values()) {
    const { before, values, exception } = draft;
    const after = makeOpenLine({ ...values, exception }, draft.reliability, before);
    if (before && sameHash(before.hash, after.hash) && isSame(before, after)) continue;
    lines.push({ line: values.line, before, after });
  }
  const appeared = lines.reduce((count, { before }) => count + (before ? 0 : 1), 0);
  // In most polls every known line is seen again, and nothing has to be looked for.
  const isAllSeen = seen.rows - appeared === state.lines.size;
  const unseen = isAllSeen ? NOTHING_UNSEEN : findUnseen(state, poll, keepMisses);
  for (const change of unseen.lines) lines.push(change);
  return {
    lines,
    machines,
    rows: seen.rows,
    duplicates: poll.observations.length - seen.rows,
    appeared,
    gone: unseen.gone,
    missing: unseen.missing,
    hash: sumUp(state.pollHash, lines),
  };
}

interface Seen {
  readonly rows: number;
  /** By index of the observation. */
  readonly drafts: ReadonlyMap<number, Draft>;
  /** Rows of machines of which some row disagrees with what is known. */
  readonly disputed: readonly Draft[];
}

function compareRows(state: OpenState, observations: readonly Observation[]): Seen {
  const { attempt, lines, types } = state;
  const drafts = new Map<number, Draft>();
  const newLines = new Set<number>();
  const newMachines = new Map<number, Machine>();
  const disputed = new Set<number>();
  const isCounted = new Uint8Array(observations.length);
  let rows = 0;
  let i = 0;
  try {
    // Backwards, so that the last one of several rows of a line is the one that counts.
    for (i = observations.length - 1; i >= 0; i -= 1) {
      const o = observations[i] as Observation;
      const line = lineOf(types, o);
      const slot = lines.find(line);
      if (slot >= 0 ? !lines.markSeen(slot, attempt) : newLines.has(line)) continue;
      isCounted[i] = 1;
      rows += 1;
      const isSteady = slot >= 0 && lines.repeatsSteady(slot, o);
      if (isSteady && lines.repeatsMoving(slot, o)) continue;
      if (slot < 0) newLines.add(line);
      const before = slot < 0 ? undefined : lines.get(slot);
      const draft =
        before && isSteady
          ? makeMovedDraft(before, o)
          : makeDraft({ state, o, line, before, machine: findMachine(state, newMachines, o.machineId) });
      drafts.set(i, draft);
      const { machine } = draft;
      if (!machine.isKnown || draft.reliability !== shownReliability(draft.exception, machine.reliability)) {
        disputed.add(machine.id);
      }
    }
  } catch (error) {
    if (!(error instanceof UnfitValue)) throw error;
    throw new UnfitValue(`offer ${observations[i]?.offerId}: ${error.message}`, { cause: error });
  }
  const disputedRows: Draft[] = [];
  for (i = 0; disputed.size > 0 && i < observations.length; i += 1) {
    const o = observations[i] as Observation;
    if (isCounted[i] === 0 || !disputed.has(o.machineId)) continue;
    const draft = drafts.get(i) ?? makeUnchangedDraft(lines.get(lines.find(lineOf(types, o))));
    drafts.set(i, draft);
    disputedRows.push(draft);
  }
  return { rows, drafts, disputed: disputedRows };
}

function lineOf(types: TypeCodes, { offerId, type }: Observation): number {
  if (!Number.isInteger(offerId) || offerId < 0 || offerId > LARGEST_OFFER_ID) {
    throw new UnfitValue(`its id is no whole number from 0 to ${LARGEST_OFFER_ID}`);
  }
  return encodeLine(offerId, types.codeOf(type));
}

function findMachine(state: OpenState, newMachines: Map<number, Machine>, id: number): Machine {
  const found = state.machines.get(id) ?? newMachines.get(id);
  if (found) return found;
  if (!Number.isSafeInteger(id)) throw new UnfitValue(`machine_id is ${id}, which is no whole number`);
  const machine: Machine = { id: id + 0, reliability: null, isKnown: false };
  newMachines.set(id, machine);
  return machine;
}

interface DraftInput {
  readonly state: OpenState;
  readonly o: Observation;
  readonly line: number;
  readonly before: OpenLine | undefined;
  readonly machine: Machine;
}

function makeDraft({ state, o, line, before, machine }: DraftInput): Draft {
  const entry = (name: 'attr' | 'terms' | 'hardware', dictionary: Dictionary): Entry => {
    const values = cleanValues(name, o);
    return before && sameValues(before[name].values, values) ? before[name] : dictionary.intern(values);
  };
  return {
    before,
    machine,
    reliability: cleanNumber(o.reliability),
    exception: before ? before.exception : NO_EXCEPTION,
    values: {
      line,
      s: encodeState(o.rentable, o.rented, o.availability),
      misses: 0,
      price: cleanNumber(o.dphTotal),
      attr: entry('attr', state.attrs),
      quote: kept(before?.quote, cleanValues('quote', o)),
      terms: entry('terms', state.terms),
      hardware: entry('hardware', state.hardware),
      capacity: kept(before?.capacity, cleanValues('capacity', o)),
      machine,
    },
  };
}

function kept(before: readonly HashValue[] | undefined, values: readonly HashValue[]): readonly HashValue[] {
  return before && sameValues(before, values) ? before : values;
}

/** A row of which nothing but state, price or reliability differs, as it is with most. */
function makeMovedDraft(before: OpenLine, o: Observation): Draft {
  const { line, attr, quote, terms, hardware, capacity, machine, exception } = before;
  const s = encodeState(o.rentable, o.rented, o.availability);
  const price = cleanNumber(o.dphTotal);
  return {
    before,
    machine,
    reliability: cleanNumber(o.reliability),
    exception,
    values: { line, s, misses: 0, price, attr, quote, terms, hardware, capacity, machine },
  };
}

/** A row that repeats what is known, while another of its machine does not. */
function makeUnchangedDraft(before: OpenLine): Draft {
  const { machine, exception } = before;
  return {
    before,
    machine,
    reliability: shownReliability(exception, machine.reliability),
    exception,
    values: before,
  };
}

/** Writes the settled exceptions into the drafts; returns the machines whose reliability changes. */
function settleDisputes(seen: Seen): MachineChange[] {
  const changes: MachineChange[] = [];
  for (const { machine, reliability, rows } of settleReliability(seen.disputed)) {
    if (!machine.isKnown || machine.reliability !== reliability) changes.push({ machine, reliability });
    for (const { row, exception } of rows) row.exception = exception;
  }
  return changes;
}

/** A draft can turn out to be what was there, for example when undefined took the place of null. */
function isSame(before: OpenLine, after: OpenLine): boolean {
  return (
    before.s === after.s &&
    before.misses === after.misses &&
    before.price === after.price &&
    before.attr === after.attr &&
    before.quote === after.quote &&
    before.terms === after.terms &&
    before.hardware === after.hardware &&
    before.capacity === after.capacity &&
    before.machine === after.machine &&
    before.exception === after.exception
  );
}

function sameHash(x: Hash, y: Hash): boolean {
  return x.a === y.a && x.b === y.b;
}

interface Unseen {
  readonly lines: readonly LineChange[];
  readonly gone: number;
  readonly missing: number;
}

const NOTHING_UNSEEN: Unseen = { lines: [], gone: 0, missing: 0 };

/**
 * Absence counts only where the poll was sure to show the line, and not at all in the poll in which the filter
 * changes: its predecessor asked another question.
 */
function findUnseen(state: OpenState, poll: PollInput, keepMisses: number): Unseen {
  const canMiss = state.last === undefined || state.last.filter === poll.filter;
  const lines: LineChange[] = [];
  let gone = 0;
  let missing = 0;
  for (const before of state.lines.listUnseen(state.attempt)) {
    const misses = before.misses + (canMiss && covers(state, poll, before) ? 1 : 0);
    if (misses >= keepMisses) {
      gone += 1;
      lines.push({ line: before.line, before, after: undefined });
      continue;
    }
    missing += 1;
    if (before.s === MISSING && before.misses === misses) continue;
    lines.push({
      line: before.line,
      before,
      after: makeOpenLine({ ...before, s: MISSING, misses }, null, before),
    });
  }
  return { lines, gone, missing };
}

function covers(state: OpenState, poll: PollInput, { line, attr, price }: OpenLine): boolean {
  const [, gpuName, geolocation, numGpus] = attr.values;
  return poll.covers({
    type: state.types.typeOf(decodeLine(line).typeCode),
    gpuName: gpuName as string | null,
    numGpus: numGpus as number | null,
    geolocation: geolocation as string | null,
    dphTotal: price,
  });
}

function sumUp(pollHash: Hash, lines: readonly LineChange[]): Hash {
  let sum = pollHash;
  for (const { before, after } of lines) {
    if (before && before.s < FIRST_UNSEEN) sum = subtractHash(sum, before.hash);
    if (after && after.s < FIRST_UNSEEN) sum = addHash(sum, after.hash);
  }
  return sum;
}
