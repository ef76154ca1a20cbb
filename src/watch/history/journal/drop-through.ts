// After a seal: forgets the events that are safe in a segment, and writes down at the next poll what holds there,
// so that the journal again stands on its own. One transaction, and done twice it changes nothing.
import type { DatabaseSync } from 'node:sqlite';
import { GONE } from './codes.ts';
import { checkpoint } from './database.ts';
import { CorruptStoreError } from './errors.ts';
import { EVENT_STREAMS, type EventStream, type OnStep, tableOf } from './event-writer.ts';
import { facetOfDictionary, type JournalReader } from './journal-reader.ts';
import { type LastEvent, lastEvents, makeMissStream, openLines } from './restore.ts';
import { DICTIONARY_NAMES, EVENTS_PER_POLL, firstEventId, NO_EXCEPTION } from './schema.ts';
import { inTransaction } from './transaction.ts';

export interface DropDeps {
  readonly db: DatabaseSync;
  readonly dir: string;
  readonly reader: JournalReader;
  readonly onStep?: OnStep | undefined;
}

/** What to write at the poll after the dropped ones, by table. */
type Keyframes = ReadonlyMap<EventStream, readonly (readonly [key: number, values: LastEvent['values']])[]>;

/**
 * Returns whether there was anything to drop. Throws CorruptStoreError for a poll that the journal has not reached:
 * then it is not the journal that was sealed.
 */
export function dropThrough({ db, dir, reader, onStep }: DropDeps, poll: number): boolean {
  const last = reader.lastPoll()?.poll ?? 0;
  if (!Number.isInteger(poll) || poll < 1) throw new RangeError(`${poll} is no number of a poll`);
  if (poll > last) {
    throw new CorruptStoreError(
      dir,
      `it is sealed through poll ${poll}, and the journal's newest poll is ${last}`,
    );
  }
  if (poll <= reader.sealedThrough()) return false;
  const misses = makeMissStream(db);
  inTransaction(db, onStep, () => {
    const keyframes = collectKeyframes(reader, misses, poll);
    const run = (step: string, sql: string, ...params: (number | string)[]) => {
      onStep?.(step);
      db.prepare(sql).run(...params);
    };
    for (const stream of EVENT_STREAMS) {
      run(`drop ${stream}`, `DELETE FROM ${tableOf(stream).table} WHERE id < ?`, firstEventId(poll + 1));
      writeKeyframes(db, { stream, poll: poll + 1, rows: keyframes.get(stream) ?? [], onStep });
    }
    run('drop slices', 'DELETE FROM slice_ev WHERE id < ?', firstEventId(poll + 1));
    run('drop slice kinds', 'DELETE FROM slice_kinds WHERE kind NOT IN (SELECT kind FROM slice_ev)');
    // The newest poll stays: its hash proves the open state, and the next poll's number follows from it.
    run('drop polls', 'DELETE FROM polls WHERE poll <= ? AND poll < ?', poll, last);
    for (const name of DICTIONARY_NAMES) {
      const facet = facetOfDictionary(name);
      run(`prune ${name}`, `DELETE FROM ${name} WHERE ${facet} NOT IN (SELECT ${facet} FROM ${facet}_ev)`);
    }
    run('remember', "INSERT OR REPLACE INTO meta VALUES ('sealed_through', ?)", poll);
  });
  checkpoint(db);
  return true;
}

type MissStream = ReturnType<typeof makeMissStream>;

function collectKeyframes(reader: JournalReader, misses: MissStream, poll: number): Keyframes {
  const open = openLines(reader.events('state', 0, poll));
  // A line that is gone at the very next poll needs no values there.
  for (const [line, { values }] of lastEvents(reader.events('state', poll, poll + 1))) {
    if (values[0] === GONE) open.delete(line);
  }
  const machines = neededMachines(reader, open, poll);
  const keyframes = new Map<EventStream, [number, LastEvent['values']][]>();
  for (const stream of EVENT_STREAMS) {
    const events = (after: number, through: number) =>
      stream === 'miss' ? misses(after, through) : reader.events(stream, after, through);
    const isNeeded = (key: number) => (stream === 'rel' ? machines.has(key) : open.has(key));
    const own = lastEvents(events(poll, poll + 1), isNeeded);
    const rows: [number, LastEvent['values']][] = [];
    const values = stream === 'state' ? open : lastEvents(events(0, poll), isNeeded);
    for (const [key, event] of values) {
      if (own.has(key) || !stillHolds(stream, event, open.get(key))) continue;
      rows.push([key, event.values]);
    }
    keyframes.set(
      stream,
      rows.sort(([x], [y]) => x - y),
    );
  }
  return keyframes;
}

function stillHolds(stream: EventStream, event: LastEvent, state: LastEvent | undefined): boolean {
  if (stream === 'rel_x') return event.values[0] !== NO_EXCEPTION;
  // Misses count from the event by which the line went missing; earlier ones belong to an earlier absence.
  if (stream === 'miss') return state !== undefined && event.poll >= state.poll;
  return true;
}

/** Machines of open lines, and those that later events speak of without repeating their reliability. */
function neededMachines(
  reader: JournalReader,
  open: ReadonlyMap<number, LastEvent>,
  poll: number,
): Set<number> {
  const attrs = reader.dictionary('attrs');
  const machines = new Set<number>();
  const add = (attr: number | null | undefined) => {
    const machine = attrs.get(attr ?? 0)?.[0];
    if (typeof machine === 'number') machines.add(machine);
  };
  for (const { values } of lastEvents(reader.events('attr', 0, poll), (line) => open.has(line)).values()) {
    add(values[0]);
  }
  for (const batch of reader.events('attr', poll)) {
    for (const attr of batch.values[0] as Float64Array) add(attr);
  }
  return machines;
}

interface KeyframeRows {
  readonly stream: EventStream;
  readonly poll: number;
  readonly rows: readonly (readonly [key: number, values: LastEvent['values']])[];
  readonly onStep: OnStep | undefined;
}

function writeKeyframes(db: DatabaseSync, { stream, poll, rows, onStep }: KeyframeRows): void {
  const { table, keyColumn, columns } = tableOf(stream);
  const first = firstEventId(poll);
  const end = first + EVENTS_PER_POLL;
  const taken = db.prepare(`SELECT max(id) AS id FROM ${table} WHERE id >= ? AND id < ?`).get(first, end)?.id;
  let id = taken === null || taken === undefined ? first : Number(taken) + 1;
  if (id + rows.length > end) {
    throw new RangeError(
      `Poll ${poll} has no room for the ${rows.length} values of ${stream} that hold there`,
    );
  }
  const marks = columns.map(() => '?').join(', ');
  const insert = db.prepare(
    `INSERT INTO ${table} (id, ${keyColumn}, ${columns.join(', ')}) VALUES (?, ?, ${marks})`,
  );
  for (const [key, values] of rows) {
    onStep?.(`keyframe ${stream}`);
    insert.run(id, key, ...values);
    id += 1;
  }
}
