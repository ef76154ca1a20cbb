// Runs a pattern over a line in time proportional to both lengths: all ways to match are followed at once, so that no
// pattern can make it go back and try again. R. Pike's machine, after R. Cox, "Regular Expression Matching: the
// Virtual Machine Approach" (2009). Which of several matches is taken is as in JavaScript: the first, earlier choices
// first.
import { isWordChar, type PatternProgram } from './pattern-syntax.ts';

export interface PatternMatch {
  /** The text of the value's group; undefined where the line does not match, or this group of it. */
  readonly value: string | undefined;
  /** Steps that it took: what the budget of a pattern is counted in. */
  readonly steps: number;
}

interface Thread {
  readonly at: number;
  /** Where the value's group begins and ends; -1 is unset. */
  readonly from: number;
  readonly to: number;
}

/** Longer lines are looked at so far. */
const LINE_MAX = 4_096;

export function matchPattern(
  { instructions, valueGroup, literal }: PatternProgram,
  line: string,
): PatternMatch {
  if (literal !== '' && !line.includes(literal)) return { value: undefined, steps: 1 };
  const text = line.length > LINE_MAX ? line.slice(0, LINE_MAX) : line;
  const fromSlot = 2 * valueGroup;
  const seen = new Int32Array(instructions.length).fill(-1);
  let threads: Thread[] = [];
  let next: Thread[] = [];
  let found: Thread | null = null;
  let steps = 0;

  /** Follows what takes no character; depth first, so that earlier choices stand before later ones. */
  const follow = (list: Thread[], position: number, start: Thread): void => {
    const stack = [start];
    for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
      if (seen[thread.at] === position) continue;
      seen[thread.at] = position;
      steps += 1;
      const instruction = instructions[thread.at];
      switch (instruction?.op) {
        case 'jump':
          stack.push({ ...thread, at: instruction.to });
          break;
        case 'split':
          stack.push({ ...thread, at: instruction.second }, { ...thread, at: instruction.first });
          break;
        case 'save': {
          const { slot } = instruction;
          const at = thread.at + 1;
          if (slot === fromSlot) stack.push({ at, from: position, to: -1 });
          else stack.push({ ...thread, at, to: slot === fromSlot + 1 ? position : thread.to });
          break;
        }
        case 'assert':
          if (holds(instruction.what, text, position)) stack.push({ ...thread, at: thread.at + 1 });
          break;
        default:
          list.push(thread);
      }
    }
  };

  for (let position = 0; position <= text.length; position += 1) {
    // A match may begin at every place until one has been found.
    if (found === null) follow(threads, position, { at: 0, from: -1, to: -1 });
    if (threads.length === 0 && found !== null) break;
    const code = text.charCodeAt(position);
    for (const thread of threads) {
      steps += 1;
      const instruction = instructions[thread.at];
      if (instruction?.op === 'match') {
        // What stands behind it is a later choice.
        found = thread;
        break;
      }
      if (instruction?.op === 'char' && position < text.length && instruction.set(code)) {
        follow(next, position + 1, { ...thread, at: thread.at + 1 });
      }
    }
    [threads, next] = [next, threads];
    next.length = 0;
  }
  const value =
    found !== null && found.from >= 0 && found.to >= found.from
      ? text.slice(found.from, found.to)
      : undefined;
  return { value, steps };
}

function holds(what: 'start' | 'end' | 'word' | 'no-word', text: string, position: number): boolean {
  if (what === 'start') return position === 0;
  if (what === 'end') return position === text.length;
  const isBoundary =
    (position > 0 && isWordChar(text.charCodeAt(position - 1))) !==
    (position < text.length && isWordChar(text.charCodeAt(position)));
  return isBoundary === (what === 'word');
}
