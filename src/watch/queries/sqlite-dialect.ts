// Makes DuckDB understand what recipes written for SQLite say: its date functions over text, MAX and MIN of
// several arguments, REAL of 64 bits, `:name` binds. Names are changed token by token; what they mean is in
// DIALECT_MACROS.
import { placeAt, SqlError } from './sql-error.ts';
import { isSymbol, isWord, neighbour, type Token } from './sql-tokens.ts';

/** Julian day 0 in SQLite's own arithmetic: whole milliseconds, divided once, so the doubles are the same. */
const JULIAN_EPOCH_MS = 210_866_760_000_000;

const MODIFIERS_MOST = 3;
const ARGUMENTS_MOST = 6;

/** Prefix of everything that is made for the dialect, and that is taken out of error messages again. */
export const DIALECT_PREFIX = 'vd_';

/** To be run once a connection. Unreadable times give NULL, as in SQLite. */
export const DIALECT_MACROS: readonly string[] = [
  `CREATE OR REPLACE TEMP MACRO vd_moment(v) AS TRY_CAST(v::VARCHAR AS TIMESTAMP)`,
  `CREATE OR REPLACE TEMP MACRO vd_shift(t, m) AS CASE
    WHEN m = 'start of day' THEN date_trunc('day', t)
    WHEN m = 'start of month' THEN date_trunc('month', t)
    WHEN m = 'start of year' THEN date_trunc('year', t)
    WHEN m IN ('utc', 'localtime') THEN t
    ELSE t + TRY_CAST(ltrim(trim(m::VARCHAR), '+') AS INTERVAL) END`,
  `CREATE OR REPLACE TEMP MACRO vd_start(v, m) AS CASE WHEN m = 'unixepoch'
    THEN make_timestamp(TRY_CAST(v AS BIGINT) * 1000000) ELSE vd_shift(vd_moment(v), m) END`,
  timeMacro('vd_julianday', (moment) => `(epoch_ms(${moment}) + ${JULIAN_EPOCH_MS}) / 86400000::DOUBLE`),
  timeMacro('vd_datetime', (moment) => `strftime(${moment}, '%Y-%m-%d %H:%M:%S')`),
  timeMacro('vd_date', (moment) => `strftime(${moment}, '%Y-%m-%d')`),
  timeMacro('vd_time', (moment) => `strftime(${moment}, '%H:%M:%S')`),
  `CREATE OR REPLACE TEMP MACRO vd_strftime(format, v) AS strftime(vd_moment(v), format)`,
  `CREATE OR REPLACE TEMP MACRO vd_epoch(format, v) AS (epoch_ms(vd_moment(v)) // 1000)::VARCHAR`,
  extremeMacro('vd_max', 'greatest'),
  extremeMacro('vd_min', 'least'),
];

/** `name(v)`, `name(v, m1)`, … with up to three modifiers. */
function timeMacro(name: string, show: (moment: string) => string): string {
  const forms = Array.from({ length: MODIFIERS_MOST + 1 }, (_, modifiers) => {
    const names = Array.from({ length: modifiers }, (__, at) => `m${at + 1}`);
    const first = modifiers === 0 ? 'vd_moment(v)' : 'vd_start(v, m1)';
    const moment = names.slice(1).reduce((inner, modifier) => `vd_shift(${inner}, ${modifier})`, first);
    return `(${['v', ...names].join(', ')}) AS ${show(moment)}`;
  });
  return `CREATE OR REPLACE TEMP MACRO ${name}${forms.join(', ')}`;
}

/** SQLite's scalar MAX and MIN: NULL when any argument is. */
function extremeMacro(name: string, choose: string): string {
  const forms = Array.from({ length: ARGUMENTS_MOST - 1 }, (_, more) => {
    const names = Array.from({ length: more + 2 }, (__, at) => `a${at}`);
    const isNull = names.map((argument) => `${argument} IS NULL`).join(' OR ');
    return `(${names.join(', ')}) AS CASE WHEN ${isNull} THEN NULL ELSE ${choose}(${names.join(', ')}) END`;
  });
  return `CREATE OR REPLACE TEMP MACRO ${name}${forms.join(', ')}`;
}

/** A piece of the new text, and the token of the old one that it stands for. */
export interface Piece {
  readonly text: string;
  readonly from: Token;
}

export interface Translation {
  readonly sql: string;
  readonly binds: readonly string[];
  /** The place in the original of a character of `sql`. */
  offsetOf(translated: number): number;
}

const TIME_FUNCTIONS = new Set(['julianday', 'datetime', 'date', 'time']);

export interface TranslateOptions {
  readonly nowIso: string;
  /** What to write for tokens, by their number, in place of what they would become. */
  readonly replaced?: ReadonlyMap<number, string>;
}

