// All open lines, laid out so that the question asked ten thousand times a poll, "is this still what it was?", reads
// two short runs of memory: a line's numbers side by side in one big array, and its texts in another.
import type { Observation } from '../observation.ts';
import { encodeState } from './codes.ts';
import { isSteady, type OpenLine, shownReliability } from './open-line.ts';
import type { HashValue } from './row-hash.ts';
import { FACETS, type FacetName } from './schema.ts';

/** Stands for null among numbers; kept values are finite. */
const NULL_NUMBER = Number.NEGATIVE_INFINITY;

/** State, price and reliability come first among the numbers of a line. */
const MOVING_NUMBERS = 3;

/** Facets in the order in which `repeatsSteady` reads their numbers and texts. */
const PACKED_FACETS = [
  'attr',
  'quote',
  'terms',
  'hardware',
  'capacity',
] as const satisfies readonly FacetName[];

/** Numbers a line: state, price, reliability and those of the packed facets, 29; the rest rounds up to cache lines. */
const NUMBERS = 32;
const TEXTS = 5;

export interface LineTable {
  readonly size: number;
  /** Where the line stands, or -1. */
  find(line: number): number;
  get(slot: number): OpenLine;
  /** Whether the observation repeats the line's state, price and reliability, which change most. */
  repeatsMoving(slot: number, observation: Observation): boolean;
  /** Whether it repeats everything else that is known of the line. */
  repeatsSteady(slot: number, observation: Observation): boolean;
  /** Notes that the line was seen in an attempt; false when that had been noted. */
  markSeen(slot: number, attempt: number): boolean;
  /** Lines that were not seen in the attempt, by number. */
  listUnseen(attempt: number): OpenLine[];
  put(line: OpenLine): void;
  remove(line: number): void;
}

export function makeLineTable(): LineTable {
  const slots = new Map<number, number>();
  const lines: (OpenLine | undefined)[] = [];
  const texts: HashValue[] = [];
  const free: number[] = [];
  let numbers = new Float64Array(1024 * NUMBERS);
  let seenIn = new Uint32Array(1024);
  const grow = () => {
    const moreNumbers = new Float64Array(numbers.length * 2);
    moreNumbers.set(numbers);
    numbers = moreNumbers;
    const moreSeen = new Uint32Array(seenIn.length * 2);
    moreSeen.set(seenIn);
    seenIn = moreSeen;
  };
  return {
    get size() {
      return slots.size;
    },
    find: (line) => slots.get(line) ?? -1,
    get: (slot) => lines[slot] as OpenLine,
    repeatsMoving: (slot, observation) => repeatsMoving(observation, numbers, slot * NUMBERS),
    repeatsSteady: (slot, observation) =>
      repeatsNumbers(observation, numbers, slot * NUMBERS) && repeatsTexts(observation, texts, slot * TEXTS),
    markSeen: (slot, attempt) => {
      if (seenIn[slot] === attempt) return false;
      seenIn[slot] = attempt;
      return true;
    },
    listUnseen: (attempt) => {
      const unseen: OpenLine[] = [];
      for (let slot = 0; slot < lines.length; slot += 1) {
        const line = lines[slot];
        if (line && seenIn[slot] !== attempt) unseen.push(line);
      }
      return unseen.sort((x, y) => x.line - y.line);
    },
    put: (line) => {
      let slot = slots.get(line.line);
      if (slot === undefined) {
        slot = free.pop() ?? lines.length;
        if (slot >= seenIn.length) grow();
        slots.set(line.line, slot);
        seenIn[slot] = 0;
      }
      const before = lines[slot];
      lines[slot] = line;
      packMoving(line, numbers, slot * NUMBERS);
      if (before && isSteady(before, line)) return;
      packSteady(line, { numbers, numberAt: slot * NUMBERS, texts, textAt: slot * TEXTS });
    },
    remove: (line) => {
      const slot = slots.get(line);
      if (slot === undefined) return;
      slots.delete(line);
      lines[slot] = undefined;
      free.push(slot);
    },
  };
}

interface PackTarget {
  readonly numbers: Float64Array;
  readonly numberAt: number;
  readonly texts: HashValue[];
  readonly textAt: number;
}

