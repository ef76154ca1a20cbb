// Writes a poll's slices. What a slice asked for mostly repeats from poll to poll and is stored once; only what the
// last two polls asked for is remembered, since slicing by price makes new questions without end.
import type { DatabaseSync } from 'node:sqlite';
import type { SliceRecord } from '../observation.ts';
import type { OnStep } from './event-writer.ts';
import type { PollRow } from './journal-reader.ts';
import { firstEventId } from './schema.ts';

export interface SliceWriter {
  write(row: PollRow, slices: readonly SliceRecord[]): void;
  /** Tells that what `write` wrote is durable. */
  keepPending(): void;
}

export function makeSliceWriter(db: DatabaseSync, onStep?: OnStep): SliceWriter {
  const insertKind = db.prepare('INSERT INTO slice_kinds VALUES (NULL, ?, ?, ?, ?, ?)');
  const insertSlice = db.prepare('INSERT INTO slice_ev VALUES (?, ?, ?, ?, ?, ?)');
  let kinds = new Map<string, number>();
  let previous = new Map<string, number>();
  let used = new Map<string, number>();
  const kindOf = ({ type, search, predicate, complete, reason }: SliceRecord): number => {
    const key = JSON.stringify([type, search, predicate, complete, reason]);
    let kind = used.get(key) ?? kinds.get(key) ?? previous.get(key);
    if (kind === undefined) {
      onStep?.('insert slice kind');
      kind = Number(insertKind.run(type, search, predicate, complete ? 1 : 0, reason).lastInsertRowid);
    }
    used.set(key, kind);
    return kind;
  };
  return {
    write: ({ poll, tsMs }, slices) => {
      used = new Map();
      for (const [index, slice] of slices.entries()) {
        const kind = kindOf(slice);
        onStep?.('insert slice');
        const { startedAtMs, finishedAtMs, rows, bytes } = slice;
        const startMs = Math.round(startedAtMs - tsMs);
        const tookMs = Math.round(finishedAtMs - tsMs) - startMs;
        insertSlice.run(firstEventId(poll) + index, kind, startMs, tookMs, rows, bytes);
      }
    },
    keepPending: () => {
      if (used.size === 0) return;
      previous = kinds;
      kinds = used;
    },
  };
}
