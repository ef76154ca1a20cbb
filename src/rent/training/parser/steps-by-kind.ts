// The steps of a log of no known format, in which an evaluation may count by itself: `step 700 loss …` and `eval step 3
// loss …` are two rows of steps and one run. Each kind of line, by how it begins, is followed alone.
import type { StepTracker, StepVerdict } from './attempts.ts';
import { beginningOf } from './line-beginning.ts';

/** Kinds beyond these are followed as one. */
const KINDS_MAX = 8;
const OTHERS = '';

interface Kind {
  readonly name: string;
  readonly steps: StepTracker;
  attempt: number;
  lines: number;
}

export function createStepsByKind(start: () => StepTracker): StepTracker {
  const kinds = new Map<string, Kind>();
  let most: Kind | undefined;
  let attempt = 1;

  const kindOf = (text: string): Kind => {
    if (most !== undefined && most.name !== OTHERS && beginsWith(text, most.name)) return most;
    const name = beginningOf(text);
    const known = kinds.get(name) ?? (kinds.size >= KINDS_MAX ? kinds.get(OTHERS) : undefined);
    if (known) return known;
    // A slice would keep its whole line in memory.
    const own = kinds.size >= KINDS_MAX ? OTHERS : Buffer.from(name).toString();
    const made = { name: own, steps: start(), attempt: 1, lines: 0 };
    kinds.set(own, made);
    return made;
  };

  return {
    follow(step, isDone, text) {
      const kind = kindOf(text);
      kind.lines += 1;
      const verdict = kind.steps.follow(step, isDone, text);
      const change = verdict.attempt - kind.attempt;
      kind.attempt = verdict.attempt;
      // As frequent as the one before: it stays, so that two kinds do not take turns.
      if (most === undefined || kind.lines > most.lines) most = kind;
      if (kind !== most) return withoutSay(attempt);
      attempt = Math.max(1, attempt + change);
      return verdict.attempt === attempt ? verdict : { ...verdict, attempt };
    },
  };
}

/** As `beginningOf` would say, without a copy of it. */
function beginsWith(text: string, name: string): boolean {
  const code = text.charCodeAt(name.length);
  return code >= 48 && code <= 57 && text.startsWith(name);
}

function withoutSay(attempt: number): StepVerdict {
  return { attempt, writer: 1, restartedFrom: null, provesTwoWriters: false, isOfRun: false };
}
