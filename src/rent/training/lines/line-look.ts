// What is odd about the lines of a log as such, whatever they say: bytes that are no text, lines without an end.
import type { LogLine } from './line-reader.ts';

export interface OddLines {
  /** One note of a name is enough. */
  readonly name: 'cut' | 'binary';
  readonly sentence: string;
}

export interface LineLook {
  /** What this line shows, each time it does. */
  look(line: Pick<LogLine, 'text' | 'isCut'>): OddLines | null;
}

/** Of so many lines, more than half with bytes that are no text. */
const BINARY_LINES = 20;

const CUT: OddLines = {
  name: 'cut',
  sentence: 'A line is longer than 65,536 characters: its rest is not read',
};
const BINARY: OddLines = {
  name: 'binary',
  sentence: 'This is not text: most of its lines hold bytes that are no UTF-8',
};

export function createLineLook(): LineLook {
  let looked = 0;
  let odd = 0;
  return {
    look({ text, isCut }) {
      if (isCut) return CUT;
      if (text === '') return null;
      looked += 1;
      if (text.includes('\ufffd')) odd += 1;
      if (looked < BINARY_LINES) return null;
      const isBinary = odd > BINARY_LINES / 2;
      looked = 0;
      odd = 0;
      return isBinary ? BINARY : null;
    },
  };
}
