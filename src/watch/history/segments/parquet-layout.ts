// How facets look in Parquet: one file a facet, a row a span, sorted by key and first poll. Reliability is kept as
// an integer of 1e-7, which takes half the bytes; a value that this does not give back exactly stays a double.
import { FACETS, type FacetName } from '../journal/schema.ts';

/** Plain and dictionary encodings only (version 1): every engine reads them, and the newer ones save 10 %. */
const EVERY_FILE = 'FORMAT parquet, PARQUET_VERSION V1';

/**
 * Options of COPY for files that are read as a whole. Larger row groups compress and scan best (measured at 30 days:
 * 122,880 against 30,720 rows, 20 % in time). `level` is of zstd.
 */
export function wholeLayout(level: number): string {
  return `${EVERY_FILE}, ROW_GROUP_SIZE 122880, COMPRESSION zstd, COMPRESSION_LEVEL ${level}`;
}

const FEW_ROWS = `${EVERY_FILE}, ROW_GROUP_SIZE 8192`;

/**
 * For roll-ups, of which one GPU's rows are read: a month of it is some 4,000 rows of 90,000, so one or two groups of
 * twelve are decoded. By days, with their many prices, a year of one GPU takes DuckDB 12 ms; with snappy, in as many
 * bytes, 14. The files take 35 MB a year; with zstd it would be 24, and unpacking takes longer than all else. By hours
 * quicker would double them.
 */
export const LOOKUP_LAYOUTS = {
  daily: `${FEW_ROWS}, COMPRESSION lz4_raw`,
  gpu: `${FEW_ROWS}, COMPRESSION lz4_raw`,
  hourly: `${FEW_ROWS}, COMPRESSION zstd, COMPRESSION_LEVEL 9`,
} as const;

/** Costs a quarter of a second a month and saves a tenth: for what is written once. */
export const SEALED_LEVEL = 9;
/** For what is rewritten every ten minutes. */
export const OPEN_LEVEL = 1;

const RELIABILITY_UNITS = 1e7;
const units = `TRY_CAST(round(reliability2 * ${RELIABILITY_UNITS}e0) AS INTEGER)`;

/** Name of the key column of a facet's spans. */
export function keyColumn(name: FacetName): 'line' | 'machine_id' {
  return FACETS[name].key === 'machine' ? 'machine_id' : 'line';
}

/** Value columns of a facet's spans as readers see them. */
export function valueColumns(name: FacetName): string {
  return FACETS[name].columns.map((column) => column.name).join(', ');
}

/** The columns to write for spans that have the readers' columns. */
export function encodedColumns(name: FacetName): string {
  const values = isReliability(name)
    ? `CASE WHEN ${units} / ${RELIABILITY_UNITS}e0 = reliability2 THEN ${units} END AS reliability_1e7,
       CASE WHEN ${units} / ${RELIABILITY_UNITS}e0 = reliability2 THEN NULL ELSE reliability2 END AS reliability_double`
    : valueColumns(name);
  return `${keyColumn(name)}, f, dur, ${values}`;
}

/** The readers' columns of what `encodedColumns` wrote. */
export function decodedColumns(name: FacetName): string {
  const values = isReliability(name)
    ? `coalesce(reliability_double, reliability_1e7 / ${RELIABILITY_UNITS}e0) AS reliability2`
    : valueColumns(name);
  return `${keyColumn(name)}, f, dur, ${values}`;
}

function isReliability(name: FacetName): boolean {
  return name === 'rel' || name === 'rel_x';
}
