// Lines of runs as they come through a stream, once each: those of a run that nobody knows yet wait for it, and those of which
// it is not known where they belong wait a while too.
import type { Clock, Timer } from '../../../../base/std/index.ts';
import type { MonitorView, RunView, ShownLine } from '../../../../rent/monitor/index.ts';
import { createLineJoiner, type LineJoiner } from './line-joiner.ts';

export interface RunLinesOptions {
  readonly clock: Clock;
  readonly onLines: (run: RunView, lines: readonly ShownLine[]) => void;
}

export interface RunLines {
  push(key: string, lines: readonly ShownLine[]): void;
  /** Lines that were asked for, by the numbers that are shown. */
  place(key: string, lines: readonly ShownLine[]): readonly ShownLine[];
  /** From now on all lines are counted anew. */
  beginAnew(): void;
  /** Runs that lines were heard of. */
  keys(): readonly string[];
  takeView(view: MonitorView): void;
  stop(): void;
}

/** Whoever comes back to another daemon waits so long for it to read a log up to where it was. */
const HOLD_MS = 5_000;
const EARLY_MAX = 500;

export function createRunLines({ clock, onLines }: RunLinesOptions): RunLines {
  const joiners = new Map<string, LineJoiner>();
  const early = new Map<string, readonly ShownLine[]>();
  let runs: ReadonlyMap<string, RunView> = new Map();
  let holding: Timer | undefined;

  const joinerOf = (key: string): LineJoiner => {
    const present = joiners.get(key) ?? createLineJoiner();
    joiners.set(key, present);
    return present;
  };
  const tell = (key: string, lines: readonly ShownLine[]) => {
    if (lines.length === 0) return;
    const run = runs.get(key);
    if (run) onLines(run, lines);
    else early.set(key, [...(early.get(key) ?? []), ...lines].slice(-EARLY_MAX));
  };
  const giveUp = () => {
    holding = undefined;
    for (const [key, joiner] of joiners) tell(key, joiner.giveUp());
  };

  return {
    push(key, lines) {
      const joiner = joinerOf(key);
      tell(key, joiner.push(lines));
      if (joiner.isHolding()) holding ??= clock.setTimer(HOLD_MS, giveUp);
    },
    place: (key, lines) => joinerOf(key).place(lines),
    beginAnew() {
      for (const joiner of joiners.values()) joiner.beginAnew();
    },
    keys: () => [...joiners.keys()],
    takeView(view) {
      runs = new Map(view.runs.map((run) => [run.key, run]));
      for (const [key, lines] of early) {
        early.delete(key);
        tell(key, lines);
      }
      for (const key of joiners.keys()) if (!runs.has(key) && !early.has(key)) joiners.delete(key);
    },
    stop() {
      holding?.cancel();
      holding = undefined;
    },
  };
}
