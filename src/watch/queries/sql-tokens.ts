// SQL cut into tokens, so that it can be changed without touching what stands in strings, quoted names and
// comments. Knows what SQLite and DuckDB write alike, and DuckDB's dollar quotes.
import { placeAt, SqlError } from './sql-error.ts';

export type TokenKind =
  | 'word'
  | 'quoted-name'
  | 'string'
  | 'number'
  | 'bind'
  | 'blank'
  | 'comment'
  | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
}

const PATTERNS: readonly [TokenKind, RegExp][] = [
  ['blank', /\s+/y],
  ['comment', /--[^\n]*/y],
  ['string', /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/y],
  ['string', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y],
  ['string', /'(?:[^']|'')*'/y],
  ['quoted-name', /"(?:[^"]|"")*"/y],
  ['number', /(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['bind', /[:$@](?:[A-Za-z_]\w*)/y],
  ['symbol', /::|<=|>=|<>|!=|\|\||[\s\S]/y],
];

/** Throws SqlError for a string, name or comment that is not closed. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at, tokens);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number, before: readonly Token[]): Token {
  if (text.startsWith('/*', at)) return { kind: 'comment', text: blockComment(text, at), at };
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    if (kind === 'bind' && !isBind(text, at, before)) continue;
    if (kind === 'symbol' && (found === "'" || found === '"')) {
      throw new SqlError(
        `the ${found === "'" ? 'string' : 'quoted name'} that begins here is not closed`,
        placeAt(text, at),
      );
    }
    return { kind, text: found, at };
  }
  throw new SqlError('this character cannot be read', placeAt(text, at));
}

/** `:x` is a bind, but not in a slice `list[1:n]`, a struct `{a:b}` or a cast `a::b`. */
function isBind(text: string, at: number, before: readonly Token[]): boolean {
  if (text[at] !== ':') return true;
  let open = 0;
  for (let place = before.length - 1; place >= 0; place -= 1) {
    const { kind, text: symbol } = before[place] as Token;
    if (kind !== 'symbol') continue;
    if (symbol === ')' || symbol === ']' || symbol === '}') open += 1;
    else if (symbol === '(' || symbol === '[' || symbol === '{') {
      if (open === 0) return symbol === '(';
      open -= 1;
    }
  }
  return true;
}

/** Comments nest in DuckDB and not in SQLite; what opens a second one inside is too rare to matter. */
function blockComment(text: string, at: number): string {
  const end = text.indexOf('*/', at + 2);
  if (end < 0) throw new SqlError('the comment that begins here is not closed', placeAt(text, at));
  return text.slice(at, end + 2);
}

/** The next or previous token that is neither blank nor comment. */
export function neighbour(
  tokens: readonly Token[],
  index: number,
  step: 1 | -1,
): { readonly token: Token; readonly index: number } | undefined {
  for (let place = index + step; place >= 0 && place < tokens.length; place += step) {
    const token = tokens[place] as Token;
    if (token.kind !== 'blank' && token.kind !== 'comment') return { token, index: place };
  }
  return undefined;
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}
