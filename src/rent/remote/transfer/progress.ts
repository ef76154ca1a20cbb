// How far a transfer is, told now and then.
import type { Clock } from '../../../base/std/index.ts';

export interface TransferProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
  readonly totalFiles: number;
  /** Until the end at the speed so far; null in the first second, and before anything has come. */
  readonly etaMs: number | null;
}

export type OnProgress = (progress: TransferProgress) => void;

export interface ProgressMeter {
  /** What was there before this transfer began: it counts as done and not as speed. */
  resumed(bytes: number, files?: number): void;
  add(bytes: number): void;
  /** Bytes of the file under way so far, where its program tells only that. */
  current(bytes: number): void;
  /** So many of what was under way are there for good, and nothing is under way any more: told as one step. */
  landed(bytes: number): void;
  fileDone(): void;
  /** Tells the last state, always. */
  finish(): void;
}

const TELL_EVERY_MS = 100;
/** The first bytes wait for programs and handshakes, and say nothing of the others. */
const SPEED_KNOWN_MS = 1_000;

export function createProgress(
  clock: Clock,
  total: { readonly bytes: number; readonly files: number },
  onProgress: OnProgress = () => {},
): ProgressMeter {
  const startedMs = clock.monotonic();
  let toldMs = Number.NEGATIVE_INFINITY;
  let before = 0;
  let done = 0;
  let underWay = 0;
  let files = 0;
  const tell = () => {
    toldMs = clock.monotonic();
    const elapsedMs = toldMs - startedMs;
    const bytes = Math.min(total.bytes, done + underWay);
    const came = bytes - before;
    const left = total.bytes - bytes;
    const isKnown = came > 0 && (elapsedMs >= SPEED_KNOWN_MS || left === 0);
    const etaMs = isKnown ? Math.round((elapsedMs * left) / came) : null;
    onProgress({ bytes, totalBytes: total.bytes, files, totalFiles: total.files, etaMs });
  };
  const changed = () => {
    if (clock.monotonic() - toldMs >= TELL_EVERY_MS) tell();
  };
  return {
    resumed: (bytes, count = 0) => {
      before += bytes;
      done += bytes;
      files += count;
      changed();
    },
    add: (bytes) => {
      done += bytes;
      changed();
    },
    current: (bytes) => {
      underWay = bytes;
      changed();
    },
    landed: (bytes) => {
      done += bytes;
      underWay = 0;
      changed();
    },
    fileDone: () => {
      done += underWay;
      underWay = 0;
      files += 1;
      changed();
    },
    finish: tell,
  };
}
