// The spans, polls and slices of one month in columns, as they are put into DuckDB and from there into Parquet.
import { FACET_NAMES, FACETS, type FacetName } from '../../../src/watch/history/journal/schema.ts';
import type { Cell } from '../../../src/watch/history/segments/bulk-append.ts';

export interface SpanRows {
  /** Key, first poll, number of polls, and the facet's values. */
  readonly columns: readonly Cell[][];
  readonly length: number;
  /** Adds the span that holds from `from` to before `to`; an empty one is left out. */
  add(key: number, from: number, to: number, values: readonly Cell[]): void;
}

export interface MonthPoll {
  readonly poll: number;
  readonly tsMs: number;
  /** Offers that the trace showed. */
  readonly rows: number;
  readonly hash: string;
}

export interface MonthRows {
  readonly spans: ReadonlyMap<FacetName, SpanRows>;
  readonly polls: readonly MonthPoll[];
}

export function makeSpanRows(): ReadonlyMap<FacetName, SpanRows> {
  return new Map(FACET_NAMES.map((facet) => [facet, makeRows(FACETS[facet].columns.length)]));
}

function makeRows(width: number): SpanRows {
  const keys: number[] = [];
  const firsts: number[] = [];
  const durations: number[] = [];
  const values = Array.from({ length: width }, (): Cell[] => []);
  return {
    columns: [keys, firsts, durations, ...values],
    get length() {
      return keys.length;
    },
    add(key, from, to, cells) {
      if (to <= from) return;
      keys.push(key);
      firsts.push(from);
      durations.push(to - from);
      for (let i = 0; i < width; i += 1) values[i]?.push(cells[i] as Cell);
    },
  };
}
