// Bytes to lines, whatever the pieces are; never more than one line is held, and no line longer than the limit.

/** `cut`: the line is longer than the limit and goes on in the next. `end`: the log ended without a line break. */
export const LINE_ENDS = ['newline', 'return', 'cut', 'end'] as const;
export type LineEnd = (typeof LINE_ENDS)[number];

export interface LogLine {
  /** Of the line's first byte in the log. */
  readonly offset: number;
  /** Without its line break; bytes that are no UTF-8 show as U+FFFD. */
  readonly text: string;
  /** `return`: a progress bar that is about to be written over. */
  readonly end: LineEnd;
}

export interface LineSplitter {
  push(bytes: Uint8Array): readonly LogLine[];
  /** What is left without a line break. */
  finish(): readonly LogLine[];
}

const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** `offset` is that of the first byte that will be pushed; default 0. */
export function createLineSplitter({
  offset = 0,
  maxLineBytes = MAX_LINE_BYTES,
}: {
  readonly offset?: number;
  readonly maxLineBytes?: number;
} = {}): LineSplitter {
  if (!(maxLineBytes >= 4))
    throw new RangeError(`Lines of ${maxLineBytes} bytes cannot hold every character`);
  let held: Buffer = Buffer.alloc(0);
  let start = offset;

  const take = (all: Buffer, from: number, length: number, skip: number, end: LineEnd): LogLine => {
    const line = { offset: start, text: all.toString('utf8', from, from + length), end };
    start += length + skip;
    return line;
  };

  const split = (all: Buffer, isLast: boolean): LogLine[] => {
    const lines: LogLine[] = [];
    let from = 0;
    for (;;) {
      const [at, skip, end] = findEnd(all, from, isLast);
      const length = at - from;
      if (length > maxLineBytes) {
        const fits = wholeCharacters(all, from, maxLineBytes);
        lines.push(take(all, from, fits, 0, 'cut'));
        from += fits;
        continue;
      }
      if (end === undefined) break;
      lines.push(take(all, from, length, skip, end));
      from = at + skip;
    }
    // A copy: a view would keep the whole piece alive.
    held = Buffer.from(all.subarray(from));
    return lines;
  };

  return {
    push: (bytes) => split(held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]), false),
    finish() {
      const lines = split(held, true);
      if (held.length > 0) lines.push(take(held, 0, held.length, 0, 'end'));
      held = Buffer.alloc(0);
      return lines;
    },
  };
}

/** Where the line ends, how long its break is and of which kind; the whole length where none is known yet. */
function findEnd(all: Buffer, from: number, isLast: boolean): [at: number, skip: number, end?: LineEnd] {
  const newline = all.indexOf(NEWLINE, from);
  const until = newline < 0 ? all.length : newline;
  const back = all.subarray(from, until).indexOf(RETURN);
  if (back < 0) return newline < 0 ? [all.length, 0] : [newline, 1, 'newline'];
  const at = from + back;
  if (all[at + 1] === NEWLINE) return [at, 2, 'newline'];
  // What follows a return at the very end decides what it is.
  if (at + 1 === all.length && !isLast) return [at, 0];
  return [at, 1, 'return'];
}

/** The most bytes up to `limit` that do not end inside a character. */
function wholeCharacters(all: Buffer, from: number, limit: number): number {
  let length = limit;
  while (length > limit - 4 && ((all[from + length] as number) & 0xc0) === 0x80) length -= 1;
  return length > limit - 4 ? length : limit;
}
