// The values of a run as one Parquet file, by DuckDB: the columns of the text formats, with types.
import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { KeptPoint } from '../../../rent/training/index.ts';

/** What does not fit is spilled beside the file. */
const MEMORY_LIMIT = '512MB';

export async function writePointsParquet(
  pages: AsyncIterable<readonly KeptPoint[]>,
  path: string,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    temp_directory: `${path}.spill`,
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    await connection.run(
      `CREATE TABLE points (run VARCHAR, attempt INTEGER, name VARCHAR, seq BIGINT, time TIMESTAMPTZ, step BIGINT,
         value DOUBLE, min DOUBLE, max DOUBLE, count BIGINT, not_finite BIGINT, resolution VARCHAR)`,
    );
    const appender = await connection.createAppender('points');
    const whole = (value: number | null) =>
      value === null ? appender.appendNull() : appender.appendBigInt(BigInt(value));
    const real = (value: number | null) =>
      value === null ? appender.appendNull() : appender.appendDouble(value);
    for await (const page of pages) {
      for (const point of page) {
        appender.appendVarchar(point.run);
        appender.appendInteger(point.attempt);
        appender.appendVarchar(point.name);
        whole(point.seq);
        appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(Math.trunc(point.atMs)) * 1_000n));
        whole(point.step);
        // NaN and infinities are numbers there.
        real(point.value);
        real(point.min);
        real(point.max);
        whole(point.count);
        whole(point.oddCount);
        appender.appendVarchar(point.resolution);
        appender.endRow();
      }
      appender.flushSync();
    }
    appender.closeSync();
    const target = `'${path.replaceAll("'", "''")}'`;
    await connection.run(`COPY points TO ${target} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
