// A user's regular expression to a program for `pattern-match.ts`. The syntax is JavaScript's, less what needs
// backtracking: no back-references, no look-around. They are refused here, when the configuration is read.

export type Instruction =
  | { readonly op: 'char'; readonly set: CharSet }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly what: 'start' | 'end' | 'word' | 'no-word' }
  | { readonly op: 'match' };

/** True for the UTF-16 units that are meant. */
export type CharSet = (code: number) => boolean;

export interface PatternProgram {
  readonly instructions: readonly Instruction[];
  /** The slot of the group that holds the value: the one named `value`, else the first, else the whole match (0). */
  readonly valueGroup: number;
  /** Text that stands in every match, to tell most lines quickly; empty where there is none. */
  readonly literal: string;
}

export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly pattern: string;
  constructor(pattern: string, what: string) {
    super(`The pattern /${pattern}/ ${what}`);
    this.pattern = pattern;
  }
}

/** Instructions of one pattern, counted repeats written out: with the length of a line they bound the work. */
const INSTRUCTIONS_MAX = 400;
const REPEAT_MAX = 100;

type Node =
  | { readonly kind: 'char'; readonly set: CharSet; readonly literal: string | null }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'group'; readonly slot: number | null; readonly part: Node }
  | {
      readonly kind: 'repeat';
      readonly part: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'word' | 'no-word' };

/** Throws a `PatternError` that says what is wrong with it and what to write instead. */
export function compilePattern(pattern: string, ignoreCase = false): PatternProgram {
  const { node, named } = parse(pattern, ignoreCase);
  const instructions: Instruction[] = [];
  const add = (instruction: Instruction): number => {
    if (instructions.length >= INSTRUCTIONS_MAX) {
      throw new PatternError(
        pattern,
        `is too long: with its repeats written out it has over ${INSTRUCTIONS_MAX} parts`,
      );
    }
    return instructions.push(instruction) - 1;
  };
  const emit = (part: Node): void => {
    switch (part.kind) {
      case 'char':
        add({ op: 'char', set: part.set });
        return;
      case 'assert':
        add({ op: 'assert', what: part.what });
        return;
      case 'sequence':
        for (const each of part.parts) emit(each);
        return;
      case 'group':
        if (part.slot !== null) add({ op: 'save', slot: 2 * part.slot });
        emit(part.part);
        if (part.slot !== null) add({ op: 'save', slot: 2 * part.slot + 1 });
        return;
      case 'choice': {
        const ends: number[] = [];
        for (const [place, each] of part.parts.entries()) {
          if (place === part.parts.length - 1) {
            emit(each);
            break;
          }
          const split = add({ op: 'split', first: 0, second: 0 });
          emit(each);
          ends.push(add({ op: 'jump', to: 0 }));
          instructions[split] = { op: 'split', first: split + 1, second: instructions.length };
        }
        for (const end of ends) instructions[end] = { op: 'jump', to: instructions.length };
        return;
      }
      case 'repeat':
        emitRepeat(part);
    }
  };
  const emitRepeat = ({ part, min, max, isLazy }: Node & { readonly kind: 'repeat' }): void => {
    for (let count = 0; count < min; count += 1) emit(part);
    const splits: number[] = [];
    const split = () => splits.push(add({ op: 'split', first: 0, second: 0 }));
    const from = instructions.length;
    if (max === Number.POSITIVE_INFINITY) {
      split();
      emit(part);
      add({ op: 'jump', to: from });
    } else {
      for (let count = min; count < max; count += 1) {
        split();
        emit(part);
      }
    }
    const end = instructions.length;
    for (const at of splits) {
      instructions[at] = isLazy
        ? { op: 'split', first: end, second: at + 1 }
        : { op: 'split', first: at + 1, second: end };
    }
  };
  emit({ kind: 'group', slot: 0, part: node });
  add({ op: 'match' });
  const groups = instructions.filter((each) => each.op === 'save').length / 2 - 1;
  return {
    instructions,
    valueGroup: named ?? (groups > 0 ? 1 : 0),
    literal: ignoreCase ? '' : literalOf(node),
  };
}

/** The longest run of plain characters that no choice or repeat can leave out. */
function literalOf(node: Node): string {
  let best = '';
  let run = '';
  const end = () => {
    if (run.length > best.length) best = run;
    run = '';
  };
  const visit = (part: Node): void => {
    if (part.kind === 'char' && part.literal !== null) run += part.literal;
    else if (part.kind === 'sequence') part.parts.forEach(visit);
    else if (part.kind === 'group') visit(part.part);
    else if (part.kind !== 'assert') end();
    else end();
  };
  visit(node);
  end();
  return best;
}

