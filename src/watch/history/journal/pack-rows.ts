// Observations as the store compares them: numbers in one array, texts numbered. Packed while a row is still warm
// from decoding, ten thousand of them take 3 MB and no objects, and the difference to what is open needs a millisecond.
import type { Observation } from '../observation.ts';
import { encodeState } from './codes.ts';
import { UnfitValue } from './line-values.ts';
import type { PackedRows } from './packed-rows.ts';
import { NULL_NUMBER, NULL_WORD, ROW_NUMBERS, ROW_TEXTS } from './row-layout.ts';

export interface RowPacker {
  readonly length: number;
  /** Adds a row and returns its place. Throws UnfitValue for a value of another type than its column's. */
  add(observation: Observation): number;
  /** Writes another row in the place of one that was added. */
  replace(place: number, observation: Observation): void;
  rows(): PackedRows;
  /** Forgets all rows and keeps the memory for the next ones. */
  clear(): void;
}

const FIRST_CAPACITY = 256;

export function createRowPacker(): RowPacker {
  let numbers = new Float64Array(FIRST_CAPACITY * ROW_NUMBERS);
  let texts = new Uint32Array(FIRST_CAPACITY * ROW_TEXTS);
  let words: (string | null)[] = [null];
  let wordIds = new Map<string, number>();
  let length = 0;
  const grow = () => {
    const moreNumbers = new Float64Array(numbers.length * 2);
    moreNumbers.set(numbers);
    numbers = moreNumbers;
    const moreTexts = new Uint32Array(texts.length * 2);
    moreTexts.set(texts);
    texts = moreTexts;
  };
  const word = (value: string | null, name: string): number => {
    if (value === null || value === undefined) return NULL_WORD;
    const known = wordIds.get(value);
    if (known !== undefined) return known;
    if (typeof value !== 'string') throw unfit(name, value, 'text');
    const id = words.length;
    // As a database would give it back.
    words.push(value.isWellFormed() ? value : value.toWellFormed());
    wordIds.set(value, id);
    return id;
  };
  const write = (place: number, o: Observation) => {
    packNumbers(o, numbers, place * ROW_NUMBERS);
    const at = place * ROW_TEXTS;
    // The order of row-layout, field by field: reading fields by a variable name takes ten times as long.
    texts[at] = word(o.type, 'type');
    texts[at + 1] = word(o.gpuName, 'gpu_name');
    texts[at + 2] = word(o.geolocation, 'geolocation');
    texts[at + 3] = word(o.gpuIds, 'gpu_ids');
    texts[at + 4] = word(o.cpuName, 'cpu_name');
    texts[at + 5] = word(o.driver, 'driver');
  };
  return {
    get length() {
      return length;
    },
    add: (observation) => {
      if ((length + 1) * ROW_NUMBERS > numbers.length) grow();
      write(length, observation);
      length += 1;
      return length - 1;
    },
    replace: write,
    rows: () => ({ length, numbers, texts, words }),
    clear: () => {
      length = 0;
      words = [null];
      wordIds = new Map();
    },
  };
}

function packNumbers(o: Observation, n: Float64Array, at: number): void {
  n[at] = typeof o.offerId === 'number' ? o.offerId : Number.NaN;
  n[at + 1] = encodeState(o.rentable, o.rented, o.availability);
  n[at + 2] = cleaned(o.dphTotal, 'dph_total');
  n[at + 3] = cleaned(o.reliability, 'reliability2');
  n[at + 4] = cleaned(o.machineId, 'machine_id');
  n[at + 5] = cleaned(o.numGpus, 'num_gpus');
  n[at + 6] = cleaned(o.gpuFrac, 'gpu_frac');
  n[at + 7] = cleaned(o.gpuTotalRamGb, 'gpu_total_ram_gb');
  n[at + 8] = cleaned(o.verified, 'verified');
  n[at + 9] = cleaned(o.deverified, 'deverified');
  n[at + 10] = cleaned(o.dphBase, 'dph_base');
  n[at + 11] = cleaned(o.minBid, 'min_bid');
  n[at + 12] = cleaned(o.reservedPrice, 'reserved_price');
  n[at + 13] = cleaned(o.storageCost, 'storage_cost');
  n[at + 14] = cleaned(o.inetUpCost, 'inet_up_cost');
  n[at + 15] = cleaned(o.inetDownCost, 'inet_down_cost');
  n[at + 16] = cleaned(o.endDate, 'end_date');
  n[at + 17] = cleaned(o.hostId, 'host_id');
  n[at + 18] = cleaned(o.bundleId, 'bundle_id');
  n[at + 19] = cleaned(o.gpuRamMb, 'gpu_ram_mb');
  n[at + 20] = cleaned(o.cpuCores, 'cpu_cores');
  n[at + 21] = cleaned(o.cpuRamMb, 'cpu_ram_mb');
  n[at + 22] = cleaned(o.dlperf, 'dlperf');
  n[at + 23] = cleaned(o.totalFlops, 'total_flops');
  n[at + 24] = cleaned(o.cudaMax, 'cuda_max');
  n[at + 25] = cleaned(o.computeCap, 'compute_cap');
  n[at + 26] = cleaned(o.hostingType, 'hosting_type');
  n[at + 27] = cleaned(o.staticIp, 'static_ip');
  n[at + 28] = cleaned(o.diskSpaceGb, 'disk_space_gb');
  n[at + 29] = cleaned(o.directPortCount, 'direct_port_count');
}

/** Undefined and numbers that are not finite count as null, and -0 as 0. */
function cleaned(value: number | null, name: string): number {
  if (value === null || value === undefined) return NULL_NUMBER;
  if (typeof value !== 'number') throw unfit(name, value, 'number');
  return Number.isFinite(value) ? value + 0 : NULL_NUMBER;
}

function unfit(name: string, value: unknown, kind: 'number' | 'text'): UnfitValue {
  return new UnfitValue(`${name} is ${JSON.stringify(value)}, which is no ${kind}`);
}
