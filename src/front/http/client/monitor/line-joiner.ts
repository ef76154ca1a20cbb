// The lines of one run over daemons that come and go: each counts from one again and reads the log anew, and whoever looks
// wants each line once, with a number that grows. Where a new count begins, the lines that were seen last are looked for in
// what it brings.
import type { ShownLine } from '../../../../rent/monitor/index.ts';

export interface LineJoiner {
  /** Lines of the present count; returns those that are new, by the numbers that are shown. */
  push(lines: readonly ShownLine[]): readonly ShownLine[];
  /** The newest lines of the present count, as they were asked for; all of them, by the numbers that are shown. */
  place(lines: readonly ShownLine[]): readonly ShownLine[];
  /** From now on lines are counted anew. */
  beginAnew(): void;
  /** Whether lines are held until it is known where they belong. */
  isHolding(): boolean;
  /** What was held is new, as far as anybody can tell. */
  giveUp(): readonly ShownLine[];
}

/** Of the lines that were seen last. */
const KNOWN = 40;
/** Fewer than this that look alike may do so by chance. */
const ENOUGH = 3;
const HELD_MAX = 1_000;

export function createLineJoiner(): LineJoiner {
  /** Of the newest line that was pushed, and of the newest that anybody was shown. */
  let pushed = 0;
  let seen = 0;
  let known: readonly string[] = [];
  /** What is added to the present count; undefined while that is being found out. */
  let shift: number | undefined = 0;
  let held: readonly ShownLine[] = [];

  const note = (lines: readonly ShownLine[]) => {
    const added = lines.filter(({ seq }) => seq > seen);
    seen = added.at(-1)?.seq ?? seen;
    known = [...known, ...added.map(({ text }) => text)].slice(-KNOWN);
  };
  const fresh = (lines: readonly ShownLine[], by: number): readonly ShownLine[] => {
    const shown = shifted(lines, by).filter(({ seq }) => seq > pushed);
    pushed = shown.at(-1)?.seq ?? pushed;
    note(shown);
    return shown;
  };
  const settle = (by: number) => {
    shift = by;
    pushed = seen;
    const lines = held;
    held = [];
    return fresh(lines, by);
  };

  return {
    push(lines) {
      if (shift !== undefined) return fresh(lines, shift);
      held = [...held, ...lines].slice(-HELD_MAX);
      const at = indexOfLast(held, known);
      return at === undefined ? [] : settle(seen - at);
    },
    place(lines) {
      if (shift === undefined) {
        // Those that are held are among these.
        held = [];
        const at = indexOfLast(lines, known);
        settle(at === undefined ? seen - (lines[0]?.seq ?? 1) + 1 : seen - at);
      }
      const placed = shifted(lines, shift ?? 0);
      note(placed);
      return placed;
    },
    beginAnew() {
      shift = seen === 0 ? 0 : undefined;
      held = [];
    },
    isHolding: () => held.length > 0,
    giveUp: () => (shift === undefined && held[0] ? settle(seen - held[0].seq + 1) : []),
  };
}

function shifted(lines: readonly ShownLine[], by: number): readonly ShownLine[] {
  return by === 0 ? lines : lines.map((line) => ({ ...line, seq: line.seq + by }));
}

/** The number of the line with which `known` ends in `lines`; undefined where that is nowhere. */
function indexOfLast(lines: readonly ShownLine[], known: readonly string[]): number | undefined {
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    let alike = 0;
    while (alike < known.length && at - alike >= 0 && lines[at - alike]?.text === known.at(-1 - alike)) {
      alike += 1;
    }
    const isWhole = alike === known.length || at - alike < 0;
    if (isWhole && alike >= Math.min(ENOUGH, known.length)) return lines[at]?.seq;
  }
  return undefined;
}