function parse(pattern: string, ignoreCase: boolean): { readonly node: Node; readonly named: number | null } {
  let at = 0;
  let groups = 0;
  let depth = 0;
  let named: number | null = null;
  const fail = (what: string): never => {
    throw new PatternError(pattern, what);
  };
  const eat = (text: string): boolean => {
    if (!pattern.startsWith(text, at)) return false;
    at += text.length;
    return true;
  };
  const one = (set: CharSet, literal: string | null): Node => ({ kind: 'char', set, literal });
  const plain = (char: string): Node => {
    const code = char.charCodeAt(0);
    if (!ignoreCase) return one((other) => other === code, char);
    const lower = char.toLowerCase();
    return one((other) => String.fromCharCode(other).toLowerCase() === lower, null);
  };

  const choice = (): Node => {
    depth += 1;
    if (depth > 50) fail('has groups in groups over 50 deep');
    const parts = [sequence()];
    while (eat('|')) parts.push(sequence());
    depth -= 1;
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'choice', parts };
  };
  const sequence = (): Node => {
    const parts: Node[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') parts.push(repeated(atom()));
    return { kind: 'sequence', parts };
  };
  const repeated = (part: Node): Node => {
    const counted = /^\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/.exec(pattern.slice(at, at + 18));
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    if (counted) {
      at += counted[0].length;
      min = Number(counted[1]);
      max = counted[2] === undefined ? min : counted[3] === undefined ? max : Number(counted[3]);
      if (max < min) fail(`repeats from ${min} to ${max}: the first must not be the greater`);
      if (min > REPEAT_MAX || (max > REPEAT_MAX && max !== Number.POSITIVE_INFINITY)) {
        fail(`repeats over ${REPEAT_MAX} times: write * or + instead`);
      }
    } else if (eat('+')) min = 1;
    else if (eat('?')) max = 1;
    else if (!eat('*')) return part;
    if (part.kind === 'assert') fail('repeats a place such as ^ or \\b, which means nothing');
    return { kind: 'repeat', part, min, max, isLazy: eat('?') };
  };
  const atom = (): Node => {
    const char = pattern[at] as string;
    at += 1;
    switch (char) {
      case '(':
        return group();
      case '[':
        return one(charClass(), null);
      case '.':
        return one((code) => code !== 10 && code !== 13 && code !== 0x2028 && code !== 0x2029, null);
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '*':
      case '+':
      case '?':
        return fail(`repeats nothing at "${char}": write \\${char} for the character itself`);
      case '\\':
        return escaped();
      default:
        return plain(char);
    }
  };
  const group = (): Node => {
    let slot: number | null = null;
    if (pattern.startsWith('(?', at - 1)) {
      const name = /^\?<([A-Za-z_]\w*)>/.exec(pattern.slice(at, at + 80))?.[1];
      if (name !== undefined) {
        at += name.length + 3;
        groups += 1;
        slot = groups;
        if (name === 'value') named = slot;
      } else if (!eat('?:')) {
        fail(
          'looks around with (?= (?! (?<= or (?<!, which is not supported: match the text and put the value in a group',
        );
      }
    } else {
      groups += 1;
      slot = groups;
    }
    if (groups > 20) fail('has over 20 groups: write (?:…) where the text is not wanted');
    const part = choice();
    if (!eat(')')) fail('has a ( without its )');
    return { kind: 'group', slot, part };
  };
  const escaped = (): Node => {
    const char = pattern[at];
    if (char === 'b' || char === 'B') {
      at += 1;
      return { kind: 'assert', what: char === 'b' ? 'word' : 'no-word' };
    }
    if (char !== undefined && /[1-9k]/.test(char)) fail('refers back to a group, which is not supported');
    const set = escapedSet();
    return typeof set === 'string' ? plain(set) : one(set, null);
  };
  const escapedSet = (): CharSet | string => {
    const char = pattern[at];
    if (char === undefined) return fail('ends with a \\');
    at += 1;
    const known = CLASSES[char];
    if (known) return known;
    const control = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }[char];
    if (control !== undefined) return control;
    const hex = char === 'x' ? /^[\da-f]{2}/i : char === 'u' ? /^[\da-f]{4}/i : null;
    if (hex) {
      const digits = hex.exec(pattern.slice(at, at + 4))?.[0];
      if (digits === undefined) return fail(`has \\${char} without its hexadecimal digits`);
      at += digits.length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (/[A-Za-z]/.test(char)) return fail(`has \\${char}, which is not supported`);
    return char;
  };
  const charClass = (): CharSet => {
    const isNegated = eat('^');
    const sets: CharSet[] = [];
    while (at < pattern.length && pattern[at] !== ']') {
      const low = member();
      if (typeof low !== 'string') {
        sets.push(low);
        continue;
      }
      if (pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length) {
        at += 1;
        const high = member();
        if (typeof high !== 'string' || high < low)
          return fail(`has a range from "${low}" that does not go up`);
        sets.push(range(low.charCodeAt(0), high.charCodeAt(0)));
      } else sets.push(range(low.charCodeAt(0), low.charCodeAt(0)));
    }
    if (!eat(']')) return fail('has a [ without its ]');
    const either: CharSet = (code) => sets.some((set) => set(code));
    const folded: CharSet = ignoreCase
      ? (code) => {
          const char = String.fromCharCode(code);
          return (
            either(code) ||
            either(char.toLowerCase().charCodeAt(0)) ||
            either(char.toUpperCase().charCodeAt(0))
          );
        }
      : either;
    return isNegated ? (code) => !folded(code) : folded;
  };
  const member = (): CharSet | string => {
    const char = pattern[at] as string;
    at += 1;
    if (char !== '\\') return char;
    if (pattern[at] === 'b') {
      at += 1;
      return '\b';
    }
    if (pattern[at] === '-') {
      at += 1;
      return '-';
    }
    return escapedSet();
  };

  const node = choice();
  if (at < pattern.length) fail('has a ) without its (');
  return { node, named };
}

const range =
  (low: number, high: number): CharSet =>
  (code) =>
    code >= low && code <= high;
const isDigit = range(48, 57);
export const isWordChar: CharSet = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: CharSet = (code) => /\s/.test(String.fromCharCode(code));

const CLASSES: Readonly<Record<string, CharSet>> = {
  d: isDigit,
  D: (code) => !isDigit(code),
  w: isWordChar,
  W: (code) => !isWordChar(code),
  s: isSpace,
  S: (code) => !isSpace(code),
};
