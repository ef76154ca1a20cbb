// Lines with a place that is the same each time a log is read, whatever pieces it comes in: that of the line's first byte,
// and for the states of a bar, which share their line, one more for each. Numbers of metrics are made of it.
import { createLineReader, type LogLine } from '../../training/index.ts';

export interface PlacedLine extends LogLine {
  readonly place: number;
}

export interface LinePlaces {
  push(bytes: Uint8Array): readonly PlacedLine[];
}

const NEWLINE = 10;

/** `offset` is that of the first byte that will be pushed. */
export function createLinePlaces(offset: number): LinePlaces {
  const reader = createLineReader();
  // Of the present line, and of its next state.
  let place = offset;
  let position = offset;
  return {
    push(bytes) {
      const lines: PlacedLine[] = [];
      for (let from = 0; from < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, from);
        const until = newline < 0 ? bytes.length : newline + 1;
        for (const line of reader.push(bytes.subarray(from, until))) {
          lines.push({ ...line, place });
          // Each state is at least a byte long, so the next line's place is beyond all of them.
          place += 1;
        }
        position += until - from;
        if (newline >= 0) place = position;
        from = until;
      }
      return lines;
    },
  };
}
