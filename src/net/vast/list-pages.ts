// All pages of a listing that says how many rows it has and where the next page begins.
import { rowsOf } from './answer-fields.ts';
import type { CallOptions } from './api-call.ts';
import { numberOrNull, textOrNull } from './decode-fields.ts';
import type { SendRead } from './send-read.ts';

/** All rows of all pages. They are the whole only when `faults` is empty. */
export interface PagedRows<T> {
  readonly rows: readonly T[];
  /** As the service said on the first page; null when it did not. */
  readonly total: number | null;
  readonly pages: number;
  /** Sentences: rows that could not be read, sums that disagree, a list that does not end. */
  readonly faults: readonly string[];
}

export interface PagesWish<T> {
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  /** Of the rows in an answer. */
  readonly field: string;
  /** Undefined for a row that cannot be read. */
  readonly decode: (row: Readonly<Record<string, unknown>>) => T | undefined;
}

/** 100,000 rows of 100 a page: a longer list is one that never ends. */
const MOST_PAGES = 1_000;

export async function listPages<T>(
  send: SendRead,
  { route, query, field, decode }: PagesWish<T>,
  options?: CallOptions,
): Promise<PagedRows<T>> {
  const rows: T[] = [];
  const faults: string[] = [];
  const tokens = new Set<string>();
  let total: number | null = null;
  let seen = 0;
  let token: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const page: {
      rows: readonly Readonly<Record<string, unknown>>[];
      total: number | null;
      next: string | null;
    } = await send(
      {
        method: 'GET',
        route,
        query: { ...query, ...(token === null ? {} : { after_token: token }) },
        auth: 'key',
        decode: (json, answer) => {
          const found = rowsOf(json, field, answer);
          const facts = json as Readonly<Record<string, unknown>>;
          return { rows: found, total: numberOrNull(facts.total), next: textOrNull(facts.next_token) };
        },
      },
      options,
    );
    if (pages === 1) total = page.total;
    else if (page.total !== total)
      faults.push(`page ${pages} speaks of ${page.total} rows, page 1 of ${total}`);
    seen += page.rows.length;
    for (const row of page.rows) {
      const decoded = decode(row);
      if (decoded === undefined) faults.push(`a row cannot be read: ${JSON.stringify(row).slice(0, 80)}`);
      else rows.push(decoded);
    }
    token = page.next === '' ? null : page.next;
    const isEndless = token !== null && (page.rows.length === 0 || tokens.has(token) || pages >= MOST_PAGES);
    if (isEndless) faults.push(`the list does not end: page ${pages} points on`);
    if (token === null || isEndless) {
      if (total !== null && total !== seen)
        faults.push(`the service speaks of ${total} rows and listed ${seen}`);
      return { rows, total, pages, faults };
    }
    tokens.add(token);
  }
}
