// Brings what is not sealed into DuckDB: the values open at the base (the last snapshot or segment) and the
// journal's events after it become spans, in tables `part.<facet>`, with the polls and slices that belong to them.
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { JournalReader, PollRow, SliceRow } from '../journal/journal-reader.ts';
import { type Column, FACET_NAMES, FACETS, type Facet, type FacetName } from '../journal/schema.ts';
import { type BulkAppender, type Cell, type CellType, createBulkTable, transpose } from './bulk-append.ts';
import { quote } from './duckdb-session.ts';
import { type Manifest, type Segment, type Snapshot, sealedThrough } from './manifest.ts';
import { decodedColumns } from './parquet-layout.ts';
import { spansFromEvents } from './span-sql.ts';

export interface OpenPeriodOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly journal: JournalReader;
  /** What to build on: the open snapshot where there is one, or the sealed segments alone. */
  readonly base: 'snapshot' | 'sealed';
  /** Default: the newest poll. */
  readonly throughPoll?: number;
  /** `once`: spans are made when they are read, which is to be done once; saves memory. Default `often`. */
  readonly reading?: 'once' | 'often';
}

export interface OpenPeriod {
  /** The snapshot whose ended spans belong to the period too; they are not loaded. */
  readonly snapshot: Snapshot | null;
  /** The last poll of the base. */
  readonly basePoll: number;
  /** The last poll loaded; `basePoll` when nothing came after it. */
  readonly lastPoll: number;
}

/**
 * Facets that nearly every report reads are computed once. The spans of the others are made when somebody asks:
 * opening a small store takes a third less.
 */
const ASKED_FACETS: ReadonlySet<FacetName> = new Set(['state', 'price', 'attr', 'rel', 'rel_x']);

export const POLL_COLUMNS: readonly { name: string; type: CellType }[] = [
  { name: 'poll', type: 'INTEGER' },
  { name: 'ts_ms', type: 'BIGINT' },
  { name: 'interval_ms', type: 'BIGINT' },
  { name: 'filter', type: 'VARCHAR' },
  { name: 'n', type: 'INTEGER' },
  { name: 'complete', type: 'BOOLEAN' },
  { name: 'duplicates', type: 'INTEGER' },
  { name: 'hash', type: 'VARCHAR' },
];

export const SLICE_COLUMNS: readonly { name: string; type: CellType }[] = [
  { name: 'poll', type: 'INTEGER' },
  { name: 'slice', type: 'INTEGER' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'search', type: 'VARCHAR' },
  { name: 'predicate', type: 'VARCHAR' },
  { name: 'started_ms', type: 'BIGINT' },
  { name: 'finished_ms', type: 'BIGINT' },
  { name: 'rows', type: 'INTEGER' },
  { name: 'bytes', type: 'BIGINT' },
  { name: 'complete', type: 'BOOLEAN' },
  { name: 'reason', type: 'VARCHAR' },
];

const TYPE_COLUMNS: readonly { name: string; type: CellType }[] = [
  { name: 'code', type: 'INTEGER' },
  { name: 'type', type: 'VARCHAR' },
];

/**
 * Loads the period. Returns undefined when the journal no longer holds what follows the base, because a seal has
 * replaced the manifest meanwhile: read the manifest again.
 */
export async function loadOpenPeriod(options: OpenPeriodOptions): Promise<OpenPeriod | undefined> {
  const { connection, manifest, journal } = options;
  const snapshot = options.base === 'snapshot' ? manifest.open : null;
  const basePoll = snapshot?.lastPoll ?? sealedThrough(manifest);
  await connection.run('CREATE SCHEMA IF NOT EXISTS staged; CREATE SCHEMA IF NOT EXISTS part');
  const tables = await createTables(connection);
  let lastPoll: number;
  let journalBegin: number;
  let hasEvents: boolean;
  try {
    const loaded = journal.consistently(() => {
      const sealed = journal.sealedThrough();
      if (sealed > basePoll) return undefined;
      const newest = journal.lastPoll()?.poll ?? 0;
      const through = Math.max(basePoll, Math.min(options.throughPoll ?? newest, newest));
      const events = stageJournal(tables, journal, { afterPoll: basePoll, throughPoll: through });
      return { through, sealed, events };
    });
    if (!loaded) return undefined;
    lastPoll = loaded.through;
    journalBegin = loaded.sealed;
    hasEvents = loaded.events > 0;
    for (const table of tables.values()) table.finish();
  } finally {
    for (const table of tables.values()) table[Symbol.dispose]();
  }
  for (const name of FACET_NAMES) {
    const carried = snapshot
      ? carriedBySnapshot(options.dir, snapshot, name)
      : carriedBySegment(options.dir, journalBegin < basePoll ? manifest.segments.at(-1) : undefined, name);
    const spans = spansFromEvents(name, { carried, lastPoll, hasEvents });
    const isAsked = options.reading !== 'once' && ASKED_FACETS.has(name);
    await connection.run(`CREATE OR REPLACE ${isAsked ? 'TABLE' : 'VIEW'} part.${name} AS ${spans}`);
  }
  if (options.reading === 'once') return { snapshot, basePoll, lastPoll };
  for (const name of ASKED_FACETS) if (name !== 'state') await connection.run(`DROP TABLE staged.${name}`);
  return { snapshot, basePoll, lastPoll };
}

