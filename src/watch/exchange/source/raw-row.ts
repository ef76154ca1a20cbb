// One row of an `offers_raw` table, whoever wrote it: which columns it has, and how its values, typed or as
// text, become an observation or a reason for refusing the row.
import { AVAILABILITIES, type Availability, type Flag, type Observation } from '../../history/index.ts';

/** The original's columns, in its order. */
export const RAW_COLUMNS = [
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
export type RawColumn = (typeof RAW_COLUMNS)[number];

/** Columns that hold texts; the others are numbers, `ts` aside. */
export const TEXT_COLUMNS = ['gpu_name', 'geolocation', 'type', 'availability_state'] as const;

/** All but `ts`: the values of a row in the order in which `parseRawRow` takes them. */
export const VALUE_COLUMNS = RAW_COLUMNS.slice(1) as readonly Exclude<RawColumn, 'ts'>[];

/** Columns that VastWatch added over time; a file without them is an older one, and they are null. */
export const LATER_COLUMNS: readonly RawColumn[] = ['verified', 'deverified', 'availability_state'];

/** What an `offers_raw` row tells of an offer, its poll's time aside. */
export type RawObservation = Pick<
  Observation,
  | 'offerId'
  | 'machineId'
  | 'gpuName'
  | 'numGpus'
  | 'gpuFrac'
  | 'gpuTotalRamGb'
  | 'dphTotal'
  | 'reliability'
  | 'geolocation'
  | 'type'
  | 'rentable'
  | 'rented'
  | 'verified'
  | 'deverified'
  | 'availability'
>;

/** The store packs an offer's id and type into one exact integer (id * 16 + type). */
const LARGEST_ID = Math.floor(Number.MAX_SAFE_INTEGER / 16) - 1;

/** Counts are 32-bit integers in a store's Parquet files. */
const LARGEST_COUNT = 2 ** 31 - 1;

/** A value as the drivers give it. */
export type RawCell = string | number | bigint | boolean | Uint8Array | null | undefined;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

class Refusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The observation of a row's values (in the order of `VALUE_COLUMNS`), or why the row is refused. */
export function parseRawRow(values: readonly RawCell[]): RawObservation | string {
  try {
    return {
      offerId: idOf(values[0], 'offer_id'),
      machineId: idOf(values[1], 'machine_id'),
      gpuName: textOf(values[2], 'gpu_name'),
      numGpus: countOf(values[3]),
      gpuFrac: numberOf(values[4], 'gpu_frac'),
      gpuTotalRamGb: numberOf(values[5], 'gpu_total_ram_gb'),
      dphTotal: numberOf(values[6], 'dph_total_usd'),
      reliability: numberOf(values[7], 'reliability2'),
      geolocation: textOf(values[8], 'geolocation'),
      type: textOf(values[9], 'type'),
      rentable: flagOf(values[10], 'rentable'),
      rented: flagOf(values[11], 'rented'),
      verified: flagOf(values[12], 'verified'),
      deverified: flagOf(values[13], 'deverified'),
      availability: availabilityOf(values[14]),
    };
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

function idOf(value: RawCell, column: string): number {
  const id = numberOf(value, column);
  if (id === null) throw new Refusal(`${column} is empty`);
  if (!Number.isInteger(id) || id < 0 || id > LARGEST_ID) {
    throw new Refusal(`${column} is ${show(value)}, not a whole number from 0 to ${LARGEST_ID}`);
  }
  return id;
}

function countOf(value: RawCell): number | null {
  const count = numberOf(value, 'num_gpus');
  if (count !== null && (!Number.isInteger(count) || Math.abs(count) > LARGEST_COUNT)) {
    throw new Refusal(`num_gpus is ${show(value)}, not a whole number`);
  }
  return count;
}

function numberOf(value: RawCell, column: string): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  // An empty number and NaN both say "not known"; data frames write missing values as NaN.
  const number = typeof value === 'string' ? decimalOf(value) : value;
  if (number === null || Number.isNaN(number)) return null;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new Refusal(`${column} is ${show(value)}, not a number`);
  }
  // Minus zero is zero: databases disagree about keeping its sign.
  return number + 0;
}

function decimalOf(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.toLowerCase() === 'nan') return null;
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}

function textOf(value: RawCell, column: string): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) throw new Refusal(`${column} is ${show(value)}, not a text`);
  return String(value);
}

function show(value: RawCell): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function flagOf(value: RawCell, column: string): Flag {
  if (value === null || value === undefined || value === '') return null;
  if (value === 1 || value === true || value === '1') return 1;
  if (value === 0 || value === false || value === '0') return 0;
  const text = show(value).replaceAll('"', '').trim().toLowerCase();
  if (text === 'true' || text === '1' || text === '1.0') return 1;
  if (text === 'false' || text === '0' || text === '0.0') return 0;
  throw new Refusal(`${column} is ${show(value)}, not 0, 1 or empty`);
}

function availabilityOf(value: RawCell): Availability | null {
  if (value === null || value === undefined || value === '') return null;
  if ((AVAILABILITIES as readonly unknown[]).includes(value)) return value as Availability;
  throw new Refusal(`availability_state is ${show(value)}, not one of ${AVAILABILITIES.join(', ')}`);
}
