// Spans of a long time, part by part, straight to their places: what a query gives as a whole stays in memory until
// the garbage collector comes by, which over a year is 200 MB.
import type { DuckDBResult } from '@duckdb/node-api';
import { collectGarbage } from '../../base/std/index.ts';
import {
  type LineIndex,
  type LineSpans,
  numberOf,
  type SpanRequest,
  type SpanValues,
  sortLines,
  startsOf,
} from './line-spans.ts';
import { copyColumn, giveMemoryBack, queryDoubles, type ReportSource } from './source.ts';

/** Rows of a chunk of DuckDB's. */
const CHUNK_ROWS = 2_048;

/** Of a tenth of a megabyte each, which the engine knows nothing of. */
const CHUNKS_AT_ONCE = 128;

/** Like loadLineSpans; each of the queries gives one stretch of time. */
export async function streamLineSpans<Value extends SpanValues>(
  source: ReportSource,
  index: LineIndex,
  { queries, makeValues }: Omit<SpanRequest<Value>, 'sql'> & { readonly queries: readonly string[] },
): Promise<LineSpans<Value>> {
  const counts: number[] = [];
  const totals: number[] = [];
  for (const sql of queries) {
    const { line, n } = await queryDoubles(
      source,
      `SELECT line, count(*)::DOUBLE AS n FROM (${sql}) GROUP BY line ORDER BY line`,
      ['line', 'n'],
    );
    for (let at = 0; at < line.length; at += 1) {
      const number = numberOf(index, line[at] as number);
      while (counts.length < number) counts.push(0);
      counts[number] = (counts[number] ?? 0) + (n[at] as number);
    }
    totals.push(n.reduce((sum, rows) => sum + rows, 0));
  }
  while (counts.length < index.lines.length) counts.push(0);
  const starts = startsOf(counts);
  const length = starts[counts.length] as number;
  const spans = { starts, f: new Int32Array(length), e: new Int32Array(length), value: makeValues(length) };
  let next = starts;
  for (const [part, sql] of queries.entries()) {
    // What the part before took would otherwise be added to what this one takes.
    await giveMemoryBack(source);
    const after = next.slice();
    const placed = await place(await source.connection.stream(sql), index, spans, after);
    if (placed === totals[part]) {
      next = after;
      continue;
    }
    // A stream ends early, and without an error, when its connection is asked something else meanwhile.
    next = next.slice();
    await place(await source.connection.run(sql), index, spans, next);
  }
  sortLines(spans);
  return spans;
}

/** Puts rows behind those that their lines already have; `next` is where by line. Returns how many they are. */
async function place(
  result: DuckDBResult,
  index: LineIndex,
  spans: LineSpans<SpanValues>,
  next: Int32Array,
): Promise<number> {
  const places = new Int32Array(CHUNK_ROWS);
  const f = new Int32Array(CHUNK_ROWS);
  const e = new Int32Array(CHUNK_ROWS);
  const value = new Float64Array(CHUNK_ROWS);
  const line = new Float64Array(CHUNK_ROWS);
  let placed = 0;
  let chunks = 0;
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    for (const [column, target] of [line, f, e, value].entries()) copyColumn(chunk, column, target, 0);
    placeLines(line.subarray(0, chunk.rowCount), index, next, places);
    const rows = chunk.rowCount;
    for (let row = 0; row < rows; row += 1) {
      const at = places[row] as number;
      spans.f[at] = f[row] as number;
      spans.e[at] = e[row] as number;
      spans.value[at] = value[row] as number;
    }
    placed += chunk.rowCount;
    chunks += 1;
    if (chunks % CHUNKS_AT_ONCE === 0) collectGarbage('minor');
  }
  return placed;
}

function placeLines(lines: Float64Array, index: LineIndex, next: Int32Array, places: Int32Array): void {
  let before = Number.NaN;
  let number = 0;
  for (let row = 0; row < lines.length; row += 1) {
    const line = lines[row] as number;
    if (line !== before) number = numberOf(index, line);
    before = line;
    const at = next[number] as number;
    places[row] = at;
    next[number] = at + 1;
  }
}
