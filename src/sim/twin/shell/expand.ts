// Words to the arguments that a program gets: variables, substitutions, fields, patterns.
import type { TwinFileSystem } from '../file-system.ts';
import { evaluate } from './arithmetic.ts';
import { matchPaths, patternOf } from './patterns.ts';
import type { ShellState } from './state.ts';
import { type Script, SyntaxFault, type Word, type WordPart } from './syntax.ts';

/** Runs a script and gives its standard output: what `$(…)` needs of the interpreter. */
export type Substitute = (script: Script) => Promise<string>;

interface Segment {
  readonly text: string;
  readonly isQuoted: boolean;
}

export interface Expansion {
  readonly state: ShellState;
  readonly files: TwinFileSystem;
  readonly substitute: Substitute;
}

/** All fields of all words, patterns matched. Throws SyntaxFault. */
export async function expandWords(words: readonly Word[], expansion: Expansion): Promise<string[]> {
  const args: string[] = [];
  for (const word of words) {
    for (const field of await fieldsOf(word, expansion)) {
      const matches = field.some(({ text, isQuoted }) => !isQuoted && /[*?[]/.test(text))
        ? matchPaths(patternOf(field), expansion.state.process.cwd, expansion.files)
        : [];
      if (matches.length > 0) args.push(...matches);
      else args.push(field.map(({ text }) => text).join(''));
    }
  }
  return args;
}

/** One text, neither split nor matched: assignments and redirections. */
export async function expandText(word: Word, expansion: Expansion): Promise<string> {
  let text = '';
  for (const [index, part] of word.entries())
    text +=
      part.kind === 'text' ? withHome(part, index === 0, word, expansion) : await valueFor(part, expansion);
  return text;
}

async function fieldsOf(word: Word, expansion: Expansion): Promise<Segment[][]> {
  const fields: Segment[][] = [];
  let current: Segment[] | undefined;
  const add = (segment: Segment) => {
    if (!current) {
      current = [];
      fields.push(current);
    }
    current.push(segment);
  };
  refuseBraces(word);
  for (const [index, part] of word.entries()) {
    if (part.kind === 'text') {
      add({ text: withHome(part, index === 0, word, expansion), isQuoted: part.isQuoted });
    } else if (part.kind === 'variable' && part.name === '@' && part.isQuoted && !part.operation) {
      for (const [at, value] of expansion.state.positional.entries()) {
        if (at > 0) current = undefined;
        add({ text: value, isQuoted: true });
      }
    } else if (part.isQuoted) {
      add({ text: await valueFor(part, expansion), isQuoted: true });
    } else {
      for (const [at, piece] of (await valueFor(part, expansion)).split(/[ \t\n]+/).entries()) {
        if (at > 0) current = undefined;
        if (piece !== '') add({ text: piece, isQuoted: false });
      }
    }
  }
  // `"$@"` without arguments is no field, though its quotes alone would be an empty one.
  const isOnlyEmptyAll =
    expansion.state.positional.length === 0 &&
    word.some((part) => part.kind === 'variable' && part.name === '@');
  return isOnlyEmptyAll ? fields.filter((field) => field.some(({ text }) => text !== '')) : fields;
}

function withHome(
  part: WordPart & { kind: 'text' },
  isFirst: boolean,
  word: Word,
  { state }: Expansion,
): string {
  if (!isFirst || part.isQuoted || !part.text.startsWith('~')) return part.text;
  const isAlone = part.text === '~' && word.length === 1;
  const next = part.text.length > 1 ? part.text[1] : word[1]?.kind === 'text' ? word[1].text[0] : undefined;
  if (!isAlone && next !== '/') return part.text;
  return (state.variables.get('HOME') ?? '/root') + part.text.slice(1);
}

function refuseBraces(word: Word): void {
  const plain = word.map((part) => (part.kind === 'text' && !part.isQuoted ? part.text : '\0')).join('');
  if (/\{[^{}]*(,|\.\.)[^{}]*\}/.test(plain))
    throw new SyntaxFault('brace expansion is not part of the twin’s shell');
}

async function valueFor(part: Exclude<WordPart, { kind: 'text' }>, expansion: Expansion): Promise<string> {
  const { state } = expansion;
  if (part.kind === 'command') return (await expansion.substitute(part.script)).replace(/\n+$/, '');
  if (part.kind === 'arithmetic') {
    const expression = await expandText(part.expression, expansion);
    return String(evaluate(expression, (name) => state.variables.get(name) ?? ''));
  }
  const value = special(part.name, state) ?? state.variables.get(part.name);
  if (!part.operation) {
    if (value === undefined && state.refusesUnset) throw new SyntaxFault(`${part.name}: unbound variable`);
    return value ?? '';
  }
  const { operator } = part.operation;
  if (operator === 'length') return String(Array.from(value ?? '').length);
  const operand = () => expandText(part.operation?.operand ?? [], expansion);
  const isMissing = operator.startsWith(':') ? (value ?? '') === '' : value === undefined;
  switch (operator) {
    case ':-':
    case '-':
      return isMissing ? await operand() : (value ?? '');
    case ':=':
    case '=': {
      if (!isMissing) return value ?? '';
      const given = await operand();
      state.variables.set(part.name, given);
      return given;
    }
    case ':+':
    case '+':
      return isMissing ? '' : await operand();
    default:
      return strip(value ?? '', operator, await operand());
  }
}

/** ${x#p}, ${x##p}, ${x%p}, ${x%%p}: the shortest or longest match taken from the front or the end. */
function strip(value: string, operator: string, pattern: string): string {
  const whole = new RegExp(
    `^${patternOf([{ text: pattern, isQuoted: false }]).replaceAll('[^/]', '[\\s\\S]')}$`,
  );
  const isFront = operator.startsWith('#');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  if (operator.length === 2) lengths.reverse();
  for (const length of lengths) {
    const taken = isFront ? value.slice(0, length) : value.slice(value.length - length);
    if (whole.test(taken)) return isFront ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

function special(name: string, state: ShellState): string | undefined {
  switch (name) {
    case '?':
      return String(state.lastCode);
    case '$':
      return String(state.shellPid);
    case '!':
      return state.lastJob === undefined ? '' : String(state.lastJob);
    case '#':
      return String(state.positional.length);
    case '@':
    case '*':
      return state.positional.join(' ');
    case '0':
      return state.name;
    default:
      return /^\d+$/.test(name) ? state.positional[Number(name) - 1] : undefined;
  }
}
