// Cuts query text into conditions: field, operator, value, each with its column. Knows the grammar and
// nothing of the fields.
import type { FilterOperator } from '../wire/index.ts';
import { QuerySyntaxError } from './syntax-error.ts';

/** A value as it was written. */
export interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
  /** Quoted words are taken literally: `_` stays, and `any` is a word like others. */
  readonly isQuoted: boolean;
}

export interface Condition {
  readonly field: Word;
  readonly op: FilterOperator;
  readonly opColumn: number;
  /** One word, or the elements of a list. */
  readonly value: Word | readonly Word[];
  readonly valueColumn: number;
}

const SYMBOLS: Readonly<Record<string, FilterOperator>> = {
  '=': 'eq',
  '==': 'eq',
  '!=': 'neq',
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
};

const OPERATOR_WORDS = /(?:not\s+in|not\s+eq|notin|noteq|nin|neq|in|eq|gte|gt|lte|lt)(?=[\s["']|$)/iy;

const WORD_OPERATORS: Readonly<Record<string, FilterOperator>> = {
  notin: 'notin',
  nin: 'notin',
  noteq: 'neq',
  neq: 'neq',
  in: 'in',
  eq: 'eq',
  gte: 'gte',
  gt: 'gt',
  lte: 'lte',
  lt: 'lt',
};

/**
 * One condition after the other, so that the first mistake in the text is the one that is told, of whatever
 * kind it is. Throws QuerySyntaxError at a place that is no condition. `isField` serves better hints only.
 */
export function* scanConditions(text: string, isField: (name: string) => boolean): Generator<Condition> {
  let count = 0;
  let at = 0;

  const fail = (index: number, problem: string, suggestion?: string): never => {
    throw new QuerySyntaxError({ text, column: index + 1, problem, suggestion });
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  const scanField = (): Word => {
    const start = at;
    const name = match(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name !== undefined) return { text: name, column: start + 1, isQuoted: false };
    const found = /\S+/.exec(text.slice(start))?.[0] ?? '';
    const hint = count > 0 ? '; put quotes around a value with spaces' : '';
    return fail(start, `expected the name of a field here, not "${found}"${hint}`);
  };

  const scanOperator = (field: Word): FilterOperator => {
    const start = at;
    const symbol = match(/[=!<>~]+/y);
    if (symbol !== undefined) {
      const op = SYMBOLS[symbol];
      return op ?? fail(start, `"${symbol}" is not an operator; use = != > >= < <= in notin`);
    }
    const word = match(OPERATOR_WORDS)?.toLowerCase().replaceAll(/\s+/g, '');
    if (word !== undefined) return WORD_OPERATORS[word] as FilterOperator;
    if (count > 0 && !isField(field.text)) {
      return fail(
        field.column - 1,
        `"${field.text}" is neither a field nor part of the value before it; put quotes around a value with spaces`,
      );
    }
    return fail(start, `expected an operator after ${field.text}: = != > >= < <= in notin`);
  };

  const scanQuoted = (): Word => {
    const start = at;
    const quote = text[at];
    let value = '';
    for (at += 1; at < text.length && text[at] !== quote; at += 1) {
      if (text[at] === '\\' && (text[at + 1] === quote || text[at + 1] === '\\')) at += 1;
      value += text[at];
    }
    if (at >= text.length)
      return fail(start, `the quote opened here is never closed; end the value with ${quote}`);
    at += 1;
    return { text: value, column: start + 1, isQuoted: true };
  };

  const scanList = (): Word[] => {
    const start = at;
    const words: Word[] = [];
    at += 1;
    for (;;) {
      match(/[\s,]+/y);
      if (at >= text.length) return fail(start, 'the list opened here is never closed; end it with ]');
      if (text[at] === ']') break;
      if (text[at] === '"' || text[at] === "'") words.push(scanQuoted());
      else {
        const column = at + 1;
        words.push({ text: (match(/[^,\]]+/y) as string).trim(), column, isQuoted: false });
      }
    }
    at += 1;
    if (words.length === 0) return fail(start, 'the list is empty; write for example [US,CA]');
    return words;
  };

  const scanValue = (field: string, op: FilterOperator): Word | Word[] => {
    const start = at;
    if (at >= text.length) return fail(start, `a value is missing after ${field}`);
    if (text[at] === '[') return scanList();
    if (text[at] === '"' || text[at] === "'") return scanQuoted();
    const bare = match(/\S+/y) as string;
    if (op === 'in' || op === 'notin') return splitAtCommas(bare, start);
    const value = bare.replace(/,+$/, '');
    if (value === '') return fail(start, `a value is missing after ${field}`);
    return { text: value, column: start + 1, isQuoted: false };
  };

  for (;;) {
    match(/[\s,]+/y);
    if (at >= text.length) return;
    const field = scanField();
    match(/\s+/y);
    const opColumn = at + 1;
    const op = scanOperator(field);
    match(/\s+/y);
    const valueColumn = at + 1;
    const value = scanValue(field.text, op);
    count += 1;
    yield { field, op, opColumn, value, valueColumn };
  }
}

function splitAtCommas(text: string, start: number): Word[] {
  return [...text.matchAll(/[^,]+/g)].map((part) => ({
    text: part[0],
    column: start + part.index + 1,
    isQuoted: false,
  }));
}