/** Spans that were open when the snapshot was written begin where they began. */
function carriedBySnapshot(dir: string, snapshot: Snapshot, name: FacetName): string | undefined {
  const file = `${name}-open.parquet`;
  const entry = snapshot.files.find((candidate) => candidate.name === file);
  if (!entry || entry.rows === 0) return undefined;
  return `SELECT ${decodedColumns(name)} FROM read_parquet(${quote(join(dir, snapshot.folder, file))})`;
}

/**
 * Spans that reach the end of a segment go on behind it. Needed only between the replacing of the manifest and
 * the journal's giving up of the segment's events; from then on the journal begins with these values itself.
 */
function carriedBySegment(dir: string, segment: Segment | undefined, name: FacetName): string | undefined {
  if (!segment) return undefined;
  const next = segment.lastPoll + 1;
  const source = `read_parquet(${quote(join(dir, segment.folder, `${name}.parquet`))})`;
  return `SELECT * REPLACE (${next} AS f) FROM (SELECT ${decodedColumns(name)} FROM ${source}) WHERE f + dur = ${next}`;
}

type Tables = ReadonlyMap<string, BulkAppender>;

async function createTables(connection: DuckDBConnection): Promise<Tables> {
  const tables = new Map<string, BulkAppender>();
  const add = async (schema: string, table: string, columns: readonly { name: string; type: CellType }[]) => {
    tables.set(table, await createBulkTable(connection, { schema, table, columns }));
  };
  await add('part', 'polls', POLL_COLUMNS);
  await add('part', 'slices', SLICE_COLUMNS);
  await add('part', 'types', TYPE_COLUMNS);
  for (const name of FACET_NAMES) {
    const facet = FACETS[name];
    const values = facet.eventColumns.map((column) => ({ name: column, type: 'DOUBLE' as const }));
    await add('staged', name, [{ name: 'poll', type: 'DOUBLE' }, { name: 'key', type: 'DOUBLE' }, ...values]);
    if (facet.dictionary) await add('staged', dictionaryTable(facet), dictionaryColumns(facet));
  }
  return tables;
}

/** A dictionary may be called like its facet. */
export function dictionaryTable(facet: Facet): string {
  return `${facet.name}_dictionary`;
}

function dictionaryColumns(facet: Facet): readonly Pick<Column, 'name' | 'type'>[] {
  return [{ name: 'id', type: 'BIGINT' }, ...facet.columns];
}

/** Returns the number of events. */
function stageJournal(
  tables: Tables,
  journal: JournalReader,
  range: { afterPoll: number; throughPoll: number },
): number {
  const { afterPoll, throughPoll } = range;
  const append = (table: string, rows: readonly (readonly Cell[])[], width: number) =>
    tables.get(table)?.append(transpose(rows, width), rows.length);
  append('polls', journal.polls(afterPoll, throughPoll).map(pollCells), POLL_COLUMNS.length);
  append('slices', journal.slices(afterPoll, throughPoll).map(sliceCells), SLICE_COLUMNS.length);
  append(
    'types',
    journal.types().map(({ code, type }) => [code, type]),
    TYPE_COLUMNS.length,
  );
  let events = 0;
  for (const name of FACET_NAMES) {
    const facet = FACETS[name];
    const used = new Set<number>();
    for (const batch of journal.events(name, afterPoll, throughPoll)) {
      tables.get(name)?.append([batch.poll, batch.key, ...batch.values], batch.length);
      events += batch.length;
      if (facet.dictionary) for (const id of batch.values[0] ?? []) used.add(id);
    }
    if (!facet.dictionary || used.size === 0) continue;
    const rows: Cell[][] = [];
    for (const [id, values] of journal.dictionary(facet.dictionary))
      if (used.has(id)) rows.push([id, ...values]);
    append(dictionaryTable(facet), rows, facet.columns.length + 1);
  }
  return events;
}

function pollCells(row: PollRow): Cell[] {
  return [row.poll, row.tsMs, row.intervalMs, row.filter, row.n, row.complete, row.duplicates, row.hash];
}

function sliceCells(row: SliceRow): Cell[] {
  const { poll, slice, type, search, predicate, startedMs, finishedMs, rows, bytes, complete, reason } = row;
  return [poll, slice, type, search, predicate, startedMs, finishedMs, rows, bytes, complete, reason];
}