export function translate(tokens: readonly Token[], { nowIso, replaced }: TranslateOptions): Translation {
  const text = tokens.map((token) => token.text).join('');
  const pieces = tokens.map(
    (token, index): Piece => ({
      text: replaced?.get(index) ?? translated(tokens, index, text, nowIso),
      from: token,
    }),
  );
  const binds = new Set(tokens.filter(({ kind }) => kind === 'bind').map((token) => token.text.slice(1)));
  return {
    sql: pieces.map((piece) => piece.text).join(''),
    binds: [...binds],
    offsetOf: (translatedOffset) => {
      let at = 0;
      for (const { text: piece, from } of pieces) {
        if (translatedOffset < at + piece.length)
          return from.at + Math.min(translatedOffset - at, from.text.length - 1);
        at += piece.length;
      }
      return text.length;
    },
  };
}

function translated(tokens: readonly Token[], index: number, text: string, nowIso: string): string {
  const token = tokens[index] as Token;
  if (token.kind === 'bind') return `$${token.text.slice(1)}`;
  if (token.kind === 'string' && token.text.toLowerCase() === "'now'" && isTimeValue(tokens, index))
    return `'${nowIso}'`;
  if (token.kind !== 'word') return token.text;
  const word = token.text.toLowerCase();
  if ((word === 'real' || word === 'float') && isCastType(tokens, index)) return 'DOUBLE';
  const call = argumentsOf(tokens, index);
  if (!call) return token.text;
  if (TIME_FUNCTIONS.has(word)) return `${DIALECT_PREFIX}${word}`;
  if (word === 'strftime' && call.first?.kind === 'string') {
    // DuckDB's strftime does not know %s, seconds since 1970, and asks for a constant format.
    return `${DIALECT_PREFIX}${call.first.text === "'%s'" ? 'epoch' : 'strftime'}`;
  }
  if ((word === 'max' || word === 'min') && call.count > 1) {
    if (call.count > ARGUMENTS_MOST) {
      throw new SqlError(
        `${token.text} takes up to ${ARGUMENTS_MOST} arguments here, not ${call.count}`,
        placeAt(text, token.at),
      );
    }
    return `${DIALECT_PREFIX}${word}`;
  }
  return token.text;
}

/** How many arguments a call has, and the first token of the first; undefined where the word is no call. */
function argumentsOf(
  tokens: readonly Token[],
  index: number,
): { readonly count: number; readonly first: Token | undefined } | undefined {
  const open = neighbour(tokens, index, 1);
  const before = neighbour(tokens, index, -1)?.token;
  if (!open || !isSymbol(open.token, '(') || isSymbol(before, '.')) return undefined;
  const first = neighbour(tokens, open.index, 1)?.token;
  if (isSymbol(first, ')')) return { count: 0, first: undefined };
  let depth = 0;
  let count = 1;
  for (let place = open.index; place < tokens.length; place += 1) {
    const { kind, text } = tokens[place] as Token;
    if (kind !== 'symbol') continue;
    if (text === '(' || text === '[' || text === '{') depth += 1;
    else if (text === ')' || text === ']' || text === '}') depth -= 1;
    else if (text === ',' && depth === 1) count += 1;
    if (depth === 0) break;
  }
  return { count, first };
}

/** Behind `::`, or behind the AS of a CAST. */
function isCastType(tokens: readonly Token[], index: number): boolean {
  const before = neighbour(tokens, index, -1);
  if (isSymbol(before?.token, '::')) return true;
  if (!before || !isWord(before.token, 'as')) return false;
  const open = enclosing(tokens, before.index);
  const name = open === undefined ? undefined : neighbour(tokens, open, -1)?.token;
  return isWord(name, 'cast') || isWord(name, 'try_cast');
}

/** The first argument of a time function, or the second of strftime. */
function isTimeValue(tokens: readonly Token[], index: number): boolean {
  const open = enclosing(tokens, index);
  const name = open === undefined ? undefined : neighbour(tokens, open, -1)?.token;
  return name?.kind === 'word' && (TIME_FUNCTIONS.has(name.text.toLowerCase()) || isWord(name, 'strftime'));
}

/** Index of the parenthesis that is open at a token. */
function enclosing(tokens: readonly Token[], index: number): number | undefined {
  let depth = 0;
  for (let place = index - 1; place >= 0; place -= 1) {
    const token = tokens[place] as Token;
    if (isSymbol(token, ')')) depth += 1;
    else if (isSymbol(token, '(')) {
      if (depth === 0) return place;
      depth -= 1;
    }
  }
  return undefined;
}
