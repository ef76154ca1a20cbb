// Spans by line in typed arrays. A year of them fits into a tenth of a gigabyte, and walking over them takes
// milliseconds where joins take seconds; rows out of DuckDB become them once.
import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { ReportSource } from './source.ts';

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

export type SpanValues = Uint8Array | Int32Array | Float64Array;

export function createLineIndex(): LineIndex {
  return { numbers: new Map(), lines: [], codes: [] };
}

/**
 * Each query gives the columns line DOUBLE, f INTEGER, e INTEGER and a value, which is NaN where it is null. Several
 * queries, of one stretch of time each, keep what DuckDB holds at once small.
 */
export async function loadLineSpans<Value extends SpanValues>(
  source: ReportSource,
  index: LineIndex,
  {
    queries,
    makeValues,
  }: { readonly queries: readonly string[]; readonly makeValues: (length: number) => Value },
): Promise<LineSpans<Value>> {
  const blocks: Block<Value>[] = [];
  for (const sql of queries) blocks.push(await loadBlock(source, index, { sql, makeValues }));
  return byLine(blocks, index, makeValues);
}

/** What one query gave. */
interface Block<Value> {
  readonly runs: readonly Run[];
  readonly f: Int32Array;
  readonly e: Int32Array;
  readonly value: Value;
}

/** Consecutive rows of one line. */
interface Run {
  readonly number: number;
  readonly from: number;
  to: number;
}

async function loadBlock<Value extends SpanValues>(
  source: ReportSource,
  index: LineIndex,
  { sql, makeValues }: { readonly sql: string; readonly makeValues: (length: number) => Value },
): Promise<Block<Value>> {
  const result = await source.connection.run(sql);
  const length = result.rowCount;
  const block = { f: new Int32Array(length), e: new Int32Array(length), value: makeValues(length) };
  const runs: Run[] = [];
  let at = 0;
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    noteRuns(chunk, at, index, runs);
    copyColumn(chunk, 1, block.f, at);
    copyColumn(chunk, 2, block.e, at);
    copyColumn(chunk, 3, block.value, at);
    at += chunk.rowCount;
  }
  return { runs, ...block };
}

function noteRuns(chunk: DuckDBDataChunk, at: number, index: LineIndex, runs: Run[]): void {
  const { numbers, lines, codes } = index;
  const column = chunk.getColumnVector(0);
  let run = runs.at(-1);
  let before = run && lines[run.number];
  const rows = chunk.rowCount;
  for (let row = 0; row < rows; row += 1) {
    const line = column.getItem(row) as number;
    if (line === before && run) {
      run.to += 1;
      continue;
    }
    before = line;
    let number = numbers.get(line);
    if (number === undefined) {
      number = lines.length;
      numbers.set(line, number);
      lines.push(line);
      codes.push(line % TYPE_CODES);
    }
    run = { number, from: at + row, to: at + row + 1 };
    runs.push(run);
  }
}

function copyColumn(chunk: DuckDBDataChunk, column: number, target: SpanValues, at: number): void {
  const vector = chunk.getColumnVector(column);
  const rows = chunk.rowCount;
  for (let row = 0; row < rows; row += 1) target[at + row] = (vector.getItem(row) ?? Number.NaN) as number;
}

/** Every segment holds all lines: a line's runs are put one behind the other. */
function byLine<Value extends SpanValues>(
  blocks: readonly Block<Value>[],
  { lines }: LineIndex,
  makeValues: (length: number) => Value,
): LineSpans<Value> {
  const starts = new Int32Array(lines.length + 1);
  for (const { runs } of blocks)
    for (const { number, from, to } of runs) starts[number + 1] = (starts[number + 1] as number) + to - from;
  for (let at = 1; at < starts.length; at += 1)
    starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  const [only, ...more] = blocks;
  const isInPlace = more.length === 0 && only?.runs.every(({ number, from }) => starts[number] === from);
  if (only && isInPlace) return { starts, f: only.f, e: only.e, value: only.value };
  const length = starts[lines.length] as number;
  const gather = <Column extends SpanValues>(target: Column, columnOf: (block: Block<Value>) => Column) => {
    const next = starts.slice();
    for (const block of blocks) {
      const column = columnOf(block);
      for (const { number, from, to } of block.runs) {
        const place = next[number] as number;
        if (to === from + 1) target[place] = column[from] as number;
        else target.set(column.subarray(from, to), place);
        next[number] = place + to - from;
      }
    }
    return target;
  };
  const spans = {
    starts,
    f: gather(new Int32Array(length), (block) => block.f),
    e: gather(new Int32Array(length), (block) => block.e),
    value: gather(makeValues(length), (block) => block.value),
  };
  sortLines(spans);
  return spans;
}

/** A line's spans come in order from every part, and the parts in theirs: next to nothing is left to do. */
function sortLines({ starts, f, e, value }: LineSpans<SpanValues>): void {
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
