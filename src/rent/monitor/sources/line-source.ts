// Where lines of a run may come from, as the monitor reads all of them: pieces of bytes with their place and their time.
import type { LogRestart } from '../../remote/index.ts';
import type { LineSource } from '../run-view.ts';
import type { LogFile, LogPrint } from './log-print.ts';

export interface LinePiece {
  /** Of the first byte. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** When it was written, as far as that is known: what stood there before we looked is as old as its file. */
  readonly writtenAtMs: number;
  /** It stood there when we first looked: what it tells is no news. */
  readonly isPast: boolean;
  /** The log began anew: this piece and those after it count from the new log's start. */
  readonly restarted?: LogRestart;
  /** Of the first piece of a file that is read: which one it is. */
  readonly file?: LogFile;
}

export interface ReadLines {
  /** Go on here, or begin there where `from` is undefined. */
  readonly from: number | undefined;
  /** Of what was read of it before: a file that is no more this one is read anew, and that is said first. */
  readonly print?: LogPrint | undefined;
  /** Called whenever the source has answered, also when there was nothing new. */
  readonly onAnswer: () => void;
  readonly signal: AbortSignal;
}

/** One place that was found. */
export interface FoundSource {
  readonly kind: Exclude<LineSource, 'none'>;
  /** A path, a pane, or empty. */
  readonly from: string;
  /** Under which the figures are kept. */
  readonly run: string;
  /**
   * `log`: the same bytes stand at the same offsets each time it is read. `window`: only the newest lines can be had, and
   * offsets count what we have seen of them.
   */
  readonly shape: 'log' | 'window';
  /** Ends when nothing more will come; rejects with why it cannot be read. */
  read(options: ReadLines): AsyncIterable<LinePiece>;
  /** The last bytes that stand there, for looking back; undefined where that is not possible. */
  readonly tail?: (bytes: number) => Promise<Uint8Array>;
}
