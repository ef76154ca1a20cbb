// Writes a month of spans as the sealed segment that a writer would have made of it: with the store's own layout,
// files and manifest.
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../../src/base/std/index.ts';
import type { JournalReader } from '../../../src/watch/history/journal/journal-reader.ts';
import { FACETS } from '../../../src/watch/history/journal/schema.ts';
import {
  type Cell,
  type CellType,
  createBulkTable,
  transpose,
} from '../../../src/watch/history/segments/bulk-append.ts';
import { openDuckDbSession } from '../../../src/watch/history/segments/duckdb-session.ts';
import { readManifest, type Segment } from '../../../src/watch/history/segments/manifest.ts';
import { POLL_COLUMNS, SLICE_COLUMNS } from '../../../src/watch/history/segments/open-period.ts';
import { keyColumn, SEALED_LEVEL } from '../../../src/watch/history/segments/parquet-layout.ts';
import { periodFacts } from '../../../src/watch/history/segments/period-facts.ts';
import { advanceManifest } from '../../../src/watch/history/segments/retire-files.ts';
import { fillFolder, writePeriod } from '../../../src/watch/history/segments/write-parquet.ts';
import { POLL_INTERVAL_MS, wholeSlice } from '../trace/trace.ts';
import type { MonthPoll, MonthRows } from './month-rows.ts';

export interface SealMonthOptions {
  readonly dir: string;
  readonly month: MonthRows;
  /** For the names of types. */
  readonly journal: JournalReader;
  readonly clock: Clock;
}

/** A month of the trace sorts in half of this. */
const MEMORY_LIMIT_MB = 512;

export async function sealMonth({ dir, month, journal, clock }: SealMonthOptions): Promise<Segment> {
  const manifest = readManifest(dir);
  using session = await openDuckDbSession({ folders: [dir], memoryLimitMb: MEMORY_LIMIT_MB });
  const { connection } = session;
  const firstPoll = month.polls[0]?.poll ?? 0;
  const lastPoll = month.polls.at(-1)?.poll ?? 0;
  await loadMonth(connection, month, journal);
  const name = `segments/${firstPoll}-${lastPoll}`;
  const folder = join(dir, name);
  const period = { snapshot: null, basePoll: firstPoll - 1, lastPoll };
  const files = await fillFolder(folder, () =>
    writePeriod({ connection, dir, folder, period, level: SEALED_LEVEL, ends: 'joined' }),
  );
  const facts = await periodFacts(connection, join(folder, 'polls.parquet'));
  const segment = { folder: name, firstPoll, lastPoll, ...facts, files, sealedAtMs: clock.now() };
  advanceManifest({ dir, clock, current: manifest, next: { segments: [...manifest.segments, segment] } });
  return segment;
}

async function loadMonth(
  connection: DuckDBConnection,
  { spans, polls }: MonthRows,
  journal: JournalReader,
): Promise<void> {
  await connection.run('CREATE SCHEMA part');
  const load = async (
    table: string,
    columns: readonly { readonly name: string; readonly type: CellType }[],
    cells: readonly Cell[][],
  ) => {
    using appender = await createBulkTable(connection, { schema: 'part', table, columns });
    appender.append(cells, cells[0]?.length ?? 0);
    appender.finish();
  };
  for (const [facet, rows] of spans) {
    const key = { name: keyColumn(facet), type: 'BIGINT' } as const;
    const range = ['f', 'dur'].map((name) => ({ name, type: 'INTEGER' }) as const);
    await load(facet, [key, ...range, ...FACETS[facet].columns], rows.columns);
  }
  await load('polls', POLL_COLUMNS, transpose(polls.map(pollCells), POLL_COLUMNS.length));
  await load('slices', SLICE_COLUMNS, transpose(polls.map(sliceCells), SLICE_COLUMNS.length));
  const types = [
    { name: 'code', type: 'INTEGER' },
    { name: 'type', type: 'VARCHAR' },
  ] as const;
  await load(
    'types',
    types,
    transpose(
      journal.types().map(({ code, type }) => [code, type]),
      types.length,
    ),
  );
}

function pollCells({ poll, tsMs, rows, hash }: MonthPoll): Cell[] {
  return [poll, tsMs, POLL_INTERVAL_MS, '', rows, true, 0, hash];
}

function sliceCells({ poll, tsMs, rows }: MonthPoll): Cell[] {
  const slice = wholeSlice(tsMs, rows);
  const { type, search, predicate, startedAtMs, finishedAtMs, bytes, complete, reason } = slice;
  return [poll, 0, type, search, predicate, startedAtMs, finishedAtMs, rows, bytes, complete, reason];
}
