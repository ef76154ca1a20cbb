// The views over spans, polls and slices: what is sealed, what the open snapshot holds, and what came after it.
import { join } from 'node:path';
import { FACET_NAMES, type FacetName } from '../journal/schema.ts';
import { quote } from './duckdb-session.ts';
import type { Manifest, PollRange } from './manifest.ts';
import type { OpenPeriod } from './open-period.ts';
import { decodedColumns, keyColumn, valueColumns } from './parquet-layout.ts';

export interface StoreFiles {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly period: OpenPeriod;
}

/** A stretch of polls whose spans are complete in themselves. */
export interface Part {
  readonly firstTsMs: number;
  readonly lastTsMs: number;
  /** Query for a facet's spans. */
  readonly spans: (facet: FacetName) => string;
}

/** Statements that make `polls`, `slices`, `types`, `<facet>_spans` and `<facet>_now`. */
export function spanViews(files: StoreFiles): readonly string[] {
  return [
    pollsTable(files),
    `CREATE OR REPLACE VIEW slices AS ${everywhere(files, 'slices')}`,
    'CREATE OR REPLACE VIEW types AS FROM part.types',
    ...FACET_NAMES.map((facet) => `CREATE OR REPLACE VIEW ${facet}_spans AS ${allSpans(files, facet)}`),
    ...FACET_NAMES.map((facet) => `CREATE OR REPLACE VIEW ${facet}_now AS ${spansNow(files, facet)}`),
  ];
}

/** Segments, then the open period. Spans are clipped where one part meets the next. */
export function listParts(files: StoreFiles, lastTsMs: number): readonly Part[] {
  const { manifest, period } = files;
  const sealed = manifest.segments.map((segment) => ({
    firstTsMs: segment.firstTsMs,
    lastTsMs: segment.lastTsMs,
    spans: (facet: FacetName) => fromParquet(files, facet, [segment]),
  }));
  const sealedTsMs = manifest.segments.at(-1)?.lastTsMs ?? Number.NEGATIVE_INFINITY;
  if (period.lastPoll === (manifest.segments.at(-1)?.lastPoll ?? 0)) return sealed;
  const open = period.snapshot ? [period.snapshot] : [];
  const spans = (facet: FacetName) => union([fromParquet(files, facet, open), fromPart(facet)]);
  return [...sealed, { firstTsMs: sealedTsMs, lastTsMs, spans }];
}

function allSpans(files: StoreFiles, facet: FacetName): string {
  const { manifest, period } = files;
  const ranges = [...manifest.segments, ...(period.snapshot ? [period.snapshot] : [])];
  return union([fromParquet(files, facet, ranges), fromPart(facet)]);
}

/** Spans that hold at the newest poll: a few thousand rows in memory, except right after a seal. */
function spansNow(files: StoreFiles, facet: FacetName): string {
  const { manifest, period } = files;
  const last = manifest.segments.at(-1);
  const source =
    last && last.lastPoll === period.lastPoll ? fromParquet(files, facet, [last]) : fromPart(facet);
  return `SELECT * FROM (${source}) WHERE f + dur = ${period.lastPoll + 1}`;
}

function fromPart(facet: FacetName): string {
  return `SELECT ${keyColumn(facet)}, f, dur, ${valueColumns(facet)} FROM part.${facet}`;
}

function fromParquet({ dir }: StoreFiles, facet: FacetName, ranges: readonly PollRange[]): string {
  const list = paths(dir, ranges, `${facet}.parquet`);
  return list
    ? `SELECT ${decodedColumns(facet)} FROM read_parquet(${list})`
    : `${fromPart(facet)} WHERE false`;
}

function paths(dir: string, ranges: readonly PollRange[], name: string): string {
  const found = ranges.filter((range) => range.files.some((file) => file.name === name && file.rows > 0));
  return found.length === 0
    ? ''
    : `[${found.map(({ folder }) => quote(join(dir, folder, name))).join(', ')}]`;
}

function union(queries: readonly string[]): string {
  return queries.filter((query) => query !== '').join(' UNION ALL ');
}

function everywhere({ dir, manifest, period }: StoreFiles, name: 'polls' | 'slices'): string {
  const list = paths(
    dir,
    [...manifest.segments, ...(period.snapshot ? [period.snapshot] : [])],
    `${name}.parquet`,
  );
  return union([list && `FROM read_parquet(${list})`, `FROM part.${name}`]);
}

// A table, since every report joins it several times and its sums run over all polls.
function pollsTable(files: StoreFiles): string {
  return `CREATE OR REPLACE TABLE polls AS ${pollsQuery(everywhere(files, 'polls'))}`;
}

/** The polls with what follows from their order. A hole is credited with one and a half intervals at most. */
export function pollsQuery(polls: string): string {
  return `SELECT poll, ts_ms, strftime(make_timestamp(ts_ms * 1000), '%Y-%m-%dT%H:%M:%SZ') AS ts, interval_ms, filter,
      n, complete, duplicates, hash, next_ms, credit_ms,
      coalesce(sum(next_ms - ts_ms) OVER before, 0)::BIGINT AS cum_carry_ms,
      coalesce(sum(credit_ms) OVER before, 0)::BIGINT AS cum_credit_ms
    FROM (
      SELECT *, least(next_ms - ts_ms, 3 * interval_ms // 2) AS credit_ms
      FROM (SELECT *, lead(ts_ms, 1, ts_ms + interval_ms) OVER (ORDER BY poll) AS next_ms FROM (${polls}))
    )
    WINDOW before AS (ORDER BY poll ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ORDER BY poll`;
}
