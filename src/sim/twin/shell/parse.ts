// Text to the tree of `syntax.ts`, by recursive descent over the characters. What it does not know it
// refuses by name; it never guesses.
import { parseWordAt } from './parse-word.ts';
import { Scanner } from './scanner.ts';
import {
  type AndOr,
  type Command,
  type Pipeline,
  type Redirection,
  type Script,
  type Statement,
  SyntaxFault,
  type Word,
} from './syntax.ts';

/** Throws SyntaxFault. */
export function parseScript(text: string): Script {
  const scanner = new Scanner(text);
  const script = scriptAt(scanner, []);
  scanner.skipBreaks();
  if (!scanner.isAtEnd) throw new SyntaxFault(`syntax error near unexpected ${scanner.here()}`);
  return script;
}

const CLOSERS = ['then', 'elif', 'else', 'fi', 'do', 'done', '}'];
const REFUSED = ['case', 'esac', 'function', 'select', 'time', '[['];

/** Statements up to the end, a `)` or one of the closing words; those that are not expected are faults. */
function scriptAt(scanner: Scanner, expected: readonly string[]): Script {
  const statements: Statement[] = [];
  for (;;) {
    scanner.skipBreaks();
    if (scanner.isAtEnd || scanner.peek(')')) return statements;
    const closer = CLOSERS.find((word) => scanner.peekKeyword(word));
    if (closer && expected.includes(closer)) return statements;
    if (closer) throw new SyntaxFault(`syntax error near unexpected ${closer}`);
    const andOr = andOrAt(scanner);
    scanner.skipBlanks();
    const isBackground = scanner.peek('&') && !scanner.peek('&&');
    statements.push({ andOr, isBackground });
    if (isBackground) scanner.take('&');
    else if (scanner.peek(';;')) throw new SyntaxFault('syntax error near unexpected ;;');
    else if (!scanner.take(';') && !scanner.isAtEnd && !scanner.peek('\n') && !scanner.peek(')'))
      throw new SyntaxFault(`syntax error near unexpected ${scanner.here()}`);
  }
}

function andOrAt(scanner: Scanner): AndOr {
  const first = pipelineAt(scanner);
  const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = [];
  for (;;) {
    scanner.skipBlanks();
    const operator = (['&&', '||'] as const).find((text) => scanner.take(text));
    if (!operator) return { first, rest };
    scanner.skipBreaks();
    rest.push({ operator, pipeline: pipelineAt(scanner) });
  }
}

function pipelineAt(scanner: Scanner): Pipeline {
  scanner.skipBlanks();
  const isNegated = scanner.takeKeyword('!');
  const commands = [commandAt(scanner)];
  for (;;) {
    scanner.skipBlanks();
    if (scanner.peek('|&')) throw new SyntaxFault('|& is not part of the twin’s shell');
    if (scanner.peek('||') || !scanner.take('|')) return { isNegated, commands };
    scanner.skipBreaks();
    commands.push(commandAt(scanner));
  }
}

function commandAt(scanner: Scanner): Command {
  scanner.skipBlanks();
  const refused = REFUSED.find((word) => scanner.peekKeyword(word));
  if (refused) throw new SyntaxFault(`${refused} is not part of the twin’s shell`);
  if (scanner.takeKeyword('{')) {
    const body = scriptAt(scanner, ['}']);
    scanner.expectKeyword('}');
    return { kind: 'group', body, redirections: redirectionsAt(scanner) };
  }
  if (scanner.take('(')) {
    const body = scriptAt(scanner, []);
    scanner.expect(')');
    return { kind: 'subshell', body, redirections: redirectionsAt(scanner) };
  }
  if (scanner.takeKeyword('if')) return ifAt(scanner);
  if (scanner.takeKeyword('while')) return loopAt(scanner, false);
  if (scanner.takeKeyword('until')) return loopAt(scanner, true);
  if (scanner.takeKeyword('for')) return forAt(scanner);
  return simpleAt(scanner);
}

