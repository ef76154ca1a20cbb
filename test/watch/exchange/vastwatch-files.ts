// Makes files as VastWatch and its users write them, from one list of rows.
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { createRandom, formatIso } from '../../../src/base/std/index.ts';

export const COLUMNS = [
  'ts',
  'offer_id',
  'machine_id',
  'gpu_name',
  'num_gpus',
  'gpu_frac',
  'gpu_total_ram_gb',
  'dph_total_usd',
  'reliability2',
  'geolocation',
  'type',
  'rentable',
  'rented',
  'verified',
  'deverified',
  'availability_state',
] as const;

export type Cell = string | number | null;
export type Row = Record<(typeof COLUMNS)[number], Cell>;

export const START_MS = Date.UTC(2025, 8, 1);

export function aRow(overrides: Partial<Row> = {}): Row {
  return {
    ts: formatIso(START_MS),
    offer_id: 100,
    machine_id: 7,
    gpu_name: 'RTX 4090',
    num_gpus: 1,
    gpu_frac: 0.25,
    gpu_total_ram_gb: 23.98828125,
    dph_total_usd: 0.35481481481481486,
    reliability2: 0.9984733,
    geolocation: 'Sweden, SE',
    type: 'on-demand',
    rentable: 1,
    rented: 0,
    verified: 1,
    deverified: 0,
    availability_state: 'available',
    ...overrides,
  };
}

export interface MarketShape {
  readonly seed: string;
  readonly polls: number;
  readonly offers: number;
  readonly intervalMs?: number;
}

/** A small market that changes as real ones do: offers come, go, are rented and repriced. */
export function someRows({ seed, polls, offers, intervalMs = 360_000 }: MarketShape): Row[] {
  const random = createRandom(seed);
  const rows: Row[] = [];
  const state = Array.from({ length: offers }, (_, i) => ({
    row: aRow({
      offer_id: 1_000 + i,
      machine_id: 50 + (i >> 1),
      gpu_name: random.pick(['RTX 4090', 'H100 SXM', 'A100 "PCIe"', null]),
      num_gpus: random.pick([1, 2, 4, 8]),
      gpu_frac: random.pick([1, 0.5, 1 / 3]),
      dph_total_usd: random.next() * 3,
      type: random.pick(['on-demand', 'interruptible', null]),
      geolocation: random.pick(['Sweden, SE', ', CN', null, '']),
      reliability2: random.chance(0.1) ? null : random.next(),
    }),
    listed: random.chance(0.8),
  }));
  for (let poll = 0; poll < polls; poll += 1) {
    for (const offer of state) {
      if (random.chance(0.15)) offer.listed = !offer.listed;
      if (random.chance(0.1)) offer.row = { ...offer.row, dph_total_usd: random.next() * 3 };
      if (random.chance(0.2)) {
        const rentable = random.pick([0, 1, null]);
        offer.row = {
          ...offer.row,
          rentable,
          rented: random.pick([0, 1, null]),
          availability_state: random.pick(['available', 'unavailable', 'rented', 'unknown', null]),
        };
      }
      if (offer.listed) rows.push({ ...offer.row, ts: formatIso(START_MS + poll * intervalMs) });
    }
  }
  return rows;
}

const TYPES: Readonly<Record<string, string>> = {
  ts: 'TEXT NOT NULL',
  offer_id: 'INTEGER NOT NULL',
  machine_id: 'INTEGER NOT NULL',
  gpu_name: 'TEXT',
  num_gpus: 'INTEGER',
  geolocation: 'TEXT',
  type: 'TEXT',
  rentable: 'INTEGER',
  rented: 'INTEGER',
  verified: 'INTEGER',
  deverified: 'INTEGER',
  availability_state: 'TEXT',
};

export interface FileShape {
  /** Default all 16. */
  readonly columns?: readonly (typeof COLUMNS)[number][];
  /** Default true, as VastWatch makes it. */
  readonly index?: boolean;
}

export const FIFTEEN = COLUMNS.filter((column) => column !== 'availability_state');

export function writeSqlite(path: string, rows: readonly Row[], shape: FileShape = {}): void {
  const { columns = COLUMNS, index = true } = shape;
  const db = new DatabaseSync(path);
  db.exec(
    `CREATE TABLE offers_raw (${columns.map((name) => `${name} ${TYPES[name] ?? 'REAL'}`).join(', ')})`,
  );
  if (index) db.exec('CREATE INDEX idx_ts ON offers_raw(ts)');
  db.exec('BEGIN');
  const insert = db.prepare(`INSERT INTO offers_raw VALUES (${columns.map(() => '?').join(', ')})`);
  for (const row of rows) insert.run(...columns.map((name) => row[name]));
  db.exec('COMMIT');
  db.close();
}

export function csvText(
  rows: readonly Row[],
  columns: readonly (typeof COLUMNS)[number][] = COLUMNS,
): string {
  const field = (cell: Cell) => {
    if (cell === null) return '';
    const text = String(cell);
    return text === '' || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((name) => field(row[name])).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

export function writeCsv(path: string, rows: readonly Row[]): void {
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(csvText(rows)) : csvText(rows));
}

/** A DuckDB file whose reals are 64 bits, or a Parquet file: made from the same CSV by DuckDB itself. */
export async function writeThroughDuckDb({
  csv,
  duckdb,
  parquet,
  orderBy,
}: {
  csv: string;
  duckdb?: string;
  parquet?: string;
  orderBy?: string;
}): Promise<void> {
  const instance = await DuckDBInstance.create(duckdb ?? ':memory:');
  const connection = await instance.connect();
  const type = (name: string) =>
    (TYPES[name] ?? 'DOUBLE').replace('TEXT', 'VARCHAR').replace('INTEGER', 'BIGINT');
  await connection.run(
    `CREATE TABLE offers_raw (${COLUMNS.map((name) => `${name} ${type(name)}`).join(', ')})`,
  );
  await connection.run(
    `INSERT INTO offers_raw SELECT * FROM read_csv('${csv}', header = true, auto_detect = false, nullstr = '',
      allow_quoted_nulls = false, columns = {${COLUMNS.map((name) => `'${name}': '${type(name).split(' ')[0]}'`).join(', ')}})`,
  );
  if (parquet) {
    await connection.run(
      `COPY (SELECT * FROM offers_raw ${orderBy ? `ORDER BY ${orderBy}` : ''}) TO '${parquet}' (FORMAT parquet)`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}
