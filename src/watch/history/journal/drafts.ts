// Rows that may differ from what is open, with all their values: those that stay as the objects that they are.
import type { Dictionary, Entry } from './dictionaries.ts';
import { orNull, readValues, sameValues, UnfitValue } from './line-values.ts';
import { type LineValues, type Machine, type OpenLine, shownReliability } from './open-line.ts';
import type { OpenState } from './open-state.ts';
import type { PackedRows } from './packed-rows.ts';
import type { HashValue } from './row-hash.ts';
import { MACHINE_AT, PRICE_AT, RELIABILITY_AT, ROW_NUMBERS, STATE_AT } from './row-layout.ts';
import { NO_EXCEPTION } from './schema.ts';
import type { SeenRow } from './settle-reliability.ts';

/** A row that may differ from what is open. */
export interface Draft extends SeenRow {
  readonly before: OpenLine | undefined;
  readonly values: LineValues;
}

/** Machines that the poll is the first to show. */
export interface DraftContext {
  readonly state: OpenState;
  readonly newMachines: Map<number, Machine>;
}

function findMachine({ state, newMachines }: DraftContext, id: number): Machine {
  const found = state.machines.get(id) ?? newMachines.get(id);
  if (found) return found;
  if (!Number.isSafeInteger(id)) {
    throw new UnfitValue(`machine_id is ${orNull(id)}, which is no whole number`);
  }
  const machine: Machine = { id, reliability: null, isKnown: false };
  newMachines.set(id, machine);
  return machine;
}

interface DraftInput {
  readonly rows: PackedRows;
  readonly row: number;
  readonly line: number;
  readonly before: OpenLine | undefined;
}

export function makeDraft(context: DraftContext, { rows, row, line, before }: DraftInput): Draft {
  const { state } = context;
  const { numbers } = rows;
  const at = row * ROW_NUMBERS;
  const machine = findMachine(context, numbers[at + MACHINE_AT] as number);
  const entry = (name: 'attr' | 'terms' | 'hardware', dictionary: Dictionary): Entry => {
    const values = readValues(name, rows, row);
    return before && sameValues(before[name].values, values) ? before[name] : dictionary.intern(values);
  };
  return {
    before,
    machine,
    reliability: orNull(numbers[at + RELIABILITY_AT] as number),
    values: {
      line,
      s: numbers[at + STATE_AT] as number,
      misses: 0,
      price: orNull(numbers[at + PRICE_AT] as number),
      attr: entry('attr', state.attrs),
      quote: kept(before?.quote, readValues('quote', rows, row)),
      terms: entry('terms', state.terms),
      hardware: entry('hardware', state.hardware),
      capacity: kept(before?.capacity, readValues('capacity', rows, row)),
      machine,
      exception: before ? before.exception : NO_EXCEPTION,
    },
  };
}

function kept(before: readonly HashValue[] | undefined, values: readonly HashValue[]): readonly HashValue[] {
  return before && sameValues(before, values) ? before : values;
}

/** A row of which nothing but state, price or reliability differs, as it is with most. */
export function makeMovedDraft(before: OpenLine, numbers: Float64Array, at: number): Draft {
  const { line, attr, quote, terms, hardware, capacity, machine, exception } = before;
  const s = numbers[at + STATE_AT] as number;
  const price = orNull(numbers[at + PRICE_AT] as number);
  return {
    before,
    machine,
    reliability: orNull(numbers[at + RELIABILITY_AT] as number),
    values: { line, s, misses: 0, price, attr, quote, terms, hardware, capacity, machine, exception },
  };
}

/** A row that repeats what is known, while another of its machine does not. */
export function makeUnchangedDraft(before: OpenLine): Draft {
  const { machine, exception } = before;
  return {
    before,
    machine,
    reliability: shownReliability(exception, machine.reliability),
    values: { ...before },
  };
}
