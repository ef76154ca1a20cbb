// Opens whatever may be imported as one kind of thing: a plan of polls and their rows.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ImportSourceError } from '../errors.ts';
import { readParquetMark } from '../simulated-mark.ts';
import { spoolCsv } from './csv-spool.ts';
import { type DuckDbSession, literal, openDuckDb } from './duckdb-session.ts';
import { firstLine, openRelationSource, WINDOW_ROWS } from './duckdb-source.ts';
import { type FileKind, fileKind } from './file-kind.ts';
import type { MarketSource } from './market-source.ts';
import { openSqliteSource } from './sqlite-source.ts';

export interface OpenSourceOptions {
  readonly path: string;
  /** A folder that may be made for what has to be sorted or unpacked first; removed by `removeSpool`. */
  readonly spoolDir: string;
  /** Rows that may be in memory at once; default 200,000. */
  readonly windowRows?: number;
}

/** Throws ImportSourceError with a sentence when the file is none of the kinds, held, or damaged. */
export async function openMarketSource(options: OpenSourceOptions): Promise<MarketSource> {
  const { path } = options;
  const kind = kindOf(path);
  switch (kind) {
    case 'sqlite':
      return openSqliteSource(path);
    case 'duckdb':
    case 'parquet':
    case 'text':
    case 'gzip':
      return openThroughDuckDb(options, kind);
    case 'absent':
      throw new ImportSourceError(
        path,
        `There is no file ${path}; give the path of a Parquet, CSV, VastWatch SQLite or DuckDB file`,
      );
    case 'folder':
      throw new ImportSourceError(
        path,
        `${path} is a folder; give one Parquet, CSV, VastWatch SQLite or DuckDB file`,
      );
    case 'empty':
      throw new ImportSourceError(path, `${path} is empty; there is nothing to import`);
    case 'unknown':
      throw new ImportSourceError(
        path,
        `${path} is none of Parquet, CSV, SQLite or DuckDB; those are what can be imported`,
      );
  }
}

function kindOf(path: string): FileKind {
  try {
    return fileKind(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ImportSourceError(path, `${path} cannot be read (${why}); check its rights`, { cause: error });
  }
}

async function openThroughDuckDb(
  { path, spoolDir: spoolRoot, windowRows = WINDOW_ROWS }: OpenSourceOptions,
  kind: 'duckdb' | 'parquet' | 'text' | 'gzip',
): Promise<MarketSource> {
  const spoolDir = takeSpool(path, spoolRoot);
  const session = await openDuckDb({ spillDir: join(spoolDir, 'spill') });
  const shared = { path, windowRows, connection: session.connection, close: async () => session.close() };
  const sortInto = () => join(spoolDir, 'sorted.parquet');
  try {
    if (kind === 'duckdb') {
      await attachReadOnly(session, path);
      return await openRelationSource({
        ...shared,
        kind: 'vastwatch-duckdb',
        relation: { from: 'source.main.offers_raw', place: 'rowid' },
        sortInto,
      });
    }
    if (kind === 'parquet') {
      const source = await openRelationSource({
        ...shared,
        kind: 'parquet',
        relation: {
          from: `read_parquet(${literal(path)}, file_row_number = true)`,
          place: 'file_row_number',
        },
        sortInto,
      });
      return { ...source, simulatedSeed: await readParquetMark(session.connection, path) };
    }
    const spool = await spoolCsv(session.connection, path, spoolDir);
    return await openRelationSource({ ...shared, kind: 'csv', ...spool, sortInto });
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Opens a DuckDB file beside nothing else: read-only, so that its data is in no danger. */
export async function attachReadOnly({ connection }: DuckDbSession, path: string): Promise<void> {
  try {
    await connection.run(`ATTACH ${literal(path)} AS source (READ_ONLY)`);
  } catch (error) {
    throw heldOrDamaged(path, error);
  }
  const tables = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = 'source' AND schema_name = 'main' AND table_name = 'offers_raw'`,
  );
  if (tables.currentRowCount === 0) {
    throw new ImportSourceError(
      path,
      `${path} is a DuckDB database without a table offers_raw; give the file that VastWatch wrote (its VW_DB)`,
    );
  }
}

function heldOrDamaged(path: string, error: unknown): ImportSourceError {
  const message = error instanceof Error ? error.message : String(error);
  const held = /Could not set lock on file/.test(message) || /Unique file handle conflict/.test(message);
  if (held) {
    const pid = /PID (\d+)/.exec(message)?.[1];
    return new ImportSourceError(
      path,
      `${path} is held by another process${pid === undefined ? '' : ` (PID ${pid})`}: DuckDB lets nobody else read it meanwhile; stop that process (VastWatch's collector?) or import a copy of the file`,
      { cause: error },
    );
  }
  return new ImportSourceError(
    path,
    `${path} cannot be opened as a DuckDB database (${firstLine(error)}); check that it is whole and not written by a newer DuckDB`,
    { cause: error },
  );
}

/** The folder of this very state of the file; what other files or states left behind goes. */
function takeSpool(path: string, spoolRoot: string): string {
  const { size, mtimeMs } = statSync(path);
  const name = createHash('sha256')
    .update(JSON.stringify([resolve(path), size, mtimeMs]))
    .digest('hex')
    .slice(0, 16);
  if (existsSync(spoolRoot)) {
    for (const other of readdirSync(spoolRoot)) {
      if (other !== name) rmSync(join(spoolRoot, other), { recursive: true, force: true });
    }
  }
  // One by one: a recursive mkdir on a read-only disk says that there is no such folder.
  mkdirSync(dirname(spoolRoot), { recursive: true });
  for (const folder of [spoolRoot, join(spoolRoot, name)]) if (!existsSync(folder)) mkdirSync(folder);
  return join(spoolRoot, name);
}

export function removeSpool(spoolRoot: string): void {
  rmSync(spoolRoot, { recursive: true, force: true });
}
