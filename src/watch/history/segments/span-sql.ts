// The SQL that turns change events into spans: an event holds until the next one of its key, and everything about
// a line ends where the line is gone.
import { GONE } from '../journal/codes.ts';
import { FACETS, type FacetName } from '../journal/schema.ts';
import { keyColumn, valueColumns } from './parquet-layout.ts';

export interface SpansFromEventsOptions {
  /** A query for the spans open at the base, in readers' columns; none by default. */
  readonly carried: string | undefined;
  /** The last poll of the period; what is still open ends with it. */
  readonly lastPoll: number;
  /** Whether any events are staged, of whatever facet. */
  readonly hasEvents: boolean;
}

// When several events of a key fall on one poll, the last in this order holds: what was carried over the base,
// what the journal says (in the order in which it was written), the end of the line.
const CARRIED = 0;
const SAID = 1;
const ENDED = 2;

/** A query for the spans of the staged events of a facet, with the spans carried over from the base. */
export function spansFromEvents(name: FacetName, options: SpansFromEventsOptions): string {
  const { carried, lastPoll, hasEvents } = options;
  const key = keyColumn(name);
  const columns = valueColumns(name);
  if (carried && !hasEvents) {
    const dur = `(${lastPoll + 1} - f)::INTEGER AS dur`;
    return `SELECT ${key}, f, ${dur}, ${columns} FROM (${carried}) WHERE f <= ${lastPoll}`;
  }
  const sources = [
    `SELECT e.key::BIGINT AS ${key}, e.poll::INTEGER AS f, ${SAID} AS rank, e.rowid AS seq, ${stagedValues(name)}`,
  ];
  if (carried) sources.push(`SELECT ${key}, f, ${CARRIED}, 0, ${columns} FROM (${carried})`);
  if (FACETS[name].key === 'line' && name !== 'state') {
    const nulls = FACETS[name].columns.map(() => 'NULL').join(', ');
    sources.push(
      `SELECT key::BIGINT, poll::INTEGER, ${ENDED}, rowid, ${nulls} FROM staged.state WHERE s = ${GONE}`,
    );
  }
  return `SELECT ${key}, f,
      (lead(f, 1, ${lastPoll + 1}) OVER (PARTITION BY ${key} ORDER BY f, rank, seq) - f)::INTEGER AS dur, ${columns}
    FROM (${sources.join(' UNION ALL ')})
    QUALIFY dur > 0 AND rank < ${ENDED}${endingValue(name)}`;
}

function stagedValues(name: FacetName): string {
  const facet = FACETS[name];
  if (facet.dictionary) {
    const columns = facet.columns.map((column) => `d.${column.name}`).join(', ');
    return `${columns} FROM staged.${name} e JOIN staged.${name}_dictionary d ON d.id = e.${name}`;
  }
  const columns = facet.columns.map((column) => `e.${column.name}::${column.type} AS ${column.name}`);
  return `${columns.join(', ')} FROM staged.${name} e`;
}

/** Events that end something without a new value: a line's state, and its exception from its machine. */
function endingValue(name: FacetName): string {
  if (name === 'state') return ` AND s <> ${GONE}`;
  if (name === 'rel_x') return " AND reliability2 IS DISTINCT FROM '-infinity'::DOUBLE";
  return '';
}
