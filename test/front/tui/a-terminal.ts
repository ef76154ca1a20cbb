// A terminal without a screen: what the program writes lands in the cells of a real terminal emulator, and keys come as
// the bytes that a keyboard sends.
import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import headless from '@xterm/headless';

export interface TestTerminal {
  readonly stdout: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly inIsTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly onResize: (listener: () => void) => () => void;
  /** Every byte that was written. */
  readonly written: () => string;
  readonly isRaw: () => boolean;
  /** The rows of the screen, without blanks at their ends. */
  readonly screen: () => readonly string[];
  readonly cell: (column: number, row: number) => TestCell;
  /** The name of the buffer that is shown: the program's is `alternate`. */
  readonly buffer: () => 'normal' | 'alternate';
  press(bytes: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves when the screen is as wanted; fails with the screen when it is not in time. */
  until(isThere: (screen: readonly string[]) => boolean): Promise<void>;
  end(): void;
}

export interface TestCell {
  readonly text: string;
  readonly width: number;
  readonly isInverse: boolean;
  readonly isBold: boolean;
  /** A colour was set for it. */
  readonly isColoured: boolean;
  readonly colour: number;
}

const WIDE = /^\p{Emoji_Presentation}$/u;

export function aTerminal(columns: number, rows: number): TestTerminal {
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  // The emulator's own table is of 2010, when these signs were narrow; terminals of today draw them wide.
  const wcwidth = (code: number): 0 | 1 | 2 => {
    if (code === 0x200d || (code >= 0x300 && code < 0x370) || code === 0xfe0f) return 0;
    return WIDE.test(String.fromCodePoint(code)) ||
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xd7a3)
      ? 2
      : 1;
  };
  emulator.unicode.register({
    version: 'today',
    wcwidth,
    charProperties: (code) => wcwidth(code) << 1,
  });
  emulator.unicode.activeVersion = 'today';
  let written = '';
  let isRaw = false;
  let size = { columns, rows };
  const changed = new EventEmitter().setMaxListeners(0);
  const resized = new EventEmitter().setMaxListeners(0);
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const text = chunk.toString('utf8');
      written += text;
      // The terminal of a program has turned its line ends into those of a terminal.
      emulator.write(text.replaceAll('\n', '\r\n'), () => {
        changed.emit('change');
        done();
      });
    },
  });
  Object.defineProperties(stdout, {
    isTTY: { value: true },
    columns: { get: () => size.columns },
    rows: { get: () => size.rows },
  });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (wanted: boolean) => {
      isRaw = wanted;
    },
    ref: () => {},
    unref: () => {},
  });
  const screen = () => {
    const { active } = emulator.buffer;
    return Array.from({ length: size.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  };
  return {
    stdout,
    stdin,
    stderr: new PassThrough(),
    inIsTerminal: true,
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    onResize: (listener) => {
      resized.on('resize', listener);
      return () => void resized.off('resize', listener);
    },
    written: () => written,
    isRaw: () => isRaw,
    screen,
    cell: (column, row) => {
      const { active } = emulator.buffer;
      const cell = active.getLine(active.baseY + row)?.getCell(column);
      return {
        text: cell?.getChars() ?? '',
        width: cell?.getWidth() ?? 0,
        isInverse: (cell?.isInverse() ?? 0) !== 0,
        isBold: (cell?.isBold() ?? 0) !== 0,
        isColoured: cell?.isFgDefault() === false,
        colour: cell?.getFgColor() ?? -1,
      };
    },
    buffer: () => emulator.buffer.active.type,
    press: (bytes) => void stdin.write(bytes),
    resize(nextColumns, nextRows) {
      size = { columns: nextColumns, rows: nextRows };
      emulator.resize(nextColumns, nextRows);
      stdout.emit('resize');
      resized.emit('resize');
    },
    async until(isThere) {
      const end = AbortSignal.timeout(8_000);
      while (!isThere(screen())) {
        if (end.aborted)
          throw new Error(`The screen did not become what was waited for:\n${screen().join('\n')}`);
        await new Promise<void>((resolve) => {
          const settle = () => {
            changed.off('change', settle);
            end.removeEventListener('abort', settle);
            resolve();
          };
          changed.on('change', settle);
          end.addEventListener('abort', settle);
        });
      }
    },
    end: () => emulator.dispose(),
  };
}
