// The newest lines of a run as a person reads them: bars as they stand, nothing that was overwritten, bounded memory.
import type { LogLine } from '../../training/index.ts';
import type { ShownLine } from '../monitor-api.ts';

/** In memory for each run; older ones are read where they are kept. */
export const LINES_KEPT = 500;
const CHARS_MAX = 4_000;
/** A bar is shown where it ends, and now and then while it goes on: some run for hours without a line break. */
const BAR_EVERY_MS = 10_000;

export interface LineWindow {
  push(line: LogLine, attempt: number, atMs: number): void;
  /** Those since the last call, at most as many as are kept. */
  takeNew(): readonly ShownLine[];
  newest(limit: number): readonly ShownLine[];
}

export function createLineWindow(): LineWindow {
  let lines: ShownLine[] = [];
  let seq = 0;
  let taken = 0;
  let barAtMs = Number.NEGATIVE_INFINITY;

  return {
    push({ text, ending }, attempt, atMs) {
      if (ending === 'return') {
        if (text === '' || atMs - barAtMs < BAR_EVERY_MS) return;
        barAtMs = atMs;
      }
      seq += 1;
      lines.push({
        seq,
        attempt,
        atMs,
        text: text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}…` : text,
      });
      // Cut now and then: an array shifted at every line is slow.
      if (lines.length >= 2 * LINES_KEPT) lines = lines.slice(-LINES_KEPT);
    },
    takeNew() {
      const fresh = lines.filter((line) => line.seq > taken).slice(-LINES_KEPT);
      taken = seq;
      return fresh;
    },
    newest: (limit) => (limit <= 0 ? [] : lines.slice(-Math.min(limit, LINES_KEPT))),
  };
}
