// Bytes of a log as they arrive, in pieces cut anywhere, to lines: bounded memory whatever comes.
import { plainText } from './plain-text.ts';

export const LINE_ENDINGS = ['newline', 'return', 'none'] as const;
/** `return` is the state of a bar, which the next line of a screen overwrites; `none` is a half line at the end. */
export type LineEnding = (typeof LINE_ENDINGS)[number];

export interface LogLine {
  /** Without ANSI codes, backspaces and other control characters; invalid UTF-8 is U+FFFD. */
  readonly text: string;
  readonly ending: LineEnding;
  /** True where the line was longer than allowed and its rest was dropped. */
  readonly isCut: boolean;
}

export interface LineReaderOptions {
  /** Longer lines lose their rest. Default 65,536 UTF-16 units. */
  readonly maxChars?: number;
}

export interface LineReader {
  /** The lines that these bytes end. A bar's states are lines of their own, each overwriting the one before. */
  push(bytes: Uint8Array): readonly LogLine[];
  /** What has arrived of a line that is not ended yet, for a screen: the last state of a bar often stands here. */
  pending(): string;
  /** The half line that is left when nothing more will come; the reader can be used for another log afterwards. */
  end(): readonly LogLine[];
}

const MAX_CHARS = 65_536;

export function createLineReader({ maxChars = MAX_CHARS }: LineReaderOptions = {}): LineReader {
  let decoder = new TextDecoder();
  let held = '';
  let isCut = false;
  // A return at the end of the bytes may be half of a Windows line end.
  let hasReturn = false;

  const hold = (text: string) => {
    if (text === '') return;
    const room = maxChars - held.length;
    if (text.length > room) isCut = true;
    // Joining copies nothing; a slice of what is dropped would keep all of it in memory.
    if (room > 0) held += text.length > room ? text.slice(0, room) : text;
  };
  const take = (ending: LineEnding): LogLine => {
    const line = { text: plainText(held), ending, isCut };
    held = '';
    isCut = false;
    return line;
  };
  const read = (text: string): LogLine[] => {
    const lines: LogLine[] = [];
    let from = 0;
    if (hasReturn && text !== '') {
      hasReturn = false;
      const isWindows = text.charCodeAt(0) === NEWLINE;
      lines.push(take(isWindows ? 'newline' : 'return'));
      if (isWindows) from = 1;
    }
    let newline = text.indexOf('\n', from);
    let back = text.indexOf('\r', from);
    while (newline >= 0 || back >= 0) {
      const isReturn = back >= 0 && (newline < 0 || back < newline);
      const end = isReturn ? back : newline;
      hold(from === 0 && end === text.length ? text : text.slice(from, end));
      from = end + 1;
      if (!isReturn) lines.push(take('newline'));
      else if (from === text.length) hasReturn = true;
      else if (text.charCodeAt(from) === NEWLINE) {
        lines.push(take('newline'));
        from += 1;
      } else lines.push(take('return'));
      if (newline >= 0 && newline < from) newline = text.indexOf('\n', from);
      if (isReturn) back = text.indexOf('\r', from);
    }
    hold(text.slice(from));
    return lines;
  };

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    pending: () => plainText(held),
    end() {
      const lines = read(decoder.decode());
      if (hasReturn) lines.push(take('return'));
      else if (held !== '') lines.push(take('none'));
      hasReturn = false;
      decoder = new TextDecoder();
      return lines;
    },
  };
}

const NEWLINE = 10;
