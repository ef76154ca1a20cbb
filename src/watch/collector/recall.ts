// What a collector learned, over a restart: the offers come from the store, and with them the slices that are made
// from them; what no offer tells (the cap, above all) from a note that is stored with each poll that changes it.
import type { MarketWriter } from '../history/index.ts';
import type { Cap } from './cap.ts';
import type { SweepMemory } from './memory.ts';
import { MARKET_TYPES, type SearchState } from './slice.ts';
import { listingOf } from './tally.ts';

/** A note of another format is not read; what it says is learned again. */
const NOTE_FORMAT = 1;

interface Note {
  readonly format: number;
  readonly cap: Cap | null;
  readonly usualFields: readonly string[] | null;
  readonly slicedSearches: readonly SearchState[];
  readonly isStatelessProven: boolean;
  readonly comparedAtMs: readonly (readonly [key: string, ms: number])[];
}

/** The note about what is known now. */
export function writeNote(memory: SweepMemory): string {
  const { cap, usualFields, slicedSearches, isStatelessProven, comparedAtMs } = memory;
  const note: Note = {
    format: NOTE_FORMAT,
    cap: cap ?? null,
    usualFields: usualFields ? [...usualFields].sort() : null,
    slicedSearches,
    isStatelessProven,
    comparedAtMs: [...comparedAtMs],
  };
  return JSON.stringify(note);
}

/**
 * Puts into a new memory what the store and its note know. Nothing where the newest poll asked another question: what
 * it saw says little about this one.
 */
export function recall(
  memory: SweepMemory,
  writer: Pick<MarketWriter, 'lastPoll' | 'note' | 'openOffers'>,
  filter: string,
): void {
  const last = writer.lastPoll();
  if (last?.filter !== filter) return;
  const offers = writer.openOffers();
  for (const type of MARKET_TYPES) {
    const own = offers.filter((offer) => offer.type === type);
    if (own.length === 0) continue;
    memory.census.recall(type, {
      listed: own.filter(({ isMissing }) => !isMissing).map(listingOf),
      missing: own.filter(({ isMissing }) => isMissing).map(listingOf),
      atMs: last.tsMs,
    });
  }
  const note = readNote(writer.note());
  if (!note) return;
  memory.cap = note.cap ?? undefined;
  memory.usualFields = note.usualFields ? new Set(note.usualFields) : undefined;
  memory.slicedSearches = note.slicedSearches;
  memory.isStatelessProven = note.isStatelessProven;
  for (const [key, ms] of note.comparedAtMs) memory.comparedAtMs.set(key, ms);
}

function readNote(text: string | undefined): Note | undefined {
  try {
    const note = JSON.parse(text ?? 'null') as Partial<Note> | null;
    const isWhole =
      note?.format === NOTE_FORMAT &&
      [note.slicedSearches, note.comparedAtMs].every((list) => Array.isArray(list));
    return isWhole ? (note as Note) : undefined;
  } catch {
    // Whatever it was, it can be learned again.
    return undefined;
  }
}
