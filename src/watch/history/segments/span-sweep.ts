// Recomputes every poll's hash from spans, in another way than they were made: each facet is walked line by line,
// cut by the polls in which the line was seen, and its hash counted from the poll where it begins to hold until
// the one where it ceases. On the way it proves that spans do not overlap and leave no seen poll without a value.
import type { DuckDBConnection } from '@duckdb/node-api';
import { decodeLine, FIRST_UNSEEN } from '../journal/codes.ts';
import { bindToLine, type HashValue, hashValues } from '../journal/row-hash.ts';
import { FACET_NAMES, FACETS, type FacetName } from '../journal/schema.ts';
import { type HashedInterval, type IntervalTable, makeIntervalTable } from './interval-table.ts';
import { keyColumn } from './parquet-layout.ts';
import {
  firstReaching,
  type Interval,
  intersectIntervals,
  joinAdjacent,
  subtractIntervals,
  totalPolls,
} from './poll-intervals.ts';
import { makePollSums, type PollSums } from './poll-sums.ts';

export interface SweepOptions {
  readonly connection: DuckDBConnection;
  /** A query for a facet's spans in readers' columns, in order of key and first poll. */
  readonly spans: (facet: FacetName) => string;
  readonly firstPoll: number;
  readonly lastPoll: number;
}

export interface SweepResult {
  readonly sums: PollSums;
  /** What is wrong with the spans themselves, a sentence each. */
  readonly faults: readonly string[];
  readonly spans: number;
}

interface Span {
  readonly key: number;
  readonly from: number;
  /** The first poll that it does not hold in. */
  readonly to: number;
  readonly values: readonly HashValue[];
}

/** More sentences than this say nothing new. */
const FAULTS_KEPT = 20;

export async function sweepSpans(options: SweepOptions): Promise<SweepResult> {
  const sums = makePollSums(options.firstPoll, options.lastPoll);
  const faults: string[] = [];
  const report = (fault: string) => {
    if (faults.length < FAULTS_KEPT) faults.push(fault);
  };
  let spans = 0;
  const walk = async (facet: FacetName, visit: (key: number, own: readonly Span[]) => void) => {
    let own: Span[] = [];
    for await (const span of readSpans(options.connection, options.spans(facet), facet)) {
      spans += 1;
      const previous = own.at(-1);
      if (previous && span.key !== previous.key) {
        if (span.key < previous.key)
          report(`${facet} spans are out of order at ${describe(facet, span.key)}`);
        visit(previous.key, own);
        own = [];
      } else if (previous && span.from < previous.to) {
        report(`${facet} spans of ${describe(facet, span.key)} overlap at poll ${span.from}`);
      }
      if (span.from < options.firstPoll || span.to > options.lastPoll + 1 || span.to <= span.from) {
        report(
          `a ${facet} span of ${describe(facet, span.key)} from poll ${span.from} to ${span.to - 1} is out of range`,
        );
        continue;
      }
      own.push(span);
    }
    const last = own.at(-1);
    if (last) visit(last.key, own);
  };

  const seen = makeIntervalTable();
  await walk('state', (line, own) => {
    const observed = own.filter((span) => (span.values[0] as number) < FIRST_UNSEEN);
    for (const span of observed) {
      sums.addRows(span.from, span.to);
      sums.addHash(bindToLine(hashValues('state', span.values), line), span.from, span.to);
    }
    const joined = joinAdjacent(observed);
    if (joined.length > 0) seen.set(line, joined);
  });

  const byMachine = makeIntervalTable();
  await walk('rel', (machine, own) => byMachine.set(machine, own.map(hashedAs('rel'))));
  const exceptions = makeIntervalTable();
  await walk('rel_x', (line, own) => exceptions.set(line, own.map(hashedAs('rel_x'))));

  for (const facet of FACET_NAMES) {
    if (facet === 'state' || facet === 'rel' || facet === 'rel_x') continue;
    const met = new Set<number>();
    await walk(facet, (line, own) => {
      const intervals = seen.get(line);
      if (intervals.length === 0) return;
      met.add(line);
      const covered = count(sums, { line, values: own.map(hashedAs(facet)), within: intervals });
      if (covered < totalPolls(intervals)) report(gap(facet, line, totalPolls(intervals) - covered));
      if (facet !== 'attr') return;
      const withReliability = countReliability(sums, {
        line,
        attrs: own,
        seen: intervals,
        byMachine,
        exceptions,
      });
      if (withReliability < covered) report(gap('rel', line, covered - withReliability));
    });
    for (const line of seen.keys()) {
      if (!met.has(line)) report(gap(facet, line, totalPolls(seen.get(line))));
    }
  }
  return { sums, faults, spans };
}

