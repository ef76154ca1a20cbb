// The proof that nothing was lost: a trace goes both into a market store and into a table of raw rows, and what
// the store gives back is compared with that table, poll by poll and report by report.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Clock, silentLog } from '../../src/base/std/index.ts';
import { type MarketReader, openMarketReader, type PollInput } from '../../src/watch/history/index.ts';
import { type Row, runReport } from '../../src/watch/reports/index.ts';
import { createRawTable, RAW_COLUMNS } from './raw-table.ts';
import { REFERENCE_REPORTS, type ReferenceReport } from './reference-sql.ts';

export interface Comparison {
  readonly polls: number;
  /** Polls whose rows have another count or another sum of hashes. */
  readonly pollsDiffering: number;
  readonly rows: number;
  readonly reports: readonly {
    readonly mode: string;
    readonly rows: number;
    /** Rows only one side has, texts and counts that differ, and sums that differ by more than 1e-9. */
    readonly differences: number;
    /** The first of them, for a person to look at; empty when there is none. */
    readonly first: string;
  }[];
}

const TOLERANCE = 1e-9;

export async function compareWithReference(options: {
  readonly dir: string;
  readonly polls: Iterable<PollInput>;
  readonly clock: Clock;
}): Promise<Comparison> {
  const { dir, clock } = options;
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const raw = await instance.connect();
  try {
    const table = await createRawTable(raw, 'offers_raw');
    for (const poll of options.polls) table.append(poll);
    table.finish();
    await using reader = await openMarketReader({ dir, clock, log: silentLog, memoryLimitMb: 2_048 });
    const hashes = await compareHashes(raw, reader);
    const reports = [];
    for (const reference of REFERENCE_REPORTS)
      reports.push(await compareReport(raw, reader, reference, clock));
    return { ...hashes, reports };
  } finally {
    raw.closeSync();
    instance.closeSync();
  }
}

const POLL_HASHES = `SELECT ts, count(*)::VARCHAR || ' ' || sum(hash(${RAW_COLUMNS.map(
  ({ name, duckdb }) => `${name}::${String(duckdb)}`,
).join(', ')})::HUGEINT)::VARCHAR AS digest, count(*)::DOUBLE AS n FROM offers_raw GROUP BY ts`;

async function compareHashes(
  raw: DuckDBConnection,
  reader: MarketReader,
): Promise<Pick<Comparison, 'polls' | 'pollsDiffering' | 'rows'>> {
  const expected = await rowsOf(raw, POLL_HASHES);
  const found = new Map((await rowsOf(reader.connection, POLL_HASHES)).map((row) => [row.ts, row.digest]));
  const missing = expected.filter((row) => found.get(row.ts) !== row.digest).length;
  return {
    polls: expected.length,
    pollsDiffering: missing + Math.max(0, found.size - expected.length),
    rows: expected.reduce((sum, row) => sum + Number(row.n), 0),
  };
}

async function compareReport(
  raw: DuckDBConnection,
  reader: MarketReader,
  reference: ReferenceReport,
  clock: Clock,
): Promise<Comparison['reports'][number]> {
  const { mode, keys, values } = reference;
  const ours = await runReport(reader, { mode, state: 'rented', gaps: 'carry' }, clock);
  const expected = await rowsOf(raw, reference.sql);
  const keyOf = (row: Row) => JSON.stringify(keys.map((key) => row[key] ?? null));
  const found = new Map(ours.rows.map((row) => [keyOf(row), row]));
  const differences: string[] = [];
  for (const row of expected) {
    const mine = found.get(keyOf(row));
    found.delete(keyOf(row));
    if (!mine) differences.push(`ours lacks ${keyOf(row)}`);
    else {
      for (const name of values) {
        if (!isSame(mine[name], row[name]))
          differences.push(
            `${keyOf(row)} ${name}: ours ${String(mine[name])}, reference ${String(row[name])}`,
          );
      }
    }
  }
  for (const key of found.keys()) differences.push(`only ours has ${key}`);
  return { mode, rows: expected.length, differences: differences.length, first: differences[0] ?? '' };
}

function isSame(ours: unknown, reference: unknown): boolean {
  if (typeof ours !== 'number' || typeof reference !== 'number')
    return (ours ?? null) === (reference ?? null);
  return Math.abs(ours - reference) <= TOLERANCE * Math.max(1, Math.abs(reference));
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const answer = await connection.runAndReadAll(sql);
  return answer
    .getRowObjectsJS()
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : (value as Row[string]),
        ]),
      ),
    );
}
