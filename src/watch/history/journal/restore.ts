// Rebuilds the open state from the journal's events, and proves it by the newest poll's hash.
import type { DatabaseSync } from 'node:sqlite';
import { FIRST_UNSEEN, GONE, MISSING } from './codes.ts';
import type { Dictionary, Entry } from './dictionaries.ts';
import { CorruptStoreError } from './errors.ts';
import { type EventStream, tableOf } from './event-writer.ts';
import {
  type EventBatch,
  type JournalReader,
  makeEventStream,
  selectDictionary,
  selectTypes,
} from './journal-reader.ts';
import { type Machine, makeOpenLine, shownReliability } from './open-line.ts';
import { makeOpenState, type OpenState } from './open-state.ts';
import { addHash, EMPTY_HASH, formatHash, type HashValue } from './row-hash.ts';
import { type FacetName, NO_EXCEPTION } from './schema.ts';

/** The last event of a key. */
export interface LastEvent {
  readonly poll: number;
  readonly values: readonly (number | null)[];
}

/** The last event of each key through a poll, of the keys for which `keep` holds. */
export function lastEvents(
  batches: Iterable<EventBatch>,
  keep: (key: number) => boolean = () => true,
): Map<number, LastEvent> {
  // First the position of the last event only: most events are overtaken, and making their values is the cost.
  const last = new Map<number, { batch: EventBatch; row: number }>();
  for (const batch of batches) {
    const { key, length } = batch;
    for (let row = 0; row < length; row += 1) {
      const k = key[row] as number;
      if (!keep(k)) continue;
      const known = last.get(k);
      if (known) {
        known.batch = batch;
        known.row = row;
      } else {
        last.set(k, { batch, row });
      }
    }
  }
  return new Map(
    [...last].map(([key, { batch, row }]) => [
      key,
      {
        poll: batch.poll[row] as number,
        values: batch.values.map((column) => orNull(column[row] as number)),
      },
    ]),
  );
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Lines that are open through a poll, with their last state event. */
export function openLines(batches: Iterable<EventBatch>): Map<number, LastEvent> {
  const open = new Map<number, { poll: number; s: number }>();
  for (const { key, length, poll, values } of batches) {
    const codes = values[0] as Float64Array;
    for (let row = 0; row < length; row += 1) {
      const line = key[row] as number;
      const s = codes[row] as number;
      if (s === GONE) open.delete(line);
      else open.set(line, { poll: poll[row] as number, s });
    }
  }
  return new Map([...open].map(([line, { poll, s }]) => [line, { poll, values: [s] }]));
}

export interface RestoreDeps {
  readonly db: DatabaseSync;
  readonly dir: string;
  readonly reader: JournalReader;
}

/** The state as of the newest poll. Throws CorruptStoreError when the journal's events do not add up to its hash. */
export function restoreState({ db, dir, reader }: RestoreDeps): OpenState {
  const stored = {
    attrs: selectDictionary(db, 'attrs'),
    terms: selectDictionary(db, 'terms'),
    hardware: selectDictionary(db, 'hardware'),
    types: selectTypes(db),
  };
  const state = makeOpenState(stored, reader.lastPoll());
  const open = openLines(reader.events('state', 0));
  const isOpen = (line: number) => open.has(line);
  const facet = (name: FacetName) => lastEvents(reader.events(name, 0), isOpen);
  const [price, exception, attr, quote] = [facet('price'), facet('rel_x'), facet('attr'), facet('quote')];
  const [terms, hardware, capacity] = [facet('terms'), facet('hardware'), facet('capacity')];
  const misses = lastEvents(makeMissStream(db)(0), isOpen);
  for (const [id, { values }] of lastEvents(reader.events('rel', 0))) {
    state.machines.set(id, { id, reliability: values[0] ?? null, isKnown: true });
  }
  let sum = EMPTY_HASH;
  let rows = 0;
  for (const [line, { poll, values }] of open) {
    const get = (events: Map<number, LastEvent>, name: FacetName) => {
      const event = events.get(line);
      if (!event) throw new CorruptStoreError(dir, `the journal has no ${name} for line ${line}`);
      return event.values;
    };
    const entry = (dictionary: Dictionary, events: Map<number, LastEvent>, name: FacetName): Entry => {
      const found = dictionary.get(get(events, name)[0] ?? 0);
      if (!found) throw new CorruptStoreError(dir, `the journal has no row of ${name} for line ${line}`);
      return found;
    };
    const attrEntry = entry(state.attrs, attr, 'attr');
    const machine = machineOf(state, attrEntry.values[0] ?? null);
    if (!machine)
      throw new CorruptStoreError(dir, `the journal has no reliability for the machine of line ${line}`);
    const s = values[0] as number;
    const own = exception.get(line);
    const ownReliability = own ? (own.values[0] as number | null) : NO_EXCEPTION;
    const miss = misses.get(line);
    const openLine = makeOpenLine(
      {
        line,
        s,
        misses: s === MISSING && miss && miss.poll >= poll ? (miss.values[0] ?? 0) : 0,
        price: get(price, 'price')[0] ?? null,
        attr: attrEntry,
        quote: get(quote, 'quote'),
        terms: entry(state.terms, terms, 'terms'),
        hardware: entry(state.hardware, hardware, 'hardware'),
        capacity: get(capacity, 'capacity'),
        machine,
        exception: ownReliability,
      },
      shownReliability(ownReliability, machine.reliability),
    );
    state.lines.put(openLine);
    if (s < FIRST_UNSEEN) {
      sum = addHash(sum, openLine.hash);
      rows += 1;
    }
  }
  const { last } = state;
  if (formatHash(sum) !== (last?.hash ?? formatHash(EMPTY_HASH)) || rows !== (last?.n ?? 0)) {
    throw new CorruptStoreError(
      dir,
      `the journal's events give ${rows} rows with hash ${formatHash(sum)}, ` +
        `and its newest poll ${last?.poll ?? 0} says ${last?.n ?? 0} with ${last?.hash ?? 'none'}`,
    );
  }
  state.pollHash = sum;
  return state;
}

function machineOf(state: OpenState, id: HashValue): Machine | undefined {
  return typeof id === 'number' ? state.machines.get(id) : undefined;
}

/** Events of misses, which are the journal's own affair and no facet. */
export function makeMissStream(db: DatabaseSync): ReturnType<typeof makeEventStream> {
  return makeStreamOf(db, 'miss');
}

function makeStreamOf(db: DatabaseSync, stream: EventStream): ReturnType<typeof makeEventStream> {
  const { table, keyColumn, columns } = tableOf(stream);
  return makeEventStream(db, { name: stream, table, columns: [keyColumn, ...columns] });
}
