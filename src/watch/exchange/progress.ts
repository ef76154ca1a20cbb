// How far a long copy is: counts, rate and the time that is left, told a few times a second.
import type { Clock } from '../../base/std/index.ts';

/** Told at most this often, and once at the end of each stage. */
const TOLD_EVERY_MS = 200;

export interface Progress<Stage extends string> {
  readonly stage: Stage;
  readonly pollsDone: number;
  readonly pollsTotal: number;
  readonly rowsDone: number;
  readonly rowsTotal: number;
  /** Since the stage began; 0 until something is done. */
  readonly rowsPerSecond: number;
  /** Undefined until there is a rate. */
  readonly leftMs: number | undefined;
}

export interface ProgressOptions<Stage extends string> {
  readonly clock: Clock;
  readonly onProgress: ((progress: Progress<Stage>) => void) | undefined;
  readonly stage: Stage;
  readonly pollsTotal: number;
  readonly rowsTotal: number;
}

export interface ProgressCounter {
  advance(polls: number, rows: number): void;
  finish(): void;
}

export function countProgress<Stage extends string>(options: ProgressOptions<Stage>): ProgressCounter {
  const { clock, onProgress, stage, pollsTotal, rowsTotal } = options;
  const startedMs = clock.monotonic();
  let toldMs = Number.NEGATIVE_INFINITY;
  let pollsDone = 0;
  let rowsDone = 0;
  const tell = () => {
    const elapsedMs = clock.monotonic() - startedMs;
    const rowsPerSecond = elapsedMs > 0 ? (rowsDone / elapsedMs) * 1_000 : 0;
    const leftMs =
      rowsPerSecond > 0 ? (Math.max(0, rowsTotal - rowsDone) / rowsPerSecond) * 1_000 : undefined;
    toldMs = clock.monotonic();
    onProgress?.({ stage, pollsDone, pollsTotal, rowsDone, rowsTotal, rowsPerSecond, leftMs });
  };
  return {
    advance: (polls, rows) => {
      pollsDone += polls;
      rowsDone += rows;
      if (clock.monotonic() - toldMs >= TOLD_EVERY_MS) tell();
    },
    finish: tell,
  };
}
