// CSV cannot be read by time without reading all of it: it is copied once, in its own order and as text, into
// a Parquet spool beside the store. A spool that an import left behind when it was killed is used again.
import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ImportSourceError } from '../errors.ts';
import { literal } from './duckdb-session.ts';
import { firstLine, type Relation } from './duckdb-source.ts';
import type { RefusalList } from './poll-rows.ts';

/** The header must end within this many bytes of the file. */
const HEADER_BYTES = 65_536;

/** A record longer than this is taken for a quote that is never closed. */
const LONGEST_RECORD_BYTES = 8_388_608;

const DELIMITERS = [',', '\t', ';', '|'] as const;

interface CsvShape {
  readonly delimiter: string;
  readonly names: readonly string[];
  readonly gzip: boolean;
}

/** A line that is not a record of the header's shape. */
interface BrokenRecord {
  /** Which record it is, from 1, the header not counted. */
  readonly record: number;
  readonly reason: string;
}

export interface CsvSpool {
  readonly relation: Relation;
  /** The record's number in the file, from 1, of a place in the spool. */
  readonly rowNumber: (place: number) => number;
  readonly refuseUnplanned: (refusals: RefusalList) => void;
}

/** Copies the CSV file into `spoolDir`, or finds it copied; throws ImportSourceError with a sentence. */
export async function spoolCsv(
  connection: DuckDBConnection,
  path: string,
  spoolDir: string,
): Promise<CsvSpool> {
  const parquet = join(spoolDir, 'rows.parquet');
  const brokenFile = join(spoolDir, 'broken.json');
  if (!existsSync(parquet)) {
    const broken = await copyCsv(connection, path, `${parquet}.partial`);
    writeFileSync(brokenFile, JSON.stringify(broken));
    // The spool counts as made only when everything else of it is there.
    renameSync(`${parquet}.partial`, parquet);
  }
  const broken = JSON.parse(readFileSync(brokenFile, 'utf8')) as readonly BrokenRecord[];
  return {
    relation: { from: `read_parquet(${literal(parquet)})`, place: 'place' },
    rowNumber: (place) => recordOf(place, broken),
    refuseUnplanned: (refusals) => {
      for (const { record, reason } of broken) refusals.add(`row ${record}`, reason);
    },
  };
}

async function copyCsv(
  connection: DuckDBConnection,
  path: string,
  target: string,
): Promise<readonly BrokenRecord[]> {
  const shape = readShape(path);
  const columns = shape.names.map((name) => `${literal(name)}: 'VARCHAR'`);
  // Everything is text here: what a number is, is decided in one place for all kinds of source. An empty
  // field is NULL and a quoted empty one is an empty text, as sqlite3, DuckDB and pandas write them.
  const csv = `read_csv(${literal(path)}, auto_detect = false, header = true, delim = ${literal(shape.delimiter)},
    quote = '"', escape = '"', columns = {${columns.join(', ')}}, nullstr = '', allow_quoted_nulls = false,
    compression = '${shape.gzip ? 'gzip' : 'none'}', max_line_size = ${LONGEST_RECORD_BYTES},
    store_rejects = true, rejects_limit = 0)`;
  try {
    await connection.run(
      `COPY (SELECT row_number() OVER () - 1 AS place, * FROM ${csv}) TO ${literal(target)}
       (FORMAT parquet, COMPRESSION zstd)`,
    );
    const reader = await connection.runAndReadAll(
      'SELECT line, min(error_message) AS reason FROM reject_errors GROUP BY line ORDER BY line',
    );
    // `line` counts records and takes the header for the first.
    return reader.getRowObjects().map((row) => ({
      record: Number(row.line) - 1,
      reason: `not a record of ${shape.names.length} fields (${String(row.reason)})`,
    }));
  } catch (error) {
    throw new ImportSourceError(
      path,
      `${path} cannot be read as CSV (${firstLine(error)}); it needs a header line, quotes doubled inside quotes, and UTF-8`,
      { cause: error },
    );
  }
}

/** Broken records have no place in the spool; those before a place are added to it. */
function recordOf(place: number, broken: readonly BrokenRecord[]): number {
  let record = place + 1;
  for (const { record: brokenRecord } of broken) {
    if (brokenRecord > record) break;
    record += 1;
  }
  return record;
}

function readShape(path: string): CsvShape {
  const head = readHead(path);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const text = (gzip ? unzipHead(path, head) : head).toString('utf8').replace(/^\uFEFF/, '');
  const end = text.search(/\r?\n/);
  const line = end === -1 ? text : text.slice(0, end);
  for (const delimiter of DELIMITERS) {
    const names = line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
    if (names.some((name) => name.toLowerCase() === 'offer_id')) return { delimiter, names, gzip };
  }
  throw new ImportSourceError(
    path,
    `${path} does not begin with a header line that names offer_id; CSV needs one, as in "ts,offer_id,machine_id,…"`,
  );
}

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function unzipHead(path: string, head: Buffer): Buffer {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new ImportSourceError(
      path,
      `${path} begins like a gzip file and cannot be unpacked; copy it again`,
      {
        cause: error,
      },
    );
  }
}