function packMoving(line: OpenLine, numbers: Float64Array, at: number): void {
  numbers[at] = line.s;
  numbers[at + 1] = line.price ?? NULL_NUMBER;
  numbers[at + 2] = shownReliability(line.exception, line.machine.reliability) ?? NULL_NUMBER;
}

function packSteady(line: OpenLine, { numbers, numberAt, texts, textAt }: PackTarget): void {
  let number = numberAt + MOVING_NUMBERS;
  let text = textAt;
  for (const name of PACKED_FACETS) {
    const values = packedValues(line, name);
    for (const [index, { type }] of FACETS[name].columns.entries()) {
      const value = values[index] ?? null;
      if (type === 'VARCHAR') texts[text++] = value;
      else numbers[number++] = typeof value === 'number' ? value : NULL_NUMBER;
    }
  }
}

function packedValues(line: OpenLine, name: (typeof PACKED_FACETS)[number]): readonly HashValue[] {
  return name === 'quote' || name === 'capacity' ? line[name] : line[name].values;
}

// The functions below name each field: reading fields by a variable name takes ten times as long. Their order is that
// of packing. NaN equals nothing, so it takes the slow way, which makes it null.

function repeatsMoving(o: Observation, n: Float64Array, at: number): boolean {
  return (
    encodeState(o.rentable, o.rented, o.availability) === n[at] &&
    (o.dphTotal ?? NULL_NUMBER) === n[at + 1] &&
    (o.reliability ?? NULL_NUMBER) === n[at + 2]
  );
}

function repeatsNumbers(o: Observation, n: Float64Array, at: number): boolean {
  return (
    (o.machineId ?? NULL_NUMBER) === n[at + 3] &&
    (o.numGpus ?? NULL_NUMBER) === n[at + 4] &&
    (o.gpuFrac ?? NULL_NUMBER) === n[at + 5] &&
    (o.gpuTotalRamGb ?? NULL_NUMBER) === n[at + 6] &&
    (o.verified ?? NULL_NUMBER) === n[at + 7] &&
    (o.deverified ?? NULL_NUMBER) === n[at + 8] &&
    (o.dphBase ?? NULL_NUMBER) === n[at + 9] &&
    (o.minBid ?? NULL_NUMBER) === n[at + 10] &&
    (o.reservedPrice ?? NULL_NUMBER) === n[at + 11] &&
    (o.storageCost ?? NULL_NUMBER) === n[at + 12] &&
    (o.inetUpCost ?? NULL_NUMBER) === n[at + 13] &&
    (o.inetDownCost ?? NULL_NUMBER) === n[at + 14] &&
    (o.endDate ?? NULL_NUMBER) === n[at + 15] &&
    (o.hostId ?? NULL_NUMBER) === n[at + 16] &&
    (o.bundleId ?? NULL_NUMBER) === n[at + 17] &&
    (o.gpuRamMb ?? NULL_NUMBER) === n[at + 18] &&
    (o.cpuCores ?? NULL_NUMBER) === n[at + 19] &&
    (o.cpuRamMb ?? NULL_NUMBER) === n[at + 20] &&
    (o.dlperf ?? NULL_NUMBER) === n[at + 21] &&
    (o.totalFlops ?? NULL_NUMBER) === n[at + 22] &&
    (o.cudaMax ?? NULL_NUMBER) === n[at + 23] &&
    (o.computeCap ?? NULL_NUMBER) === n[at + 24] &&
    (o.hostingType ?? NULL_NUMBER) === n[at + 25] &&
    (o.staticIp ?? NULL_NUMBER) === n[at + 26] &&
    (o.diskSpaceGb ?? NULL_NUMBER) === n[at + 27] &&
    (o.directPortCount ?? NULL_NUMBER) === n[at + 28]
  );
}

function repeatsTexts(o: Observation, t: readonly HashValue[], at: number): boolean {
  return (
    (o.gpuName ?? null) === t[at] &&
    (o.geolocation ?? null) === t[at + 1] &&
    (o.gpuIds ?? null) === t[at + 2] &&
    (o.cpuName ?? null) === t[at + 3] &&
    (o.driver ?? null) === t[at + 4]
  );
}
