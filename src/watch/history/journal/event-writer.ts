// Puts one poll's change events into their tables.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UnfitValue } from './line-values.ts';
import { EVENTS_PER_POLL, FACET_NAMES, FACETS, type FacetName, firstEventId } from './schema.ts';

export type EventStream = FacetName | 'miss';

/** Tables of events: the facets' and that of misses. */
export const EVENT_STREAMS: readonly EventStream[] = [...FACET_NAMES, 'miss'];

export interface EventTableInfo {
  readonly table: string;
  readonly keyColumn: 'line' | 'machine';
  /** Value columns. */
  readonly columns: readonly string[];
}

export function tableOf(stream: EventStream): EventTableInfo {
  if (stream === 'miss') return { table: 'miss_ev', keyColumn: 'line', columns: ['misses'] };
  const { table, keyColumn, eventColumns } = FACETS[stream];
  return { table, keyColumn, columns: eventColumns };
}

export interface EventWriter {
  /** Starts a poll's events; those that a seal has put there before are replaced key by key. */
  begin(poll: number): void;
  put(stream: EventStream, key: number, values: readonly (number | null)[]): void;
  /** Removes what a seal has put at this poll about a line that is gone by it. */
  forget(line: number): void;
  /** Events put since `begin`. */
  count(): number;
  /** Tells that what was put is durable. */
  keepPending(): void;
}

/** Called before each statement of a transaction; tests end the process there. */
export type OnStep = (step: string) => void;

interface Stream {
  readonly insert: StatementSync;
  readonly remove: StatementSync;
  readonly keys: StatementSync;
  /** The largest id in the table; 0 when it is empty. */
  keptId: number;
  nextId: number;
  endId: number;
  /** Ids by key of events that stand there already; empty but for the poll after a seal. */
  standing: Map<number, number>;
}

export function makeEventWriter(db: DatabaseSync, onStep?: OnStep): EventWriter {
  const streams = new Map(EVENT_STREAMS.map((stream) => [stream, makeStream(db, stream)]));
  let count = 0;
  const remove = (name: EventStream, stream: Stream, key: number) => {
    const id = stream.standing.get(key);
    if (id === undefined) return;
    onStep?.(`replace ${name}`);
    stream.remove.run(id);
    stream.standing.delete(key);
  };
  return {
    begin: (poll) => {
      count = 0;
      for (const stream of streams.values()) startPoll(stream, poll);
    },
    put: (name, key, values) => {
      const stream = streams.get(name) as Stream;
      if (stream.standing.size > 0) remove(name, stream, key);
      if (stream.nextId >= stream.endId) {
        throw new UnfitValue(`it has more than ${EVENTS_PER_POLL} changes of ${name}`);
      }
      onStep?.(`insert ${name}`);
      stream.insert.run(stream.nextId, key, ...values);
      stream.nextId += 1;
      count += 1;
    },
    forget: (line) => {
      for (const [name, stream] of streams) if (name !== 'rel') remove(name, stream, line);
    },
    count: () => count,
    keepPending: () => {
      for (const stream of streams.values()) stream.keptId = Math.max(stream.keptId, stream.nextId - 1);
    },
  };
}

function makeStream(db: DatabaseSync, name: EventStream): Stream {
  const { table, keyColumn, columns } = tableOf(name);
  const marks = columns.map(() => '?').join(', ');
  return {
    insert: db.prepare(
      `INSERT INTO ${table} (id, ${keyColumn}, ${columns.join(', ')}) VALUES (?, ?, ${marks})`,
    ),
    remove: db.prepare(`DELETE FROM ${table} WHERE id = ?`),
    keys: db.prepare(`SELECT ${keyColumn} AS key, id FROM ${table} WHERE id >= ? AND id < ?`),
    keptId: Number(db.prepare(`SELECT max(id) AS id FROM ${table}`).get()?.id ?? 0),
    nextId: 0,
    endId: 0,
    standing: new Map(),
  };
}

function startPoll(stream: Stream, poll: number): void {
  stream.endId = firstEventId(poll + 1);
  stream.nextId = Math.max(firstEventId(poll), stream.keptId + 1);
  stream.standing = new Map();
  if (stream.keptId < firstEventId(poll)) return;
  for (const { key, id } of stream.keys.iterate(firstEventId(poll), stream.endId)) {
    stream.standing.set(Number(key), Number(id));
  }
}
