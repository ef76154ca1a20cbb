// Finds the rows of a poll that may differ from what is open, and for each of them what it says.
import { encodeLine, LARGEST_OFFER_ID } from './codes.ts';
import { type Draft, type DraftContext, makeDraft, makeMovedDraft, makeUnchangedDraft } from './drafts.ts';
import { MOVED, OVERTAKEN, type RowMatches, SAME } from './line-table.ts';
import { aboutOffer, UnfitValue } from './line-values.ts';
import { shownReliability } from './open-line.ts';
import type { OpenState } from './open-state.ts';
import type { PackedRows } from './packed-rows.ts';
import { MACHINE_AT, ROW_NUMBERS, ROW_TEXTS, TYPE_AT } from './row-layout.ts';
import type { TypeCodes } from './type-codes.ts';

export interface Seen {
  /** Different lines. */
  readonly rows: number;
  readonly duplicates: number;
  /** By position in the poll. */
  readonly drafts: ReadonlyMap<number, Draft>;
  /** Rows of machines of which some row disagrees with what is known. */
  readonly disputed: readonly Draft[];
}

/** What of the poll has been looked at so far. */
interface Comparison extends DraftContext {
  readonly drafts: Map<number, Draft>;
  readonly newLines: Set<number>;
  /** Machines of which some row disagrees with what is known. */
  readonly disputed: Set<number>;
  /** Rows that do not count, since a later one is about the same line. */
  overtaken: number;
}

interface MatchedBlock extends RowMatches {
  readonly rows: PackedRows;
  /** By word. */
  readonly typeCodes: Int8Array;
  /** Rows of the blocks before it. */
  readonly from: number;
}

/** Compares the rows of a poll; of several about one line the last one counts. */
export function compareRows(state: OpenState, blocks: readonly PackedRows[]): Seen {
  const comparison: Comparison = {
    state,
    drafts: new Map(),
    newLines: new Set(),
    newMachines: new Map(),
    disputed: new Set(),
    overtaken: 0,
  };
  const total = blocks.reduce((sum, { length }) => sum + length, 0);
  const matched: MatchedBlock[] = [];
  let from = total;
  // The last one of several rows of a line is the one that counts.
  for (const rows of blocks.toReversed()) {
    from -= rows.length;
    const typeCodes = typeCodesOf(state.types, rows);
    const block = { rows, typeCodes, from, ...state.lines.match(rows, typeCodes, state.attempt) };
    matched.push(block);
    draftChanges(comparison, block);
  }
  const disputed = disputedRows(comparison, matched);
  const { overtaken, drafts } = comparison;
  return { rows: total - overtaken, duplicates: overtaken, drafts, disputed };
}

function draftChanges(comparison: Comparison, block: MatchedBlock): void {
  const { state, drafts, newLines, disputed } = comparison;
  const { rows, typeCodes, from, slots, differences } = block;
  const { numbers, texts } = rows;
  for (let row = rows.length - 1; row >= 0; row -= 1) {
    const difference = differences[row];
    if (difference === SAME) continue;
    const at = row * ROW_NUMBERS;
    const slot = slots[row] as number;
    try {
      const line = lineOf(
        numbers[at] as number,
        typeCodes[texts[row * ROW_TEXTS + TYPE_AT] as number] as number,
      );
      if (difference === OVERTAKEN || newLines.has(line)) {
        differences[row] = OVERTAKEN;
        comparison.overtaken += 1;
        continue;
      }
      if (slot < 0) newLines.add(line);
      const before = slot < 0 ? undefined : state.lines.get(slot);
      const draft =
        before && difference === MOVED
          ? makeMovedDraft(before, numbers, at)
          : makeDraft(comparison, { rows, row, line, before });
      drafts.set(from + row, draft);
      const { machine, values, reliability } = draft;
      if (!machine.isKnown || reliability !== shownReliability(values.exception, machine.reliability)) {
        disputed.add(machine.id);
      }
    } catch (error) {
      throw aboutOffer(error, numbers[at]);
    }
  }
}

/** Most machines are told apart from the disputed ones by the last bits of their numbers. */
const MARKS = 4096;

/** The drafts of all rows of disputed machines; rows without one, which repeat what is known, get one. */
function disputedRows({ state, drafts, disputed }: Comparison, blocks: readonly MatchedBlock[]): Draft[] {
  const found: Draft[] = [];
  if (disputed.size === 0) return found;
  const marks = new Uint8Array(MARKS);
  for (const machine of disputed) marks[machine & (MARKS - 1)] = 1;
  for (const { rows, from, slots, differences } of blocks) {
    const { numbers, length } = rows;
    for (let row = 0; row < length; row += 1) {
      const machine = numbers[row * ROW_NUMBERS + MACHINE_AT] as number;
      if (marks[machine & (MARKS - 1)] === 0 || !disputed.has(machine)) continue;
      if (differences[row] === OVERTAKEN) continue;
      let draft = drafts.get(from + row);
      if (!draft) {
        draft = makeUnchangedDraft(state.lines.get(slots[row] as number));
        drafts.set(from + row, draft);
      }
      found.push(draft);
    }
  }
  return found;
}

/** Codes of the words that are types; a poll has few of them. */
function typeCodesOf(types: TypeCodes, { words, texts, numbers, length }: PackedRows): Int8Array {
  const codes = new Int8Array(words.length).fill(-1);
  for (let row = 0; row < length; row += 1) {
    const word = texts[row * ROW_TEXTS + TYPE_AT] as number;
    if ((codes[word] as number) >= 0) continue;
    try {
      codes[word] = types.codeOf(words[word] ?? null);
    } catch (error) {
      throw aboutOffer(error, numbers[row * ROW_NUMBERS]);
    }
  }
  return codes;
}

function lineOf(offerId: number, typeCode: number): number {
  if (!Number.isInteger(offerId) || offerId < 0 || offerId > LARGEST_OFFER_ID) {
    throw new UnfitValue(`its id is no whole number from 0 to ${LARGEST_OFFER_ID}`);
  }
  return encodeLine(offerId, typeCode);
}
