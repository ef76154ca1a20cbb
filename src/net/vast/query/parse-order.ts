// Order of a search: `dph`, `dph-`, `-dph`, `score desc`, several with commas between them.

import type { OrderDirection, OrderKey } from './offer-query.ts';
import { resolveField } from './resolve-field.ts';
import { QuerySyntaxError } from './syntax-error.ts';

/** Throws QuerySyntaxError with the column. An empty text is no order at all. */
export function parseOrder(text: string): OrderKey[] {
  const keys: OrderKey[] = [];
  for (const part of text.matchAll(/[^,]+/g)) {
    const trimmed = part[0].trim();
    if (trimmed === '') continue;
    const column = part.index + part[0].indexOf(trimmed) + 1;
    const fail = (problem: string): never => {
      throw new QuerySyntaxError({ text, column, problem });
    };
    const found = /^([+-]?)\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:([+-])|\s(asc|desc))?$/i.exec(trimmed);
    if (!found) return fail(`"${trimmed}" is not an order; write it like dph, dph-, -dph or "dph desc"`);
    const [, before = '', name = '', after = '', word = ''] = found;
    if (before !== '' && (after !== '' || word !== '')) {
      return fail(`"${trimmed}" names its direction twice; write -${name} or ${name}-`);
    }
    const field = resolveField(name, { text, column: column + trimmed.indexOf(name) });
    const isDescending = before === '-' || after === '-' || word.toLowerCase() === 'desc';
    const direction: OrderDirection = isDescending ? 'desc' : 'asc';
    keys.push({ field, direction });
  }
  return keys;
}

/** Text that `parseOrder` reads back: `dph_total,num_gpus-`. */
export function formatOrder(keys: readonly OrderKey[]): string {
  return keys.map(({ field, direction }) => `${field}${direction === 'desc' ? '-' : ''}`).join(',');
}
