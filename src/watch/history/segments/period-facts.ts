// What a manifest says about the polls of a folder, read from the file that was written.
import type { DuckDBConnection } from '@duckdb/node-api';
import { quote } from './duckdb-session.ts';

export interface PeriodFacts {
  readonly firstTsMs: number;
  readonly lastTsMs: number;
  readonly observations: number;
}

export async function periodFacts(connection: DuckDBConnection, pollsFile: string): Promise<PeriodFacts> {
  const result = await connection.runAndReadAll(
    `SELECT min_by(ts_ms, poll), max_by(ts_ms, poll), sum(n) FROM read_parquet(${quote(pollsFile)})`,
  );
  const [firstTsMs, lastTsMs, observations] = (result.getRows()[0] ?? []).map(Number) as [
    number,
    number,
    number,
  ];
  return { firstTsMs, lastTsMs, observations };
}
