// Writes query results as Parquet files, and says what a manifest needs to know about them.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { FACET_NAMES, type FacetName } from '../journal/schema.ts';
import { quote } from './duckdb-session.ts';
import { flushTree } from './durable-file.ts';
import { digestFile } from './file-digest.ts';
import type { DataFile, Snapshot } from './manifest.ts';
import type { OpenPeriod } from './open-period.ts';
import { decodedColumns, encodedColumns, keyColumn, wholeLayout } from './parquet-layout.ts';

export interface WriteParquetOptions {
  readonly connection: DuckDBConnection;
  readonly folder: string;
  readonly name: string;
  readonly query: string;
  /** Options of COPY. */
  readonly layout: string;
}

export async function writeParquet(options: WriteParquetOptions): Promise<DataFile> {
  const { connection, folder, name, query, layout } = options;
  const path = join(folder, name);
  const result = await connection.runAndReadAll(`COPY (${query}) TO ${quote(path)} (${layout})`);
  return {
    name,
    bytes: statSync(path).size,
    rows: Number(result.getRows()[0]?.[0]),
    sha256: digestFile(path),
  };
}

export interface WritePeriodOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  /** Where to, absolute; exists. */
  readonly folder: string;
  readonly period: OpenPeriod;
  readonly level: number;
  /** `split` keeps spans that go on in files of their own, `<facet>-open.parquet`; `joined` ends all of them. */
  readonly ends: 'split' | 'joined';
}

/** Makes a folder anew and fills it; when that fails, for example because the disk is full, nothing of it stays. */
export async function fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const filled = await fill();
    flushTree(folder);
    return filled;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Writes the loaded period with all its facets, polls, slices and types. */
export async function writePeriod(options: WritePeriodOptions): Promise<readonly DataFile[]> {
  const { connection, dir, folder, period, level, ends } = options;
  const layout = wholeLayout(level);
  const write = (name: string, query: string) => writeParquet({ connection, folder, name, query, layout });
  const files: DataFile[] = [];
  for (const name of FACET_NAMES) {
    const ended = ends === 'split' ? ` WHERE f + dur <= ${period.lastPoll}` : '';
    const parts = [`SELECT * FROM part.${name}${ended}`];
    const before = closedFile(dir, period.snapshot, name);
    if (before) parts.push(`SELECT ${decodedColumns(name)} FROM ${before}`);
    files.push(await write(`${name}.parquet`, ordered(name, parts.join(' UNION ALL '))));
    if (ends === 'joined') continue;
    const open = `SELECT * FROM part.${name} WHERE f + dur > ${period.lastPoll}`;
    files.push(await write(`${name}-open.parquet`, ordered(name, open)));
  }
  for (const [name, order] of [
    ['polls', 'poll'],
    ['slices', 'poll, slice'],
  ] as const) {
    const before = period.snapshot
      ? ` UNION ALL FROM ${readFile(dir, period.snapshot, `${name}.parquet`)}`
      : '';
    files.push(await write(`${name}.parquet`, `FROM (FROM part.${name}${before}) ORDER BY ${order}`));
  }
  files.push(await write('types.parquet', 'FROM part.types ORDER BY code'));
  return files;
}

function closedFile(dir: string, snapshot: Snapshot | null, name: FacetName): string | undefined {
  const file = `${name}.parquet`;
  const entry = snapshot?.files.find((candidate) => candidate.name === file);
  return snapshot && entry && entry.rows > 0 ? readFile(dir, snapshot, file) : undefined;
}

function readFile(dir: string, { folder }: Snapshot, name: string): string {
  return `read_parquet(${quote(join(dir, folder, name))})`;
}

function ordered(name: FacetName, query: string): string {
  return `SELECT ${encodedColumns(name)} FROM (${query}) ORDER BY ${keyColumn(name)}, f`;
}