interface ReliabilityParts {
  readonly line: number;
  readonly attrs: readonly Span[];
  readonly seen: readonly Interval[];
  readonly byMachine: IntervalTable;
  readonly exceptions: IntervalTable;
}

/** A line shows its exception where it has one, else the reliability of the machine that it is on. */
function countReliability(
  sums: PollSums,
  { line, attrs, seen, byMachine, exceptions }: ReliabilityParts,
): number {
  const own = exceptions.get(line);
  let covered = count(sums, { line, values: own, within: seen });
  const machineColumn = FACETS.attr.columns.findIndex((column) => column.name === 'machine_id');
  for (const attr of attrs) {
    const rest = subtractIntervals(intersectIntervals(seen, [attr]), own);
    if (rest.length === 0) continue;
    const values = byMachine.get(attr.values[machineColumn] as number);
    covered += count(sums, { line, values, within: rest });
  }
  return covered;
}

interface CountOptions {
  readonly line: number;
  readonly values: readonly HashedInterval[];
  readonly within: readonly Interval[];
}

/** Adds the values' hashes where the line was seen; returns the number of polls that got one. */
function count(sums: PollSums, { line, values, within }: CountOptions): number {
  let covered = 0;
  let next = firstReaching(values, within[0]?.from ?? 0);
  for (const interval of within) {
    while (next < values.length && (values[next] as Interval).to <= interval.from) next += 1;
    for (let i = next; i < values.length; i += 1) {
      const value = values[i] as HashedInterval;
      if (value.from >= interval.to) break;
      const from = Math.max(value.from, interval.from);
      const to = Math.min(value.to, interval.to);
      sums.addHash(bindToLine(value.hash, line), from, to);
      covered += to - from;
    }
  }
  return covered;
}

/** Reliability counts as one facet, whether it is the machine's or an exception. */
function hashedAs(facet: FacetName): (span: Span) => HashedInterval {
  const hashName = facet === 'rel_x' ? 'rel' : facet;
  return ({ from, to, values }) => ({ from, to, hash: hashValues(hashName, values) });
}

async function* readSpans(
  connection: DuckDBConnection,
  query: string,
  facet: FacetName,
): AsyncGenerator<Span> {
  // Whole numbers beyond 32 bits would arrive as bigint; as doubles they are exact up to 2^53.
  const columns = FACETS[facet].columns.map(({ name, type }) =>
    type === 'BIGINT' ? `${name}::DOUBLE` : name,
  );
  const list = [`${keyColumn(facet)}::DOUBLE`, 'f', 'dur', ...columns].join(', ');
  const result = await connection.stream(`SELECT ${list} FROM (${query})`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const vectors = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const [key, from, dur, ...values] = vectors.map((vector) => vector.getItem(row)) as [
        number,
        number,
        number,
        ...HashValue[],
      ];
      yield { key, from, to: from + dur, values };
    }
  }
}

function gap(facet: FacetName, line: number, polls: number): string {
  return `${describe(facet, line)} was seen in ${polls} polls for which there is no ${facet} span`;
}

function describe(facet: FacetName, key: number): string {
  if (FACETS[facet].key === 'machine') return `machine ${key}`;
  const { offerId, typeCode } = decodeLine(key);
  return `offer ${offerId} (type ${typeCode})`;
}