function ifAt(scanner: Scanner): Command {
  const branches: { condition: Script; body: Script }[] = [];
  let otherwise: Script | undefined;
  do {
    const condition = scriptAt(scanner, ['then']);
    scanner.expectKeyword('then');
    branches.push({ condition, body: scriptAt(scanner, ['elif', 'else', 'fi']) });
  } while (scanner.takeKeyword('elif'));
  if (scanner.takeKeyword('else')) otherwise = scriptAt(scanner, ['fi']);
  scanner.expectKeyword('fi');
  const redirections = redirectionsAt(scanner);
  return otherwise
    ? { kind: 'if', branches, otherwise, redirections }
    : { kind: 'if', branches, redirections };
}

function loopAt(scanner: Scanner, until: boolean): Command {
  const condition = scriptAt(scanner, ['do']);
  const body = bodyAt(scanner);
  return { kind: 'loop', until, condition, body, redirections: redirectionsAt(scanner) };
}

function forAt(scanner: Scanner): Command {
  scanner.skipBlanks();
  const name = scanner.takeName();
  if (!name) throw new SyntaxFault(`syntax error near unexpected ${scanner.here()}`);
  scanner.skipBlanks();
  let words: Word[] | undefined;
  if (scanner.takeKeyword('in')) {
    words = [];
    for (let word = wordAt(scanner); word; word = wordAt(scanner)) words.push(word);
  }
  scanner.skipBlanks();
  scanner.take(';');
  scanner.skipBreaks();
  const body = bodyAt(scanner);
  const redirections = redirectionsAt(scanner);
  return words ? { kind: 'for', name, words, body, redirections } : { kind: 'for', name, body, redirections };
}

function bodyAt(scanner: Scanner): Script {
  scanner.skipBreaks();
  scanner.expectKeyword('do');
  const body = scriptAt(scanner, ['done']);
  scanner.expectKeyword('done');
  return body;
}

function simpleAt(scanner: Scanner): Command {
  const assignments: { name: string; value: Word }[] = [];
  const words: Word[] = [];
  const redirections: Redirection[] = [];
  for (;;) {
    const some = redirectionAt(scanner);
    if (some.length > 0) {
      redirections.push(...some);
      continue;
    }
    const name = words.length === 0 ? scanner.takeAssignment() : undefined;
    if (name) {
      assignments.push({ name, value: scanner.isAtDelimiter ? [] : (wordAt(scanner) ?? []) });
      continue;
    }
    const word = wordAt(scanner);
    if (!word) break;
    words.push(word);
  }
  if (words.length + assignments.length + redirections.length === 0)
    throw new SyntaxFault(`syntax error near unexpected ${scanner.here()}`);
  scanner.skipBlanks();
  if (scanner.peek('(')) throw new SyntaxFault('functions and arrays are not part of the twin’s shell');
  return { kind: 'simple', assignments, words, redirections };
}

function wordAt(scanner: Scanner): Word | undefined {
  scanner.skipBlanks();
  return parseWordAt(scanner, parseScript);
}

function redirectionsAt(scanner: Scanner): Redirection[] {
  const all: Redirection[] = [];
  for (;;) {
    const some = redirectionAt(scanner);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** None where none stands; two for `&>`. */
function redirectionAt(scanner: Scanner): Redirection[] {
  scanner.skipBlanks();
  if (scanner.take('&>')) {
    if (scanner.peek('>')) throw new SyntaxFault('&>> is not part of the twin’s shell');
    const first: Redirection = { descriptor: 1, operator: '>', target: targetAt(scanner) };
    return [first, { descriptor: 2, operator: '>&', target: [{ kind: 'text', text: '1', isQuoted: false }] }];
  }
  const found = scanner.takeMatch(/(\d?)(>>|>&|>\||<<-?|<&|<>|>|<)/y);
  if (!found) return [];
  const [, digit = '', operator = ''] = found;
  if (operator !== '<' && operator !== '>' && operator !== '>>' && operator !== '>&')
    throw new SyntaxFault(`${operator} is not part of the twin’s shell`);
  const descriptor = digit === '' ? (operator === '<' ? 0 : 1) : Number(digit);
  if (descriptor !== 0 && descriptor !== 1 && descriptor !== 2)
    throw new SyntaxFault(`descriptor ${digit} is not part of the twin’s shell`);
  return [{ descriptor, operator, target: targetAt(scanner) }];
}

function targetAt(scanner: Scanner): Word {
  const target = wordAt(scanner);
  if (!target) throw new SyntaxFault(`syntax error near unexpected ${scanner.here()}`);
  return target;
}
