// All open lines: each as an object, which says what holds, and beside it as a row of numbers, which tells at once
// whether a poll's row is still the same.
import { makeLineIndex } from './line-index.ts';
import { isSteady, type OpenLine, shownReliability } from './open-line.ts';
import type { PackedRows } from './packed-rows.ts';
import type { HashValue } from './row-hash.ts';
import {
  NULL_NUMBER,
  NULL_WORD,
  NUMBERS_END,
  PACKED_FACETS,
  type PackedFacet,
  PLACES,
  PRICE_AT,
  RELIABILITY_AT,
  ROW_NUMBERS,
  ROW_TEXTS,
  STATE_AT,
  STEADY_NUMBERS_AT,
  STEADY_TEXTS_AT,
  TEXTS_END,
} from './row-layout.ts';

/** How a poll's row stands to what is open. Only state, price and reliability differ in most rows that differ. */
export const SAME = 0;
export const MOVED = 1;
/** Anything else differs, or the line is new. */
export const OTHER = 2;
/** A later row of the poll is about the same line. */
export const OVERTAKEN = 3;

/** One for each row of a poll. */
export interface RowMatches {
  /** Where the row's line stands, or -1. */
  readonly slots: Int32Array;
  /** `SAME`, `MOVED`, `OTHER` or `OVERTAKEN`. */
  readonly differences: Uint8Array;
}

export interface LineTable {
  readonly size: number;
  get(slot: number): OpenLine;
  /** Compares all rows of a poll's block and notes which lines it saw; `typeCodes` are those of the block's words. */
  match(rows: PackedRows, typeCodes: Int8Array, attempt: number): RowMatches;
  /** All of them, in no order. */
  list(): Iterable<OpenLine>;
  /** Lines that were not seen in the attempt, by number. */
  listUnseen(attempt: number): OpenLine[];
  put(line: OpenLine): void;
  remove(line: number): void;
}

const FIRST_CAPACITY = 1024;

export function makeLineTable(): LineTable {
  const index = makeLineIndex();
  const lines: (OpenLine | undefined)[] = [];
  const free: number[] = [];
  const wordIds = new Map<HashValue, number>([[null, NULL_WORD]]);
  let numbers = new Float64Array(FIRST_CAPACITY * ROW_NUMBERS);
  let texts = new Int32Array(FIRST_CAPACITY * ROW_TEXTS);
  let seenIn = new Uint32Array(FIRST_CAPACITY);
  const grow = () => {
    const moreNumbers = new Float64Array(numbers.length * 2);
    moreNumbers.set(numbers);
    numbers = moreNumbers;
    const moreTexts = new Int32Array(texts.length * 2);
    moreTexts.set(texts);
    texts = moreTexts;
    const moreSeen = new Uint32Array(seenIn.length * 2);
    moreSeen.set(seenIn);
    seenIn = moreSeen;
  };
  const wordId = (text: HashValue): number => {
    const known = wordIds.get(text);
    if (known !== undefined) return known;
    wordIds.set(text, wordIds.size);
    return wordIds.size - 1;
  };
  const pack = (slot: number, line: OpenLine, before: OpenLine | undefined) => {
    const at = slot * ROW_NUMBERS;
    numbers[at + STATE_AT] = line.s;
    numbers[at + PRICE_AT] = line.price ?? NULL_NUMBER;
    numbers[at + RELIABILITY_AT] = shownReliability(line.exception, line.machine.reliability) ?? NULL_NUMBER;
    if (before && isSteady(before, line)) return;
    for (const name of PACKED_FACETS) {
      const values = valuesOf(line, name);
      for (const [position, { isText, at: place }] of PLACES[name].entries()) {
        const value = values[position] ?? null;
        if (isText) texts[slot * ROW_TEXTS + place] = wordId(value);
        else numbers[at + place] = typeof value === 'number' ? value : NULL_NUMBER;
      }
    }
  };
  return {
    get size() {
      return index.size;
    },
    get: (slot) => lines[slot] as OpenLine,
    match: (rows, typeCodes, attempt) => {
      const ids = Int32Array.from(rows.words, (word) => wordIds.get(word) ?? -1);
      const lineSlots = index.slotsOf(rows, typeCodes);
      return matchRows({ rows, wordIds: ids, slots: lineSlots }, { numbers, texts, seenIn }, attempt);
    },
    list: () => lines.filter((line) => line !== undefined),
    listUnseen: (attempt) => {
      const unseen: OpenLine[] = [];
      for (let slot = 0; slot < lines.length; slot += 1) {
        if (seenIn[slot] === attempt) continue;
        const line = lines[slot];
        if (line) unseen.push(line);
      }
      return unseen.sort((x, y) => x.line - y.line);
    },
    put: (line) => {
      let slot = index.find(line.line);
      if (slot < 0) {
        slot = free.pop() ?? lines.length;
        if (slot >= seenIn.length) grow();
        index.add(line.line, slot);
        seenIn[slot] = 0;
      }
      const before = lines[slot];
      lines[slot] = line;
      pack(slot, line, before);
    },
    remove: (line) => {
      const slot = index.find(line);
      if (slot < 0) return;
      index.remove(line);
      lines[slot] = undefined;
      free.push(slot);
    },
  };
}

interface RowsToMatch {
  readonly rows: PackedRows;
  /** The table's numbers for the words; -1 for a word that no open line has had. */
  readonly wordIds: Int32Array;
  readonly slots: Int32Array;
}

interface TableRows {
  readonly numbers: Float64Array;
  readonly texts: Int32Array;
  readonly seenIn: Uint32Array;
}

/**
 * The loop that a poll's time goes into. It reads and writes flat arrays that are its own variables, and calls nothing:
 * the same through functions of the table took twice as long.
 */
function matchRows({ rows, wordIds, slots }: RowsToMatch, table: TableRows, attempt: number): RowMatches {
  const { numbers: given, texts: words, length } = rows;
  const { numbers: open, texts: openTexts, seenIn } = table;
  const differences = new Uint8Array(length);
  // Backwards, so that the last one of several rows of a line is the one that counts.
  for (let row = length - 1; row >= 0; row -= 1) {
    const slot = slots[row] as number;
    if (slot < 0) {
      differences[row] = OTHER;
      continue;
    }
    if (seenIn[slot] === attempt) {
      differences[row] = OVERTAKEN;
      continue;
    }
    seenIn[slot] = attempt;
    const at = row * ROW_NUMBERS;
    const openAt = slot * ROW_NUMBERS;
    let difference = SAME;
    for (let i = STATE_AT; i < STEADY_NUMBERS_AT; i += 1) {
      if (given[at + i] !== open[openAt + i]) difference = MOVED;
    }
    for (let i = STEADY_NUMBERS_AT; i < NUMBERS_END; i += 1) {
      if (given[at + i] === open[openAt + i]) continue;
      difference = OTHER;
      break;
    }
    const textAt = row * ROW_TEXTS;
    const openTextAt = slot * ROW_TEXTS;
    for (let i = STEADY_TEXTS_AT; i < TEXTS_END; i += 1) {
      if (wordIds[words[textAt + i] as number] !== openTexts[openTextAt + i]) difference = OTHER;
    }
    differences[row] = difference;
  }
  return { slots, differences };
}

function valuesOf(line: OpenLine, name: PackedFacet): readonly HashValue[] {
  return name === 'quote' || name === 'capacity' ? line[name] : line[name].values;
}
