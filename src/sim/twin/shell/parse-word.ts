// One word of shell: quotes, variables, substitutions.
import { Scanner } from './scanner.ts';
import { type Script, SyntaxFault, type Word, type WordPart } from './syntax.ts';

type ParseScript = (text: string) => Script;

/** The word that begins here, or undefined where none does. Blanks are the caller's. */
export function parseWordAt(scanner: Scanner, parseScript: ParseScript): Word | undefined {
  if (scanner.isAtDelimiter || scanner.peek('#')) return undefined;
  return partsUntil(scanner, parseScript, () => scanner.isAtDelimiter);
}

function partsUntil(scanner: Scanner, parseScript: ParseScript, isOver: () => boolean): Word {
  const parts: WordPart[] = [];
  const text = (value: string, isQuoted: boolean) => {
    const last = parts.at(-1);
    const joins = last?.kind === 'text' && last.isQuoted === isQuoted;
    // One part for what stands together: a pattern's brackets must not fall apart.
    if (joins) parts[parts.length - 1] = { ...last, text: last.text + value };
    else parts.push({ kind: 'text', text: value, isQuoted });
  };
  while (!isOver()) {
    if (scanner.isAtEnd) throw new SyntaxFault('syntax error: the line ends inside a word');
    if (scanner.take("'")) text(upTo(scanner, "'"), true);
    else if (scanner.take('"')) parts.push(...doubleQuoted(scanner, parseScript));
    else if (scanner.take('\\\n')) continue;
    else if (scanner.take('\\')) text(one(scanner), true);
    else if (scanner.peek("$'")) throw new SyntaxFault("$'…' is not part of the twin’s shell");
    else if (scanner.peek('$') || scanner.peek('`')) parts.push(dollar(scanner, parseScript, false));
    else text(one(scanner), false);
  }
  return parts;
}

function doubleQuoted(scanner: Scanner, parseScript: ParseScript): Word {
  // Even an empty pair of quotes is a word.
  const parts: WordPart[] = [{ kind: 'text', text: '', isQuoted: true }];
  const text = (value: string) => parts.push({ kind: 'text', text: value, isQuoted: true });
  while (!scanner.take('"')) {
    if (scanner.isAtEnd) throw new SyntaxFault('syntax error: a double quote is not closed');
    if (scanner.take('\\\n')) continue;
    const escaped = scanner.takeMatch(/\\([$`"\\])/y);
    if (escaped) text(escaped[1] as string);
    else if (scanner.peek('$') || scanner.peek('`')) parts.push(dollar(scanner, parseScript, true));
    else text(one(scanner));
  }
  return parts;
}

function dollar(scanner: Scanner, parseScript: ParseScript, isQuoted: boolean): WordPart {
  if (scanner.take('`')) return { kind: 'command', script: parseScript(backquoted(scanner)), isQuoted };
  if (scanner.take('$((')) {
    const inner = new Scanner(balanced(scanner, '))'));
    return {
      kind: 'arithmetic',
      expression: partsUntil(inner, parseScript, () => inner.isAtEnd),
      isQuoted,
    };
  }
  if (scanner.take('$(')) return { kind: 'command', script: parseScript(balanced(scanner, ')')), isQuoted };
  if (scanner.take('${')) return braced(scanner, parseScript, isQuoted);
  const found = scanner.takeMatch(/\$([A-Za-z_]\w*|[0-9?$!#@*])/y);
  if (found) return { kind: 'variable', name: found[1] as string, isQuoted };
  scanner.take('$');
  return { kind: 'text', text: '$', isQuoted };
}

function braced(scanner: Scanner, parseScript: ParseScript, isQuoted: boolean): WordPart {
  const length = scanner.takeMatch(/#([A-Za-z_]\w*)\}/y);
  if (length)
    return {
      kind: 'variable',
      name: length[1] as string,
      operation: { operator: 'length', operand: [] },
      isQuoted,
    };
  const name = scanner.takeMatch(/[A-Za-z_]\w*|[0-9]+|[?$!#@*]/y)?.[0];
  if (!name) throw new SyntaxFault(`\${${scanner.here()} is not part of the twin’s shell`);
  if (scanner.take('}')) return { kind: 'variable', name, isQuoted };
  const operator = scanner.takeMatch(/:[-=+]|[-=+]|%%|%|##|#/y)?.[0];
  if (!operator) throw new SyntaxFault(`\${${name}${scanner.here()} is not part of the twin’s shell`);
  const operand = partsUntil(scanner, parseScript, () => scanner.peek('}'));
  scanner.expect('}');
  return { kind: 'variable', name, operation: { operator, operand }, isQuoted };
}

/** The text up to a closing mark at the same depth of brackets, over quotes; past the mark. */
function balanced(scanner: Scanner, closer: string): string {
  const start = scanner.position;
  let depth = 0;
  for (;;) {
    if (scanner.isAtEnd) throw new SyntaxFault(`syntax error: ${closer} is missing`);
    if (depth === 0 && scanner.peek(closer)) {
      const inner = scanner.text.slice(start, scanner.position);
      scanner.take(closer);
      return inner;
    }
    if (scanner.take("'")) upTo(scanner, "'");
    else if (scanner.take('"')) skipDoubleQuoted(scanner);
    else if (scanner.take('\\')) one(scanner);
    else if (scanner.take('(')) depth += 1;
    else if (scanner.take(')')) depth -= 1;
    else scanner.position += 1;
  }
}

function skipDoubleQuoted(scanner: Scanner): void {
  while (!scanner.take('"')) {
    if (scanner.isAtEnd) throw new SyntaxFault('syntax error: a double quote is not closed');
    if (scanner.take('\\')) scanner.position += 1;
    else if (scanner.take('$(')) balanced(scanner, ')');
    else scanner.position += 1;
  }
}

function backquoted(scanner: Scanner): string {
  let inner = '';
  while (!scanner.take('`')) {
    const escaped = scanner.takeMatch(/\\([$`\\])/y);
    inner += escaped ? escaped[1] : one(scanner);
  }
  return inner;
}

function upTo(scanner: Scanner, mark: string): string {
  const end = scanner.text.indexOf(mark, scanner.position);
  if (end < 0) throw new SyntaxFault(`syntax error: ${mark} is not closed`);
  const inner = scanner.text.slice(scanner.position, end);
  scanner.position = end + mark.length;
  return inner;
}

/** One character, whole where it is a surrogate pair. */
function one(scanner: Scanner): string {
  const code = scanner.text.codePointAt(scanner.position);
  if (code === undefined) throw new SyntaxFault('syntax error: the line ends after a backslash or in quotes');
  const character = String.fromCodePoint(code);
  scanner.position += character.length;
  return character;
}
