// The rows of one poll as they come from a source: refused rows are counted, and of several rows of one
// offer and type the last is kept.
import { parseRawRow, type RawCell, type RawObservation } from './raw-row.ts';

/** How many refused rows are named; beyond them only the count grows. */
const REFUSALS_NAMED = 20;

export interface RefusedRow {
  /** Where it stands: `row 12` of a file (its header not counted), `rowid 12` of a table. */
  readonly where: string;
  readonly reason: string;
}

/** Refused rows: all counted, the first named. */
export class RefusalList {
  count = 0;
  readonly named: RefusedRow[] = [];

  add(where: string, reason: string, times = 1): void {
    this.count += times;
    if (this.named.length < REFUSALS_NAMED) this.named.push({ where, reason });
  }
}

export interface SourcePoll {
  /** Whole seconds, as epoch milliseconds. */
  readonly tsMs: number;
  /** One for each offer and type. */
  readonly observations: readonly RawObservation[];
  /** Rows that a later row of the same offer and type replaced. */
  readonly duplicates: number;
}

export interface PollCollector {
  /** Takes the values of a row, in the order of the source: a later one replaces an earlier. */
  add(where: () => string, values: readonly RawCell[]): void;
  finish(): SourcePoll;
}

export function collectPoll(tsMs: number, refusals: RefusalList): PollCollector {
  const observations: RawObservation[] = [];
  const placeByType = new Map<string | null, Map<number, number>>();
  let duplicates = 0;
  return {
    add: (where, values) => {
      const row = parseRawRow(values);
      if (typeof row === 'string') return refusals.add(where(), row);
      let places = placeByType.get(row.type);
      if (!places) {
        places = new Map();
        placeByType.set(row.type, places);
      }
      const place = places.get(row.offerId);
      if (place === undefined) {
        places.set(row.offerId, observations.length);
        observations.push(row);
      } else {
        duplicates += 1;
        observations[place] = row;
      }
    },
    finish: () => ({ tsMs, observations, duplicates }),
  };
}
