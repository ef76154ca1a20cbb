// Spans by line in typed arrays. A year of them fits into a tenth of a gigabyte, and walking over them takes
// milliseconds where joins take seconds; rows out of DuckDB become them once.
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { copyColumn, type ReportSource } from './source.ts';

/** Numbers of lines in the order in which they were first met; every facet counts lines by it. */
export interface LineIndex {
  readonly numbers: Map<number, number>;
  readonly lines: number[];
  /** Codes of their types. */
  readonly codes: number[];
}

/** Spans of the line numbered `i`: those from `starts[i]` to before `starts[i + 1]`, ascending, covering [f, e). */
export interface LineSpans<Value extends SpanValues> {
  readonly starts: Int32Array;
  readonly f: Int32Array;
  readonly e: Int32Array;
  readonly value: Value;
}

/** A line is offer * 16 + type. */
export const TYPE_CODES = 16;

export function offerIdOf(line: number): number {
  return Math.floor(line / TYPE_CODES);
}

export type SpanValues = Uint8Array | Int32Array | Float64Array;

export function createLineIndex(): LineIndex {
  return { numbers: new Map(), lines: [], codes: [] };
}

/** The number of a line, a new one when it is met first. */
export function numberOf({ numbers, lines, codes }: LineIndex, line: number): number {
  let number = numbers.get(line);
  if (number === undefined) {
    number = lines.length;
    numbers.set(line, number);
    lines.push(line);
    codes.push(line % TYPE_CODES);
  }
  return number;
}

export interface SpanRequest<Value extends SpanValues> {
  /** Gives the columns line DOUBLE, f INTEGER, e INTEGER and a value, which is NaN where it is null. */
  readonly sql: string;
  readonly makeValues: (length: number) => Value;
}

export async function loadLineSpans<Value extends SpanValues>(
  source: ReportSource,
  index: LineIndex,
  { sql, makeValues }: SpanRequest<Value>,
): Promise<LineSpans<Value>> {
  const result = await source.connection.run(sql);
  return byLine(await fetchBlock(result, index, { length: result.rowCount, makeValues }), index, makeValues);
}

/** What a query gave. */
interface Block<Value> {
  readonly runs: Runs;
  readonly f: Int32Array;
  readonly e: Int32Array;
  readonly value: Value;
}

/** Consecutive rows of one line each: run i is of line `numbers[i]`, and begins at row `froms[i]`. */
interface Runs {
  readonly numbers: number[];
  readonly froms: number[];
}

async function fetchBlock<Value extends SpanValues>(
  result: DuckDBResult,
  index: LineIndex,
  { length, makeValues }: { readonly length: number; readonly makeValues: (length: number) => Value },
): Promise<Block<Value>> {
  const block = { f: new Int32Array(length), e: new Int32Array(length), value: makeValues(length) };
  const runs: Runs = { numbers: [], froms: [] };
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    noteRuns(chunk, at, index, runs);
    copyColumn(chunk, 1, block.f, at);
    copyColumn(chunk, 2, block.e, at);
    copyColumn(chunk, 3, block.value, at);
    at += chunk.rowCount;
  }
  runs.froms.push(at);
  return { runs, ...block };
}

function noteRuns(chunk: DuckDBDataChunk, at: number, index: LineIndex, runs: Runs): void {
  const column = chunk.getColumnVector(0);
  const last = runs.numbers.at(-1);
  let before = last === undefined ? undefined : index.lines[last];
  const rows = chunk.rowCount;
  for (let row = 0; row < rows; row += 1) {
    const line = column.getItem(row) as number;
    if (line === before) continue;
    before = line;
    runs.numbers.push(numberOf(index, line));
    runs.froms.push(at + row);
  }
}

/** Every segment holds all lines: a line's runs are put one behind the other. */
function byLine<Value extends SpanValues>(
  { runs, f, e, value }: Block<Value>,
  { lines }: LineIndex,
  makeValues: (length: number) => Value,
): LineSpans<Value> {
  const { numbers, froms } = runs;
  const counts = new Float64Array(lines.length);
  for (let run = 0; run < numbers.length; run += 1) {
    const number = numbers[run] as number;
    counts[number] = (counts[number] as number) + (froms[run + 1] as number) - (froms[run] as number);
  }
  const starts = startsOf(counts);
  if (numbers.every((number, run) => starts[number] === froms[run])) return { starts, f, e, value };
  const spans = {
    starts,
    f: gatherRuns(runs, f, new Int32Array(f.length), starts.slice()),
    e: gatherRuns(runs, e, new Int32Array(f.length), starts.slice()),
    value: gatherRuns(runs, value, makeValues(f.length), starts.slice()),
  };
  sortLines(spans);
  return spans;
}

/** Where each line's spans begin, and at last where they end. */
export function startsOf(counts: ArrayLike<number>): Int32Array {
  const starts = new Int32Array(counts.length + 1);
  for (let line = 0; line < counts.length; line += 1)
    starts[line + 1] = (starts[line] as number) + (counts[line] as number);
  return starts;
}

/** Copies each run to where its line goes on. No views: half a million of them would take 100 MB. */
function gatherRuns<Column extends SpanValues>(
  { numbers, froms }: Runs,
  column: Column,
  target: Column,
  next: Int32Array,
): Column {
  for (let run = 0; run < numbers.length; run += 1) {
    const number = numbers[run] as number;
    const to = froms[run + 1] as number;
    let place = next[number] as number;
    for (let row = froms[run] as number; row < to; row += 1) {
      target[place] = column[row] as number;
      place += 1;
    }
    next[number] = place;
  }
  return target;
}

/** Puts each line's spans in order. They come in order from every part, and the parts in theirs: little is left to do. */
export function sortLines({ starts, f, e, value }: LineSpans<SpanValues>): void {
  const swap = (column: SpanValues, at: number) => {
    const kept = column[at] as number;
    column[at] = column[at - 1] as number;
    column[at - 1] = kept;
  };
  for (let line = 0; line + 1 < starts.length; line += 1) {
    const from = starts[line] as number;
    for (let end = from + 1; end < (starts[line + 1] as number); end += 1) {
      for (let at = end; at > from && (f[at] as number) < (f[at - 1] as number); at -= 1) {
        swap(f, at);
        swap(e, at);
        swap(value, at);
      }
    }
  }
}

/** Place of a line's first span that ends after a poll, among those from `from` to before `to`. */
export function firstEndingAfter(e: Int32Array, from: number, to: number, poll: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((e[middle] as number) <= poll) low = middle + 1;
    else high = middle;
  }
  return low;
}
