// Turns the changes of the trace into spans, in memory: each key's value stays open from its first poll until another
// takes its place. What a span is, when an offer is missing or gone, and how a poll is hashed is the journal's
// business; here it is done once more, in another way, so that a year takes minutes. A part of the benchmark
// compares both.
import { FIRST_UNSEEN, MISSING } from '../../../src/watch/history/journal/codes.ts';
import {
  addHash,
  EMPTY_HASH,
  formatHash,
  type Hash,
  hashFacet,
  subtractHash,
} from '../../../src/watch/history/journal/row-hash.ts';
import type { FacetName } from '../../../src/watch/history/journal/schema.ts';
import type { Observation } from '../../../src/watch/history/observation.ts';
import type { Trace, TraceStep } from '../trace/trace.ts';
import { cleanValues } from './clean-values.ts';
import { type MonthPoll, type MonthRows, makeSpanRows, type SpanRows } from './month-rows.ts';
import {
  EMPTY_FACETS,
  hashState,
  hasSameAttributes,
  lineOf,
  type OpenRow,
  openRow,
  rowHash,
  stateOf,
} from './open-row.ts';

export interface SpanBuilder {
  /** The number of the newest poll; 0 before the first. */
  readonly poll: number;
  /** Takes the trace's newest poll. */
  take(step: TraceStep): void;
  /** Everything since the last call; what holds at the newest poll is clipped there, and begins anew behind it. */
  cut(): MonthRows;
}

type HashName = 'stateHash' | 'priceHash' | 'reliabilityHash' | 'attrHash';

interface OpenReliability {
  value: number | null;
  from: number;
}

export function createSpanBuilder(trace: Pick<Trace, 'shownBy'>): SpanBuilder {
  const open = new Map<number, OpenRow>();
  const reliabilities = new Map<number, OpenReliability>();
  /** Lines that each machine of the trace has shown in the newest poll. */
  const linesOf: OpenRow[][] = [];
  let poll = 0;
  let spans = makeSpanRows();
  let polls: MonthPoll[] = [];
  let sum: Hash = EMPTY_HASH;
  /** Went missing in the poll before the newest, and in the newest. */
  let missedBefore: OpenRow[] = [];
  let missed: OpenRow[] = [];
  const rowsOf = (facet: FacetName) => spans.get(facet) as SpanRows;

  const setState = (row: OpenRow, s: number) => {
    rowsOf('state').add(row.line, row.stateFrom, poll, [row.s]);
    row.s = s;
    row.stateFrom = poll;
  };

  const compare = (row: OpenRow, shown: Observation) => {
    const before = row.shown;
    const { line } = row;
    const wasSeen = row.s < FIRST_UNSEEN;
    row.comparedIn = poll;
    if (before === shown && wasSeen) return;
    // Most changes are of one value, so its hash alone is exchanged.
    const exchange = (name: HashName, hash: Hash) => {
      if (wasSeen) sum = addHash(subtractHash(sum, row[name]), hash);
      row[name] = hash;
    };
    const s = stateOf(shown);
    if (s !== row.s) {
      setState(row, s);
      exchange('stateHash', hashState(line, s));
    }
    if (shown.dphTotal !== before.dphTotal) {
      rowsOf('price').add(line, row.priceFrom, poll, [before.dphTotal]);
      row.priceFrom = poll;
      exchange('priceHash', hashFacet('price', line, [shown.dphTotal]));
    }
    if (shown.reliability !== before.reliability) {
      exchange('reliabilityHash', hashFacet('rel', line, [shown.reliability]));
    }
    if (!hasSameAttributes(shown, before)) {
      rowsOf('attr').add(line, row.attrFrom, poll, cleanValues('attr', before));
      row.attrFrom = poll;
      exchange('attrHash', hashFacet('attr', line, cleanValues('attr', shown)));
    }
    row.shown = shown;
    if (!wasSeen) sum = addHash(sum, rowHash(row));
  };

  const see = (shown: Observation): OpenRow => {
    const known = open.get(lineOf(shown));
    if (known) {
      compare(known, shown);
      return known;
    }
    const row = openRow(shown, poll);
    open.set(row.line, row);
    sum = addHash(sum, rowHash(row));
    return row;
  };

  const seeReliability = ({ machineId, reliability }: Observation) => {
    const known = reliabilities.get(machineId);
    if (!known) {
      reliabilities.set(machineId, { value: reliability, from: poll });
    } else if (known.value !== reliability) {
      rowsOf('rel').add(machineId, known.from, poll, [known.value]);
      known.value = reliability;
      known.from = poll;
    }
  };

  /** What a machine no longer shows is missing in the first such poll, and gone in the second. */
  const miss = (row: OpenRow) => {
    sum = subtractHash(sum, rowHash(row));
    setState(row, MISSING);
    missed.push(row);
  };

  const emit = (row: OpenRow, until: number) => {
    rowsOf('state').add(row.line, row.stateFrom, until, [row.s]);
    rowsOf('price').add(row.line, row.priceFrom, until, [row.shown.dphTotal]);
    rowsOf('attr').add(row.line, row.attrFrom, until, cleanValues('attr', row.shown));
    for (const facet of EMPTY_FACETS)
      rowsOf(facet).add(row.line, row.restFrom, until, cleanValues(facet, row.shown));
  };

  const cutRow = (row: OpenRow, until: number) => {
    emit(row, until);
    row.stateFrom = until;
    row.priceFrom = until;
    row.attrFrom = until;
    row.restFrom = until;
  };

  /** A journal that was sealed knows the reliability of machines with open offers only. */
  const cutReliabilities = (until: number) => {
    const needed = new Set<number>();
    for (const { shown } of open.values()) needed.add(shown.machineId);
    for (const [machineId, known] of reliabilities) {
      rowsOf('rel').add(machineId, known.from, until, [known.value]);
      known.from = until;
      if (!needed.has(machineId)) reliabilities.delete(machineId);
    }
  };

  return {
    get poll() {
      return poll;
    },
    take({ tsMs, rows, changed }) {
      poll += 1;
      for (const machine of changed) {
        const shown = trace.shownBy(machine);
        if (shown[0]) seeReliability(shown[0]);
        const seen = shown.map(see);
        for (const row of linesOf[machine] ?? [])
          if (row.comparedIn !== poll && open.get(row.line) === row) miss(row);
        linesOf[machine] = seen;
      }
      for (const row of missedBefore) {
        if (row.s !== MISSING) continue;
        emit(row, poll);
        open.delete(row.line);
      }
      missedBefore = missed;
      missed = [];
      polls.push({ poll, tsMs, rows, hash: formatHash(sum) });
    },
    cut() {
      const until = poll + 1;
      for (const row of open.values()) cutRow(row, until);
      cutReliabilities(until);
      const month = { spans, polls };
      spans = makeSpanRows();
      polls = [];
      return month;
    },
  };
}
