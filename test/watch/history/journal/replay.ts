// Reads a journal back in the plainest way: the last event of each key up to a poll is what held in it.
import type { JournalReader } from '../../../../src/watch/history/journal/journal-reader.ts';
import type { HashValue } from '../../../../src/watch/history/journal/row-hash.ts';
import { FACETS, type FacetName, NO_EXCEPTION } from '../../../../src/watch/history/journal/schema.ts';

export type Event = readonly [poll: number, key: number, ...values: (number | null)[]];

export function listEvents(journal: JournalReader, facet: FacetName, after = 0, through?: number): Event[] {
  const events: Event[] = [];
  for (const { length, poll, key, values } of journal.events(facet, after, through)) {
    for (let i = 0; i < length; i += 1) {
      const cells = values.map((column) => (Number.isNaN(column[i]) ? null : (column[i] as number)));
      events.push([poll[i] as number, key[i] as number, ...cells]);
    }
  }
  return events;
}

function lastByKey(
  journal: JournalReader,
  facet: FacetName,
  poll: number,
): Map<number, readonly (number | null)[]> {
  const last = new Map<number, readonly (number | null)[]>();
  for (const [at, key, ...values] of listEvents(journal, facet)) if (at <= poll) last.set(key, values);
  return last;
}

/** State codes of a poll by line, those of lines that were not seen included, gone ones not. */
export function replayStates(journal: JournalReader, poll: number): Map<number, number> {
  const states = new Map<number, number>();
  for (const [line, [s]] of lastByKey(journal, 'state', poll)) if (s !== 255) states.set(line, s as number);
  return states;
}

/** The rows of a poll by line, with values as `hashRow` takes them. */
export function replayRows(journal: JournalReader, poll: number): Map<number, HashValue[]> {
  const machines = lastByKey(journal, 'rel', poll);
  const exceptions = lastByKey(journal, 'rel_x', poll);
  const columns = (['price', 'attr', 'quote', 'terms', 'hardware', 'capacity'] as const).map((name) => {
    const { dictionary } = FACETS[name];
    return {
      name,
      events: lastByKey(journal, name, poll),
      words: dictionary ? journal.dictionary(dictionary) : undefined,
    };
  });
  const rows = new Map<number, HashValue[]>();
  for (const [line, s] of replayStates(journal, poll)) {
    if (s >= 254) continue;
    const values = new Map<FacetName, readonly HashValue[]>([['state', [s]]]);
    for (const { name, events, words } of columns) {
      const event = events.get(line);
      if (!event) throw new Error(`line ${line} has no ${name} at poll ${poll}`);
      const row = words ? words.get(event[0] as number) : event;
      if (!row) throw new Error(`line ${line} has ${name} ${event[0]}, which is in no dictionary`);
      values.set(name, row);
    }
    const machine = values.get('attr')?.[0] as number;
    const exception = exceptions.get(line);
    const reliability =
      exception && exception[0] !== NO_EXCEPTION
        ? exception
        : (machines.get(machine) as readonly (number | null)[]);
    values.set('rel', reliability);
    rows.set(
      line,
      (['state', 'price', 'rel', 'attr', 'quote', 'terms', 'hardware', 'capacity'] as const).flatMap(
        (name) => [...(values.get(name) as readonly HashValue[])],
      ),
    );
  }
  return rows;
}

/** Everything that a journal says, in an order that does not depend on how it came to say it. */
export function dumpJournal(journal: JournalReader): unknown {
  const facets = Object.values(FACETS).map(({ name, dictionary }) => {
    const words = dictionary ? journal.dictionary(dictionary) : undefined;
    const rows = listEvents(journal, name).map(([poll, key, ...values]) =>
      JSON.stringify([poll, key, ...(words ? (words.get(values[0] as number) ?? []) : values.map(String))]),
    );
    return [name, rows.sort()];
  });
  return {
    polls: journal.polls(0),
    slices: journal.slices(0),
    types: journal.types(),
    fields: journal.fields(),
    sealedThrough: journal.sealedThrough(),
    facets,
  };
}
