// Where each line stands, as a hash table in two flat arrays: a Map keyed by numbers above 31 bits keeps an object for
// each of them, and takes five times as long to ask.
import { TYPES_PER_OFFER } from './codes.ts';
import type { PackedRows } from './packed-rows.ts';
import { ROW_NUMBERS, ROW_TEXTS } from './row-layout.ts';

export interface LineIndex {
  readonly size: number;
  /** The slot of a line, or -1. */
  find(line: number): number;
  /** The slot, or -1, of the line of each row; of a row whose offer id no line can have, -1. */
  slotsOf(rows: PackedRows, typeCodes: Int8Array): Int32Array;
  /** For a line that is not there. */
  add(line: number, slot: number): void;
  /** For a line that is there. */
  remove(line: number): void;
}

const EMPTY = -1;
const FIRST_CAPACITY = 1024;
/** At most half of the places are taken, so that a search looks at one or two. */
const MOST_SHARE = 0.5;

export function makeLineIndex(): LineIndex {
  let lines = new Float64Array(FIRST_CAPACITY).fill(EMPTY);
  let slots = new Int32Array(FIRST_CAPACITY);
  let size = 0;
  const placeOf = (line: number): number => findPlace(lines, line);
  const grow = () => {
    const [oldLines, oldSlots] = [lines, slots];
    lines = new Float64Array(oldLines.length * 2).fill(EMPTY);
    slots = new Int32Array(lines.length);
    for (let i = 0; i < oldLines.length; i += 1) {
      const line = oldLines[i] as number;
      if (line === EMPTY) continue;
      const place = placeOf(line);
      lines[place] = line;
      slots[place] = oldSlots[i] as number;
    }
  };
  return {
    get size() {
      return size;
    },
    find: (line) => {
      const place = placeOf(line);
      return lines[place] === line ? (slots[place] as number) : -1;
    },
    slotsOf: (rows, typeCodes) => findSlots({ lines, slots }, rows, typeCodes),
    add: (line, slot) => {
      size += 1;
      if (size > MOST_SHARE * lines.length) grow();
      const place = placeOf(line);
      lines[place] = line;
      slots[place] = slot;
    },
    remove: (line) => {
      size -= 1;
      const mask = lines.length - 1;
      let hole = placeOf(line);
      // Those behind that only stood there because the hole was taken move up, so that no search ends too early.
      for (let place = (hole + 1) & mask; lines[place] !== EMPTY; place = (place + 1) & mask) {
        const wanted = mix(lines[place] as number) & mask;
        if (((place - wanted) & mask) < ((place - hole) & mask)) continue;
        lines[hole] = lines[place] as number;
        slots[hole] = slots[place] as number;
        hole = place;
      }
      lines[hole] = EMPTY;
    },
  };
}

/** Where the line stands, or would. */
function findPlace(lines: Float64Array, line: number): number {
  const mask = lines.length - 1;
  let place = mix(line) & mask;
  for (let found = lines[place]; found !== line && found !== EMPTY; found = lines[place])
    place = (place + 1) & mask;
  return place;
}

interface IndexArrays {
  readonly lines: Float64Array;
  readonly slots: Int32Array;
}

function findSlots({ lines, slots }: IndexArrays, rows: PackedRows, typeCodes: Int8Array): Int32Array {
  const { numbers, texts, length } = rows;
  const found = new Int32Array(length);
  for (let row = 0; row < length; row += 1) {
    const offerId = numbers[row * ROW_NUMBERS] as number;
    const line = offerId * TYPES_PER_OFFER + (typeCodes[texts[row * ROW_TEXTS] as number] as number);
    const place = Number.isInteger(offerId) && offerId >= 0 ? findPlace(lines, line) : 0;
    found[row] = lines[place] === line ? (slots[place] as number) : -1;
  }
  return found;
}

/** 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain) over both halves. */
function mix(line: number): number {
  let x = line ^ Math.imul(line / 2 ** 32, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  return x ^ (x >>> 13);
}
